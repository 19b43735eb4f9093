// Pearson's chi-square test that counts follow given weights
// (docs/definitions/generator.md#size-mix). Pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace sockmark::report {

struct ChiSquareFit {
  double chi_square = 0;
  double p = 1;  // of a value at least as large, with one degree of freedom less than categories
};

// Undefined where a category has an expected count below 5: the distribution is then not that of
// chi-square (Cochran 1954). Must: as many weights as counts, at least 2, each > 0.
[[nodiscard]] std::optional<ChiSquareFit> chi_square_fit(std::span<const std::uint64_t> counts,
                                                         std::span<const double> weights);

}  // namespace sockmark::report
