// Comparing a candidate B with a baseline A by blocks: one run of each, back to back, in random
// order. A block gives one number, d = ln(b / a) of a positive statistic of the two runs, and every
// figure here is about the mean of the d (docs/definitions/comparing.md). Of a statistic that may
// be 0, such as a loss ratio, d = b - a, and a bound is the margin itself instead of its logarithm.
//
// The subset-mean interval (sign_flip.h) decides. The random order alone justifies it: it assumes
// no distribution. Student's t and Wilcoxon's test are reported beside it for readers who know
// them. Samples inside a run are not independent, so that a run is one observation.
//
// Pure functions, the same on every machine; any thread. Must: every d is finite.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "stats/interval.h"
#include "stats/ranks.h"
#include "stats/sign_flip.h"

namespace sockmark::report {

struct PairedOptions {
  double alpha = 0.05;     // of t_interval and interval
  std::uint64_t seed = 1;  // of the random subsets beyond kMaxBlocksEnumerated blocks
};

// Figures on the scale of d. Empty: figures of spread for n < 2, an interval whose level n blocks
// cannot carry (95 % takes 6 blocks, 99 % takes 8), exact ranks beyond kRankedMax.
struct PairedComparison {
  std::size_t n = 0;
  double mean = 0;

  // Student's t with n - 1 degrees of freedom.
  std::optional<double> sd;            // of the d, n - 1 in the denominator
  std::optional<double> t_quantile;    // at 1 - alpha / 2
  std::optional<Interval> t_interval;  // mean +- t_quantile * sd / sqrt(n)
  std::optional<double> t_p;           // two-sided, of: the mean is 0
  // The smallest effect that a two-sided test at 5 % finds with probability 80 % and 90 %
  // (power.h, detectable_effect()).
  std::optional<double> mde80, mde90;

  double signflip_p = 1;             // two-sided, of: no effect
  std::optional<Interval> interval;  // subset_mean_interval()

  // Hodges and Lehmann 1963, Wilcoxon 1945. The pseudo-median is the median of the means of all
  // pairs, each block paired with itself too. V is the sum of the ranks of the positive d by
  // magnitude, zeros left out and ties sharing ranks; its p-value is exact, also with ties.
  double hl_pseudomedian = 0;
  double wilcoxon_v = 0;
  std::optional<double> wilcoxon_p;       // two-sided
  std::optional<Interval> hl_interval95;  // exact without ties, at least 95 % with them
};

// Must: 1 to kMaxBlocks values.
[[nodiscard]] PairedComparison compare_paired(std::span<const double> d,
                                              const PairedOptions& options = {});

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
