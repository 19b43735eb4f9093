// Bootstrap intervals (Efron 1979), for readers who know them and never for a decision: with few
// blocks they miss far more often than they say, the percentile interval of ten blocks twice as
// often. Each replicate draws from one generator (base/random.h) in a fixed order, so that the same
// seed gives the same bits on every machine.
//
// Pure functions, any thread. Time grows with replicates times values.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bench/measure/histogram.h"
#include "reports/statistics/interval.h"

namespace sockmark::report {

inline constexpr std::uint64_t kBootstrapReplicates = 2000;

// 95 % intervals for the mean of the d of blocks (paired.h), which are drawn with replacement.
// `percentile` is between the 2.5 % and 97.5 % points of the means of the replicates; `studentised`
// takes those of their t instead (Efron and Tibshirani 1993, section 12.5), leaving out replicates
// that drew one value only, and is undefined where that is all of them.
struct BlockBootstrap {
  Interval percentile;
  std::optional<Interval> studentised;
};
// Must: d not empty and finite, replicates > 0.
[[nodiscard]] BlockBootstrap bootstrap_blocks(std::span<const double> d, std::uint64_t seed,
                                              std::uint64_t replicates = kBootstrapReplicates);

// The 95 % percentile interval for ln(B / A), where A and B are the means over runs of a percentile
// inside each run: runs are drawn with replacement, and inside each its samples. A before B, a run
// before its samples.
// Must: no side and no run empty, values positive, replicates > 0.
[[nodiscard]] Interval bootstrap_hierarchical(std::span<const std::vector<double>> runs_a,
                                              std::span<const std::vector<double>> runs_b,
                                              Ppm percentile, std::uint64_t seed,
                                              std::uint64_t replicates = kBootstrapReplicates);
// The same from histograms, of which ranks are drawn: some nanoseconds for each recorded value and
// replicate, so a second for five runs of 10 000 messages on either side. Must, besides: nothing
// overflowed.
[[nodiscard]] Interval bootstrap_hierarchical(std::span<const Histogram> runs_a,
                                              std::span<const Histogram> runs_b, Ppm percentile,
                                              std::uint64_t seed,
                                              std::uint64_t replicates = kBootstrapReplicates);

}  // namespace sockmark::report
