#include "stats/power.h"

#include <cmath>

#include "base/assert.h"
#include "stats/distributions.h"
#include "stats/sign_flip.h"

namespace sockmark::report {

namespace {

// Beside a noncentrality beyond this the normal part of t hardly matters (some 1e-6 of the power),
// and Boost's series would overflow.
constexpr double kLargeNoncentrality = 1000;

}  // namespace

double detectable_effect(double standard_error, double freedom, double power, double alpha) {
  ASSERT(standard_error >= 0 && freedom > 0 && 0 < power && power < 1 && 0 < alpha && alpha < 1);
  return (student_t_quantile(1 - alpha / 2, freedom) + student_t_quantile(power, freedom)) *
         standard_error;
}

double mde90_difference(double sd, std::size_t n) {
  ASSERT(n >= 2);
  const auto blocks = static_cast<double>(n);
  return detectable_effect(sd / std::sqrt(blocks), blocks - 1, 0.9);
}

double mde90_ratio_less_1(double sd, std::size_t n) { return std::expm1(mde90_difference(sd, n)); }

double power_of(double effect, double sd, std::size_t n, double alpha) {
  ASSERT(n >= 2 && sd > 0 && 0 < alpha && alpha < 1);
  const auto blocks = static_cast<double>(n);
  const double t = student_t_quantile(1 - alpha / 2, blocks - 1);
  const double noncentrality = std::abs(effect) / sd * std::sqrt(blocks);
  if (noncentrality > kLargeNoncentrality) {
    // Of t = (Z + noncentrality) / S remains S, the ratio of the spread observed to the true one.
    const double found_below = noncentrality / t;
    return chi_squared_below((blocks - 1) * found_below * found_below, blocks - 1);
  }
  return noncentral_t_beyond(t, blocks - 1, noncentrality);
}

std::optional<std::size_t> blocks_for_power(double effect, double sd, double power, double alpha) {
  ASSERT(effect != 0 && sd >= 0 && 0 < power && power < 1 && 0 < alpha && alpha < power);
  if (sd == 0) return 2;
  // Power grows with the blocks.
  std::size_t low = 2;
  std::size_t high = kMaxBlocks + 1;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (power_of(effect, sd, middle, alpha) >= power) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  if (low > kMaxBlocks) return std::nullopt;
  return low;
}

std::size_t min_blocks(std::size_t gates, double alpha) {
  ASSERT(gates > 0 && 0 < alpha && alpha < 1);
  const double sign_vectors = 2 * static_cast<double>(gates) / alpha;
  std::size_t n = 0;
  while (std::exp2(static_cast<double>(n)) < sign_vectors) ++n;
  return n;
}

}  // namespace sockmark::report
