// Power of a comparison: for planning it, and for reading "no difference shown" after it. The
// figures are those of Student's t test on the d of the blocks (paired.h); the sign-flip test that
// decides has nearly the same power from ten blocks on. An effect is on the scale of d: ln(ratio)
// or a difference. Pure functions, any thread. Formulas and table:
// docs/definitions/comparing.md#smallest-detectable-change.

#pragma once

#include <cstddef>
#include <optional>

namespace sockmark::report {

// The smallest effect that a two-sided test at `alpha` detects with probability `power`, about
// (t_{1 - alpha/2} + t_{power}) * standard_error. Of n blocks the standard error is sd / sqrt(n)
// with n - 1 degrees of freedom; two samples bring those of Welch or of their pooled variance.
// Must: standard_error >= 0, freedom > 0, alpha and power in (0, 1).
[[nodiscard]] double detectable_effect(double standard_error, double freedom, double power,
                                       double alpha = 0.05);

// The same of n blocks for 90 % and 5 %: as a difference, or as a ratio less 1, exp(effect) - 1.
// Must: n >= 2, sd >= 0.
[[nodiscard]] double mde90_difference(double sd, std::size_t n);
[[nodiscard]] double mde90_ratio_less_1(double sd, std::size_t n);

// P(a two-sided t test at alpha detects the effect) of n blocks, by the noncentral t distribution.
// Must: n >= 2, sd > 0, 0 < alpha < 1.
[[nodiscard]] double power_of(double effect, double sd, std::size_t n, double alpha = 0.05);

// The fewest blocks with at least this power; empty if kMaxBlocks are too few. The comparison
// also needs min_blocks(): take the larger of the two. Several gates under Holm's correction: alpha
// / gates, as if this gate's p-value were the smallest. Must: effect != 0, sd >= 0, alpha and power
// in (0, 1), power > alpha.
[[nodiscard]] std::optional<std::size_t> blocks_for_power(double effect, double sd,
                                                          double power = 0.9, double alpha = 0.05);

// The fewest blocks with which one of `gates` can fail at all under Holm's correction: a sign-flip
// p-value cannot be smaller than 2^-n, so n >= log2(2 gates / alpha). With one gate, where the
// interval at 1 - alpha begins to exist. Must: gates > 0, 0 < alpha < 1.
[[nodiscard]] std::size_t min_blocks(std::size_t gates, double alpha = 0.05);

}  // namespace sockmark::report
