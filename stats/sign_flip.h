// The test and the interval that decide a comparison by blocks (paired.h). The random order of the
// two runs of a block alone justifies them: if the arms do not differ, the sign of every d is
// random (Fisher 1935). The interval is the inversion of the test; its ends are means of subsets of
// d (Hartigan 1969; docs/definitions/comparing.md#interval-and-test).
//
// Pure functions, the same on every machine; any thread. Every d must be a finite number, and there
// must be 1 to kMaxBlocks of them. `seed` is for the random subsets beyond kMaxBlocksEnumerated
// blocks. A call takes some milliseconds.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "stats/interval.h"

namespace sockmark::report {

// The most blocks that are compared. A pseudo-median of them takes half a million pairs.
inline constexpr std::size_t kMaxBlocks = 1000;
// Up to this number every sign vector and every subset is used, beyond it kDraws random ones.
inline constexpr std::size_t kMaxBlocksEnumerated = 16;
inline constexpr std::uint64_t kDraws = 65'535;
// The most values of signflip_p_exact().
inline constexpr std::size_t kMaxBlocksExact = 24;

// The k-th smallest and k-th largest mean of the non-empty subsets of d (beyond 16 blocks: of
// 65 535 random subsets), with k = floor(alpha / 2 * 2^min(n, 16)). Empty if k = 0: 0.05
// takes 6 blocks. Must: 0 < alpha < 1.
[[nodiscard]] std::optional<Interval> subset_mean_interval(std::span<const double> d, double alpha,
                                                           std::uint64_t seed = 1);

// Two-sided, of: no effect. The fraction of the 2^n sign vectors s with |mean(s d)| >= |mean d|;
// beyond 16 blocks (1 + hits) / 65 536 of 65 535 random vectors, where the 1 is the identity.
// Up to 16 blocks 0 lies outside the interval exactly where this is at most alpha.
[[nodiscard]] double signflip_p(std::span<const double> d, std::uint64_t seed = 1);

// The same over all 2^n sign vectors. Must: at most kMaxBlocksExact values.
[[nodiscard]] double signflip_p_exact(std::span<const double> d);

// One-sided, of: the effect is at most `bound`. The fraction of sign vectors with
// mean(s (d - bound)) >= mean(d - bound), drawn beyond 16 blocks as above. The interval lies above
// the bound exactly where this is at most alpha / 2, beyond 16 blocks given the same seed.
[[nodiscard]] double signflip_p_above(std::span<const double> d, double bound,
                                      std::uint64_t seed = 1);

}  // namespace sockmark::report
