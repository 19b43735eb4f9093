// p-values of several tests, adjusted so that each may be compared with the level of one. Pure
// functions; the answers are in the order given. Which is used where:
// docs/definitions/comparing.md#families. Must: every value in [0, 1].

#pragma once

#include <span>
#include <vector>

namespace sockmark::report {

// Holm's step-down procedure (Holm 1979): the chance of even one false alarm among the tests stays
// below the level, however they depend on one another. Used for gates, of which one failure
// decides.
[[nodiscard]] std::vector<double> holm(std::span<const double> p);

// Benjamini and Hochberg 1995: the share of false alarms among what is flagged stays below the
// level, for tests that are independent or depend on one another positively. Used for exploratory
// tables, never for a gate.
[[nodiscard]] std::vector<double> benjamini_hochberg(std::span<const double> p);

}  // namespace sockmark::report
