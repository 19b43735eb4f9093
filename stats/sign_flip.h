// The test and the interval that decide a comparison by blocks (paired.h). The coin that ordered
// the two runs of a block justifies them alone: had the arms nothing to do with it, every d could
// as well have had the other sign (Fisher 1935). The interval is the inversion of that test: it
// ends where a mean of d is as far out as the means of its subsets ever get (Hartigan 1969;
// docs/definitions/comparing.md#interval-and-test).
//
// Pure functions, the same on every machine; any thread. Every d must be a finite number, and there
// must be 1 to kMaxBlocks of them. `seed` is of the draws beyond kMaxBlocksEnumerated blocks. One
// call takes some milliseconds.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "stats/interval.h"

namespace sockmark::report {

// More blocks than this are not compared: the pairs of blocks that a pseudo-median looks at are
// half a million then, and nobody runs them.
inline constexpr std::size_t kMaxBlocks = 1000;
// Up to here every sign vector and every subset is looked at, beyond it kDraws of them drawn by
// lot.
inline constexpr std::size_t kMaxBlocksEnumerated = 16;
inline constexpr std::uint64_t kDraws = 65'535;
// Up to here signflip_p_exact() is for: 2^24 sign vectors take some tenths of a second.
inline constexpr std::size_t kMaxBlocksExact = 24;

// The k-th smallest and k-th largest mean of the non-empty subsets of d (beyond 16 blocks: of
// 65 535 subsets drawn by lot), with k = floor(alpha / 2 * 2^min(n, 16)). None where k = 0: n
// blocks cannot carry the level, 0.05 takes 6. Must: 0 < alpha < 1.
[[nodiscard]] std::optional<Interval> subset_mean_interval(std::span<const double> d, double alpha,
                                                           std::uint64_t seed = 1);

// Two-sided, of: no effect. The fraction of the 2^n sign vectors s with |mean(s d)| >= |mean d|;
// beyond 16 blocks (1 + hits) / 65 536 of 65 535 vectors drawn by lot, where the identity is the
// one more. Up to 16 blocks 0 lies outside the interval exactly where this is at most alpha.
[[nodiscard]] double signflip_p(std::span<const double> d, std::uint64_t seed = 1);

// The same over all 2^n sign vectors. Must: at most kMaxBlocksExact values.
[[nodiscard]] double signflip_p_exact(std::span<const double> d);

// One-sided, of: the effect is at most `bound`. The fraction of sign vectors with
// mean(s (d - bound)) >= mean(d - bound), drawn beyond 16 blocks as above. The interval lies above
// the bound exactly where this is at most alpha / 2, beyond 16 blocks given the same seed.
[[nodiscard]] double signflip_p_above(std::span<const double> d, double bound,
                                      std::uint64_t seed = 1);

}  // namespace sockmark::report
