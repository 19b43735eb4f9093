#include "stats/anderson_darling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/assert.h"

namespace sockmark::report {

namespace {

// (A^2, level). Older tables print 3.857 at 0.01; the limiting distribution agrees with 3.880.
constexpr std::array<std::pair<double, double>, 8> kLevels{{{1.248, 0.25},
                                                            {1.610, 0.15},
                                                            {1.933, 0.10},
                                                            {kAndersonDarling5Percent, 0.05},
                                                            {3.070, 0.025},
                                                            {3.880, 0.01},
                                                            {4.500, 0.005},
                                                            {6.000, 0.001}}};

// coefficients[0] + coefficients[1] x + ...
template <std::size_t N>
double polynomial(const std::array<double, N>& coefficients, double x) {
  double sum = 0;
  for (std::size_t i = N; i-- > 0;) sum = sum * x + coefficients[i];
  return sum;
}

}  // namespace

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

double anderson_darling_cdf(double a2) {
  if (!(a2 > 0)) return 0;
  if (a2 < 2) {
    return std::exp(-1.2337141 / a2) / std::sqrt(a2) *
           polynomial<6>({2.00012, 0.247105, -0.0649821, 0.0347962, -0.011672, 0.00168691}, a2);
  }
  return std::exp(
      -std::exp(polynomial<6>({1.0776, -2.30695, 0.43424, -0.082433, 0.008056, -0.0003146}, a2)));
}

double anderson_darling_level(double a2) {
  for (const auto& [bound, level] : kLevels) {
    if (a2 <= bound) return level;
  }
  return 0;
}

}  // namespace sockmark::report
