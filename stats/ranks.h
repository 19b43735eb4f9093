// Ranks with ties shared, which every rank statistic here starts from. Pure function.

#pragma once

#include <span>
#include <vector>

namespace sockmark::report {

// The rank of each value, 1 the smallest, in the order given; equal values share the mean of the
// ranks that they take up. Must: every value a number.
[[nodiscard]] std::vector<double> midranks(std::span<const double> values);

}  // namespace sockmark::report
