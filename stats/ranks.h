// Ranks with ties shared, the basis of every rank statistic here. Pure function, any thread.

#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace sockmark::report {

// Up to this number of values (in two samples: on each side) the exact distribution of a rank
// statistic is computed, as in R.
inline constexpr std::size_t kRankedMax = 49;

// The rank of each value, 1 the smallest, in the order given; equal values share the mean of the
// ranks that they take up. Must: every value a number.
[[nodiscard]] std::vector<double> midranks(std::span<const double> values);

}  // namespace sockmark::report
