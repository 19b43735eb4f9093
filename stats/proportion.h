// Intervals for a proportion. All assume independent trials, which bursts of loss violate: for
// display, never for a decision (docs/definitions/loss.md#interval). Pure functions.

#pragma once

#include <array>
#include <cstdint>

namespace sockmark::report {

// The Wilson score interval at 95 % (Wilson 1927), without continuity correction.
// Must: hits <= trials, trials > 0.
[[nodiscard]] std::array<double, 2> wilson95(std::uint64_t hits, std::uint64_t trials);

// The exact interval of Clopper and Pearson 1934: at least 95 %, and wider than Wilson's.
// Must: hits <= trials, trials > 0.
[[nodiscard]] std::array<double, 2> clopper_pearson95(std::uint64_t hits, std::uint64_t trials);

// wilson95, but where nothing or everything was hit the exact interval, whose other end is
// (0.025)^(1/n) away from certainty.
[[nodiscard]] std::array<double, 2> proportion_interval95(std::uint64_t hits, std::uint64_t trials);

}  // namespace sockmark::report
