// Whether values fall into two clearly separate groups, so that their median describes neither
// (docs/definitions/comparing.md#two-groups-of-runs).
//
// Pure function, any thread.

#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace sockmark::report {

struct TwoGroups {
  std::size_t lower_count = 0, upper_count = 0;
  double lower_median = 0, upper_median = 0;  // of the values of each group
};

// None if the values are one group, or fewer than kFewestForGroups. Must: all > 0.
inline constexpr std::size_t kFewestForGroups = 6;
[[nodiscard]] std::optional<TwoGroups> two_groups(std::span<const double> values);

}  // namespace sockmark::report
