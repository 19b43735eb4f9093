// Comparing a candidate B with a baseline A by blocks: one run of each, back to back, in an order
// decided by a coin. From a block comes one number, d = ln(b / a) of a positive statistic of the
// two runs, and all that is said here is said about the mean of the d.
//
// What decides is the subset-mean interval, which the coin alone justifies: no distribution is
// assumed (Hartigan 1969; it is the inversion of the sign-flip test of Fisher 1935). Student's t
// and Wilcoxon's test are reported beside it for readers who know them. Samples inside a run are
// not independent, so a run is one observation, and blocks are what there are n of.
//
// Pure functions, the same on every machine; any thread. Every d must be a finite number.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "reports/statistics/interval.h"

namespace sockmark::report {

// More blocks than this are not compared: the pairs of blocks that hl_pseudomedian looks at are
// half a million then, and nobody runs them.
inline constexpr std::size_t kMostBlocks = 1000;
// Up to here every sign vector and every subset is looked at by subset_mean_* and signflip_p,
// beyond it kDraws of them drawn by lot.
inline constexpr std::size_t kMostBlocksEnumerated = 16;
inline constexpr std::uint64_t kDraws = 65'535;
// Up to here signflip_p_exact is computed: 2^24 sign vectors take some tenths of a second.
inline constexpr std::size_t kMostBlocksExact = 24;
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

  // The fraction of sign vectors s with |mean(s d)| >= |mean d|. signflip_p belongs to the subset
  // means: up to 16 blocks it is signflip_p_exact, beyond (1 + hits) / 65 536 of 65 535 vectors
  // drawn by lot, where the identity is the one more.
  double signflip_p = 1;
  std::optional<double> signflip_p_exact;
  // k-th smallest and k-th largest mean of the non-empty subsets of the d (beyond 16 blocks: of
  // 65 535 subsets drawn by lot), with k = floor(alpha / 2 * 2^min(n, 16)).
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

// The same blocks against a margin M > 0: is the ratio beyond it? One-sided p-values; undefined for
// n < 2. "Worse" is of the hypothesis ratio <= M, so a small one says that B is worse by more than
// M; "noninferior" of ratio >= M.
struct MarginTests {
  std::optional<double> t_p_worse, t_p_noninferior;
  // The fraction of sign vectors with mean(s (d - ln M)) >= mean(d - ln M), drawn beyond 16 blocks
  // as above: what Holm's correction over several gates takes.
  double signflip_p_worse = 1;
};
[[nodiscard]] MarginTests test_margin(std::span<const double> log_ratios, double margin,
                                      std::uint64_t seed = 1);

enum class Difference { none_shown, slower, faster };
enum class Gate { pass, fail, inconclusive };

// An interval of the ratio, turned so that more is worse, against 1 and against a margin. Strict:
// an end that touches decides nothing. Without an interval there are too few blocks: nothing is
// shown, and the gate is inconclusive, which is not a pass. A ratio may be worse than 1 and yet
// pass.
struct Verdict {
  Difference difference = Difference::none_shown;
  Gate gate = Gate::inconclusive;
  bool operator==(const Verdict&) const = default;
};
[[nodiscard]] Verdict judge(const std::optional<Interval>& ratio, double margin);

[[nodiscard]] std::string_view name_of(Difference difference);  // "no_difference_shown", "slower"
[[nodiscard]] std::string_view name_of(Gate gate);              // "pass", "fail", "inconclusive"

}  // namespace sockmark::report
