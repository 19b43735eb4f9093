// Mean, variance and median of a sample. Pure functions, any thread.

#pragma once

#include <cstddef>
#include <numeric>
#include <span>

namespace sockmark::report {

[[nodiscard]] inline double sum_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// Must: not empty.
[[nodiscard]] inline double mean_of(std::span<const double> values) {
  return sum_of(values) / static_cast<double>(values.size());
}

// With n - 1 in the denominator. Must: at least two values.
[[nodiscard]] inline double variance_of(std::span<const double> values) {
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return squares / static_cast<double>(values.size() - 1);
}

// The mean of the middle two of an even number. Must: ascending, not empty.
[[nodiscard]] inline double median_of_sorted(std::span<const double> sorted) {
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

}  // namespace sockmark::report
