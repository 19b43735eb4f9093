// Comparing two samples that no blocks pair, as two saved reports are: x and y are one number a
// run, usually the logarithm of a positive statistic, so that a shift is the logarithm of a ratio.
// The runs of the two sides were not made at the same time, so whatever is found here may be the
// difference of the hours and not of what was compared (docs/definitions/comparing.md#two-reports).
//
// Pure functions, any thread. Every value must be a finite number, no sample empty.

#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "stats/interval.h"

namespace sockmark::report {

// Up to so many values on each side the exact distribution of ranks is, as in R.
inline constexpr std::size_t kMostRunsRanked = 49;

struct TwoSampleComparison {
  // Of the pairs (x, y) those with x > y, ties counting half; u_y the rest (Mann and Whitney 1947).
  double u_x = 0, u_y = 0;
  // u_x as a fraction of the pairs: how often a value of x exceeds one of y, 0.5 if neither side is
  // larger (Vargha and Delaney 2000); and the same from -1 to 1 (Cliff 1993).
  double vargha_delaney_a = 0.5, cliffs_delta = 0;
  // Two-sided p-values of: the two do not differ. Exact over all ways to deal the observed values
  // to the two sides, also with ties; undefined beyond kMostRunsRanked. The other from the normal
  // distribution, corrected for ties and continuity; undefined where all values are equal.
  std::optional<double> p_exact, p_asymptotic;
  // The median of all x - y (Hodges and Lehmann 1963; the mean of the middle two).
  double hl_shift = 0;
  // The exact interval of the shift that the test gives: contains it with at least 1 - alpha, more
  // where values are equal. Undefined where so few values cannot carry the level (4 on each side
  // can carry 95 %), and beyond kMostRunsRanked.
  std::optional<Interval> hl_ci;
  // Welch 1947, two-sided. Undefined for fewer than two values on a side and without any spread.
  std::optional<double> welch_t, welch_p;
};

// `alpha` is of hl_ci.
[[nodiscard]] TwoSampleComparison compare_two_samples(std::span<const double> x,
                                                      std::span<const double> y,
                                                      double alpha = 0.05);

// The exact one-sided p-value of: x lies above y by `bound` at most. Small where x is worse by
// more. hl_ci lies above the bound where it is at most alpha / 2, ties with the bound aside.
// Undefined beyond kMostRunsRanked.
[[nodiscard]] std::optional<double> mann_whitney_p_above(std::span<const double> x,
                                                         std::span<const double> y, double bound);

}  // namespace sockmark::report
