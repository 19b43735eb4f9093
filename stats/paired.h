// Comparing a candidate B with a baseline A by blocks: one run of each, back to back, in an order
// decided by a coin. From a block comes one number, d = ln(b / a) of a positive statistic of the
// two runs, and all that is said here is said about the mean of the d
// (docs/definitions/comparing.md).
//
// What decides is the subset-mean interval (sign_flip.h), which the coin alone justifies: no
// distribution is assumed. Student's t and Wilcoxon's test are reported beside it for readers who
// know them. Samples inside a run are not independent, so a run is one observation, and blocks are
// what there are n of.
//
// Where a statistic may be 0, as a loss ratio, d = b - a, and the same holds of the difference: of
// PairedComparison what is called a ratio has no meaning then, a bound is the margin itself instead
// of its logarithm, and no effect is 0.
//
// Pure functions, the same on every machine; any thread. Every d must be a finite number.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "stats/interval.h"
#include "stats/sign_flip.h"
#include "stats/verdict.h"

namespace sockmark::report {

// Up to here the exact distribution of Wilcoxon's V is, as in R.
inline constexpr std::size_t kMostBlocksRanked = 49;

// What the n log ratios say. Undefined: the figures of spread for n < 2, an interval of the level
// that n cannot carry (95 % takes 6 blocks, 99 % takes 8), an exact figure beyond its limit above.
struct PairedComparison {
  std::size_t n = 0;
  double mean = 0;
  double ratio = 1;  // exp(mean): the geometric mean of b / a

  // Student's t with n - 1 degrees of freedom.
  std::optional<double> sd;            // of the d, n - 1 in the denominator
  std::optional<double> t_quantile;    // 97.5 %
  std::optional<Interval> mean_ci95;   // mean +- t_quantile * sd / sqrt(n)
  std::optional<Interval> ratio_ci95;  // the same as ratios
  std::optional<double> t_p;           // two-sided, of: the mean is 0
  // The smallest ratio that a two-sided test at 5 % would find with a probability of 80 % and 90 %:
  // exp((t_{.975} + t_{power}) * sd / sqrt(n)). 1.02 is a change by 2 %.
  std::optional<double> mde80_ratio, mde90_ratio;

  // signflip_p belongs to the subset means, and is signflip_p_exact up to 16 blocks.
  double signflip_p = 1;
  std::optional<double> signflip_p_exact;
  std::optional<Interval> subset_mean_ci95, subset_mean_ci99;

  // Hodges and Lehmann 1963, Wilcoxon 1945. The pseudo-median is the median of the means of all
  // pairs, each block paired with itself too. V is the sum of the ranks of the positive d by
  // magnitude, zeros left out and ties sharing ranks; its p-value is exact, also with ties.
  double hl_pseudomedian = 0;
  double wilcoxon_v = 0;
  std::optional<double> wilcoxon_p_exact;  // two-sided
  std::optional<Interval> hl_ci95_exact;   // exact without ties, at least 95 % with them
};

// `seed` is of the draws beyond 16 blocks. Must: 1 to kMostBlocks values.
[[nodiscard]] PairedComparison compare_paired(std::span<const double> log_ratios,
                                              std::uint64_t seed = 1);

// The same blocks against a bound: is the effect beyond it? One-sided p-values; undefined for
// n < 2. "Worse" is of the hypothesis effect <= bound, so a small one says that B is worse by more;
// "noninferior" of effect >= bound.
struct MarginTests {
  std::optional<double> t_p_worse, t_p_noninferior;
  double signflip_p_worse = 1;  // signflip_p_above(): what Holm's correction over gates takes
};
[[nodiscard]] MarginTests test_bound(std::span<const double> d, double bound,
                                     std::uint64_t seed = 1);
// Of log ratios against a margin M > 0: the bound is ln M.
[[nodiscard]] MarginTests test_margin(std::span<const double> log_ratios, double margin,
                                      std::uint64_t seed = 1);

}  // namespace sockmark::report
