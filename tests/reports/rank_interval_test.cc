// Ranks that bound a percentile, against tests/vectors/stats/quantile_rank_ci.json, and against the
// definition, summed term by term.

#include "reports/statistics/rank_interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/measure/vectors.h"

namespace sockmark::report {
namespace {

TEST(RankInterval, AgreesWithThePublishedVectors) {
  for (const auto& vector :
       test::load_vectors(test::vector_folder() / "stats" / "quantile_rank_ci.json")) {
    SCOPED_TRACE(vector.at("id").get<std::string>());
    const auto& input = vector.at("input");
    const auto& expected = vector.at("expected");
    const auto ppm = static_cast<Ppm>(std::lround(input.at("p").get<double>() * 1e6));
    const RankInterval ranks = percentile_rank_interval(input.at("n"), ppm, input.at("confidence"));
    EXPECT_EQ(ranks.lower, test::optional_of<std::uint64_t>(expected.at("lower_rank")));
    EXPECT_EQ(ranks.upper, test::optional_of<std::uint64_t>(expected.at("upper_rank")));
    test::expect_near(ranks.coverage, expected.at("coverage"), "coverage");
  }
}

// [k]: P(K <= k) of K ~ Binomial(n, p), by Pascal's triangle.
std::vector<double> binomial_cdf(std::size_t n, double p) {
  std::vector<double> chances = {1};
  for (std::size_t i = 0; i < n; ++i) {
    chances.push_back(0);
    for (std::size_t k = chances.size(); k-- > 0;) {
      chances[k] = chances[k] * (1 - p) + (k > 0 ? chances[k - 1] * p : 0);
    }
  }
  for (std::size_t k = 1; k < chances.size(); ++k) chances[k] += chances[k - 1];
  return chances;
}

TEST(RankInterval, RanksAreThoseOfTheDefinition) {
  for (const std::size_t n : {1U, 4U, 6U, 37U, 250U}) {
    for (const Ppm ppm : {10'000U, kP50, kP90, kP99}) {
      const std::vector<double> cdf = binomial_cdf(n, ppm / 1e6);
      std::optional<std::uint64_t> lower;
      std::optional<std::uint64_t> upper;
      for (std::size_t rank = 1; rank <= n; ++rank) {
        if (cdf[rank - 1] <= 0.05) lower = rank;
        if (!upper && cdf[rank - 1] >= 0.95) upper = rank;
      }
      const RankInterval ranks = percentile_rank_interval(n, ppm, 0.9);
      EXPECT_EQ(ranks.lower, lower) << n << " " << ppm;
      EXPECT_EQ(ranks.upper, upper) << n << " " << ppm;
      EXPECT_GE(ranks.coverage, 0.9);
    }
  }
}

TEST(RankInterval, MoreSamplesBoundAPercentileMoreClosely) {
  const RankInterval ranks = percentile_rank_interval(100'000'000, kP99_9);
  ASSERT_TRUE(ranks.lower && ranks.upper);
  EXPECT_LT(*ranks.lower, 99'900'000U);
  EXPECT_GT(*ranks.upper, 99'900'000U);
  // Four standard deviations of the rank, sqrt(n p (1 - p)) = 316.
  EXPECT_NEAR(static_cast<double>(*ranks.upper - *ranks.lower), 3.92 * 316.1, 5);
}

}  // namespace
}  // namespace sockmark::report
