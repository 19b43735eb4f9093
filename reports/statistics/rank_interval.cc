#include "reports/statistics/rank_interval.h"

#include <boost/math/distributions/binomial.hpp>
#include <cassert>

namespace sockmark::report {

RankInterval percentile_rank_interval(std::uint64_t n, Ppm percentile, double confidence) {
  assert(n > 0 && 0 < percentile && percentile < kP100 && 0 < confidence && confidence < 1);
  const boost::math::binomial distribution(static_cast<double>(n), percentile / 1e6);
  // P(the percentile lies below the value at this rank), which grows with the rank.
  const auto below = [&](std::uint64_t rank) {
    return boost::math::cdf(distribution, static_cast<double>(rank - 1));
  };
  // The smallest rank for which enough(below(rank)), n + 1 if there is none.
  const auto first_rank = [&](auto enough) {
    std::uint64_t low = 1;
    std::uint64_t high = n + 1;
    while (low < high) {
      const std::uint64_t middle = low + (high - low) / 2;
      if (enough(below(middle))) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  };
  const double tail = (1 - confidence) / 2;
  const std::uint64_t beyond_lower = first_rank([&](double p) { return p > tail; });
  const std::uint64_t upper = first_rank([&](double p) { return p >= 1 - tail; });
  RankInterval result;
  if (beyond_lower > 1) result.lower = beyond_lower - 1;
  if (upper <= n) result.upper = upper;
  result.coverage =
      (result.upper ? below(*result.upper) : 1) - (result.lower ? below(*result.lower) : 0);
  return result;
}

}  // namespace sockmark::report
