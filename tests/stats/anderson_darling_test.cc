// The Anderson-Darling test against tests/vectors/stats/anderson_darling.json and the table of RFC
// 2330.

#include "stats/anderson_darling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tests/measure/vectors.h"

namespace sockmark::report {
namespace {

TEST(AndersonDarling, AgreesWithThePublishedVectors) {
  for (const auto& vector :
       test::load_vectors(test::vector_folder() / "stats" / "anderson_darling.json")) {
    SCOPED_TRACE(vector.at("id").get<std::string>());
    const auto gaps = vector.at("input").at("spacings").get<std::vector<double>>();
    const auto& expected = vector.at("expected");
    const auto a2 = anderson_darling_exponential(gaps, vector.at("input").at("mean"));
    test::expect_near(a2, expected.at("A2"), "A2");
    ASSERT_TRUE(a2);
    test::expect_near(anderson_darling_cdf(*a2), expected.at("cdf_limit"), "cdf_limit");
    test::expect_near(1 - anderson_darling_cdf(*a2), expected.at("p_value"), "p_value");
    EXPECT_EQ(anderson_darling_level(*a2), expected.at("significance_rfc2330"));
    EXPECT_EQ(*a2 > kAndersonDarling5Percent, expected.at("reject_at_0_05").get<bool>());
  }
}

TEST(AndersonDarling, OrderAndUnitOfTheGapsDoNotMatter) {
  const std::vector<double> gaps = {3, 1, 4, 1.5, 9, 2.6};
  const std::vector<double> sorted_in_other_unit = {1e3, 1.5e3, 2.6e3, 3e3, 4e3, 9e3};
  EXPECT_NEAR(*anderson_darling_exponential(gaps, 3),
              *anderson_darling_exponential(sorted_in_other_unit, 3e3), 1e-12);
}

TEST(AndersonDarling, IsUndefinedForFewerThanFiveGaps) {
  const std::vector<double> gaps = {1, 2, 3, 4, 5};
  EXPECT_TRUE(anderson_darling_exponential(gaps, 3));
  EXPECT_FALSE(anderson_darling_exponential(std::span(gaps).first(4), 3));
  EXPECT_FALSE(anderson_darling_exponential({}, 3));
}

TEST(AndersonDarling, IsUndefinedWhereTheDistributionFunctionIsZeroOrOne) {
  EXPECT_FALSE(anderson_darling_exponential(std::vector<double>{1, 2, 0, 4, 5}, 3));
  EXPECT_FALSE(anderson_darling_exponential(std::vector<double>{1, 2, -1, 4, 5}, 3));
  EXPECT_FALSE(anderson_darling_exponential(std::vector<double>{1, 2, 300, 4, 5}, 3));
  EXPECT_FALSE(anderson_darling_exponential(
      std::vector<double>{1, 2, std::numeric_limits<double>::infinity(), 4, 5}, 3));
  EXPECT_FALSE(anderson_darling_exponential(std::vector<double>{1, 2, std::nan(""), 4, 5}, 3));
}

// Evenly spaced gaps are as far from exponential as can be.
TEST(AndersonDarling, RejectsAPeriodicSchedule) {
  const std::vector<double> gaps(128, 1000.0);
  const auto a2 = anderson_darling_exponential(gaps, 1000);
  ASSERT_TRUE(a2);
  EXPECT_GT(*a2, kAndersonDarling5Percent);
  EXPECT_EQ(anderson_darling_level(*a2), 0);
}

TEST(AndersonDarlingDistribution, AgreesWithTheTableOfRfc2330) {
  constexpr std::pair<double, double> kTable[] = {{1.248, 0.25},  {1.610, 0.15},  {1.933, 0.10},
                                                  {2.492, 0.05},  {3.070, 0.025}, {3.880, 0.01},
                                                  {4.500, 0.005}, {6.000, 0.001}};
  for (const auto& [a2, level] : kTable) {
    EXPECT_NEAR(1 - anderson_darling_cdf(a2), level, 0.04 * level) << a2;
    EXPECT_EQ(anderson_darling_level(a2), level);
    EXPECT_LT(anderson_darling_level(std::nextafter(a2, 10.0)), level);
  }
}

TEST(AndersonDarlingDistribution, RisesFromZeroToOne) {
  EXPECT_EQ(anderson_darling_cdf(0), 0);
  EXPECT_EQ(anderson_darling_cdf(-1), 0);
  double before = 0;
  for (double a2 = 0.05; a2 < 10; a2 += 0.05) {
    const double here = anderson_darling_cdf(a2);
    EXPECT_GE(here, before) << a2;
    EXPECT_LE(here, 1) << a2;
    before = here;
  }
  EXPECT_NEAR(before, 1, 1e-4);
}

}  // namespace
}  // namespace sockmark::report
