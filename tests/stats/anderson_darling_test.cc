// The Anderson-Darling test against tests/vectors/stats/anderson_darling.json.

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
}

}  // namespace
}  // namespace sockmark::report
