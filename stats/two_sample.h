// Comparing two unpaired samples, such as two saved reports: x and y hold one number for each run,
// usually the logarithm of a positive statistic, so that a shift is the logarithm of a ratio. The
// runs of the two sides were made at different times, so that a difference may come from the time
// between them (docs/definitions/comparing.md#two-reports).
//
// Pure functions, any thread. Every value must be a finite number, no sample empty.

#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "stats/interval.h"
#include "stats/ranks.h"

namespace sockmark::report {

struct TwoSampleComparison {
  // Of the pairs (x, y) those with x > y, ties counting half (Mann and Whitney 1947).
  double u_x = 0;
  // u_x as a fraction of the pairs: how often a value of x exceeds one of y, 0.5 if neither side is
  // larger (Vargha and Delaney 2000).
  double vargha_delaney_a = 0.5;
  // Two-sided p-values of: the two do not differ. Exact over all assignments of the observed values
  // to the two sides, also with ties; undefined beyond kRankedMax. The other from the normal
  // distribution, corrected for ties and continuity; undefined where all values are equal.
  std::optional<double> p_exact, p_asymptotic;
  // The median of all x - y (Hodges and Lehmann 1963; the mean of the middle two).
  double hl_shift = 0;
  // The exact interval of the shift that the test gives: contains it with at least 1 - alpha, more
  // where values are equal. Undefined where so few values cannot carry the level (4 on each side
  // can carry 95 %), and beyond kRankedMax.
  std::optional<Interval> hl_ci;
};

// TwoSampleComparison::vargha_delaney_a alone.
[[nodiscard]] double vargha_delaney_a(std::span<const double> x, std::span<const double> y);

// The difference of the means, x - y, in the terms of Student's t (Welch 1947). Empty for fewer
// than two values on a side.
struct Welch {
  double shift = 0;
  double standard_error = 0;
  double freedom = 0;  // without any spread that of equal variances
  double sd = 0;       // of one x - y
};
[[nodiscard]] std::optional<Welch> welch(std::span<const double> x, std::span<const double> y);

// `alpha` is of hl_ci.
[[nodiscard]] TwoSampleComparison compare_two_samples(std::span<const double> x,
                                                      std::span<const double> y,
                                                      double alpha = 0.05);

// The exact one-sided p-value of: x lies above y by `bound` at most. Small where x is worse by
// more. hl_ci lies above the bound where it is at most alpha / 2, ties with the bound aside.
// Undefined beyond kRankedMax.
[[nodiscard]] std::optional<double> mann_whitney_p_above(std::span<const double> x,
                                                         std::span<const double> y, double bound);

}  // namespace sockmark::report
