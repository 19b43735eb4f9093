#include "stats/goodness_of_fit.h"

#include <cstddef>
#include <numeric>

#include "base/assert.h"
#include "stats/distributions.h"

namespace sockmark::report {

namespace {

constexpr double kExpectedMin = 5;

}  // namespace

std::optional<ChiSquareFit> chi_square_fit(std::span<const std::uint64_t> counts,
                                           std::span<const double> weights) {
  ASSERT(counts.size() == weights.size() && counts.size() >= 2);
  const double total = std::accumulate(counts.begin(), counts.end(), 0.0);
  const double weight = std::accumulate(weights.begin(), weights.end(), 0.0);
  ChiSquareFit fit;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double expected = total * weights[i] / weight;
    if (expected < kExpectedMin) return std::nullopt;
    const double difference = static_cast<double>(counts[i]) - expected;
    fit.chi_square += difference * difference / expected;
  }
  fit.p = 1 - chi_squared_below(fit.chi_square, static_cast<double>(counts.size() - 1));
  return fit;
}

}  // namespace sockmark::report
