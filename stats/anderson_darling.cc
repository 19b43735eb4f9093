#include "stats/anderson_darling.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "base/assert.h"

namespace sockmark::report {

std::optional<double> anderson_darling_exponential(std::span<const double> gaps, double mean) {
  ASSERT(mean > 0);
  if (gaps.size() < 5) return std::nullopt;
  std::vector<double> z;
  z.reserve(gaps.size());
  for (const double gap : gaps) {
    const double below = 1 - std::exp(-gap / mean);
    if (!(below > 0 && below < 1)) return std::nullopt;
    z.push_back(below);
  }
  std::sort(z.begin(), z.end());
  const auto n = static_cast<double>(z.size());
  double sum = 0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    const auto odd = static_cast<double>(2 * i + 1);
    sum += odd * std::log(z[i]) + (2 * n - odd) * std::log1p(-z[i]);
  }
  return -n - sum / n;
}

}  // namespace sockmark::report
