#include "stats/goodness_of_fit.h"

#include <gtest/gtest.h>

#include <array>

namespace sockmark::report {
namespace {

TEST(ChiSquareFit, OfARollOfDiceIsThatOfTheTable) {
  // 60 rolls: (5-10)^2/10 + ... = 13.4 with 5 degrees of freedom; p = 0.0199.
  const auto fit = chi_square_fit(std::array<std::uint64_t, 6>{5, 8, 9, 8, 10, 20},
                                  std::array<double, 6>{1, 1, 1, 1, 1, 1});
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->chi_square, 13.4, 1e-12);
  EXPECT_NEAR(fit->p, 0.01991, 1e-5);
}

TEST(ChiSquareFit, WeightsNeedNotAddUpToOne) {
  const auto fit =
      chi_square_fit(std::array<std::uint64_t, 3>{700, 400, 100}, std::array<double, 3>{7, 4, 1});
  ASSERT_TRUE(fit);
  EXPECT_EQ(fit->chi_square, 0);
  EXPECT_EQ(fit->p, 1);
}

TEST(ChiSquareFit, IsUndefinedWhereACategoryIsExpectedFewerThanFiveTimes) {
  const std::array<double, 2> weights{9, 1};
  EXPECT_FALSE(chi_square_fit(std::array<std::uint64_t, 2>{45, 4}, weights));
  EXPECT_TRUE(chi_square_fit(std::array<std::uint64_t, 2>{45, 5}, weights));
  EXPECT_FALSE(chi_square_fit(std::array<std::uint64_t, 2>{0, 0}, weights));
}

}  // namespace
}  // namespace sockmark::report
