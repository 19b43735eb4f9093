// How well the samples of one run place a percentile, without any distribution. It takes the
// samples to be independent, which those of a run are not: for display, never for a decision. Pure
// function.

#pragma once

#include <cstdint>
#include <optional>

#include "bench/measure/histogram.h"

namespace sockmark::report {

// Ranks, from 1, of sorted values: the percentile lies between the values at the two. Where n
// values cannot bound it on a side, there is no rank, and it is bounded on the other side alone.
struct RankInterval {
  std::optional<std::uint64_t> lower, upper;
  double coverage = 1;  // how often such an interval contains the percentile
  bool operator==(const RankInterval&) const = default;
};

// With K ~ Binomial(n, p), the largest rank r with P(K <= r - 1) <= (1 - confidence) / 2 and the
// smallest with P(K <= r - 1) >= (1 + confidence) / 2 (Conover 1999, section 3.2).
// Must: n > 0, 0 < percentile < 1 000 000, 0 < confidence < 1.
[[nodiscard]] RankInterval percentile_rank_interval(std::uint64_t n, Ppm percentile,
                                                    double confidence = 0.95);

}  // namespace sockmark::report
