#include "stats/proportion.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"
#include "stats/distributions.h"

namespace sockmark::report {

namespace {

constexpr double kZ975 = 1.959963984540054;  // the normal distribution's 97.5 % point

}  // namespace

std::array<double, 2> wilson95(std::uint64_t hits, std::uint64_t trials) {
  ASSERT(trials > 0 && hits <= trials);
  const auto n = static_cast<double>(trials);
  const double p = static_cast<double>(hits) / n;
  const double z2 = kZ975 * kZ975;
  const double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = kZ975 / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

std::array<double, 2> clopper_pearson95(std::uint64_t hits, std::uint64_t trials) {
  ASSERT(trials > 0 && hits <= trials);
  // expm1 and log keep the digits where 0.025^(1/n) is next to 1.
  const double far = -std::expm1(std::log(0.025) / static_cast<double>(trials));
  if (hits == 0) return {0, far};
  if (hits == trials) return {1 - far, 1};
  const auto k = static_cast<double>(hits);
  const auto misses = static_cast<double>(trials - hits);
  return {beta_quantile(0.025, k, misses + 1), beta_quantile(0.975, k + 1, misses)};
}

std::array<double, 2> proportion_interval95(std::uint64_t hits, std::uint64_t trials) {
  return hits == 0 || hits == trials ? clopper_pearson95(hits, trials) : wilson95(hits, trials);
}

}  // namespace sockmark::report
