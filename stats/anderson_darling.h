// Anderson-Darling's test that times between events are exponential with a mean known beforehand:
// whether a Poisson schedule was really sent as one
// (docs/definitions/generator.md#anderson-darling). Pure functions.

#pragma once

#include <optional>
#include <span>

namespace sockmark::report {

// A^2 beyond this is rejected at the 5 % level (RFC 2330 section 18; the limiting distribution of
// Marsaglia and Marsaglia 2004 gives 0.049986). With many hundred gaps real send times nearly
// always fail: RFC 2330 says so, and tests windows of about a hundred.
inline constexpr double kAndersonDarling5Percent = 2.492;

// A^2 of the gaps against the exponential distribution with this mean (RFC 2330 section 18,
// compute_A2), in any one unit, in any order. Undefined for fewer than five gaps, and where a gap
// falls where the distribution function is 0 or 1 in double precision (no gap at all, or one of
// some 37 means): A^2 has no finite value there.
// Must: mean > 0, every gap a number.
[[nodiscard]] std::optional<double> anderson_darling_exponential(std::span<const double> gaps,
                                                                 double mean);

}  // namespace sockmark::report
