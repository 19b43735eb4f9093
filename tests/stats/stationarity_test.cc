// Trend and warm-up against tests/vectors/stats/steady_state.json, and series whose
// answer can be worked out by hand.

#include "stats/stationarity.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "stats/ranks.h"
#include "tests/measure/vectors.h"

namespace sockmark::report {
namespace {

using Values = std::vector<double>;

TEST(Stationarity, AgreesWithThePublishedVectors) {
  for (const auto& vector :
       test::load_vectors(test::vector_folder() / "stats" / "steady_state.json")) {
    SCOPED_TRACE(vector.at("id").get<std::string>());
    const auto x = vector.at("input").at("x").get<Values>();
    const auto& expected = vector.at("expected");
    const auto truncation = mser5_truncation(x);
    ASSERT_TRUE(truncation);
    EXPECT_EQ(truncation->values, expected.at("mser5_truncate"));
    test::expect_near(truncation->score, expected.at("mser5_score"), "mser5_score");
    const auto trend = mann_kendall(x);
    ASSERT_TRUE(trend);
    test::expect_near(trend->coefficient, expected.at("mann_kendall_tau"), "mann_kendall_tau");
    // p-values as small as 1e-17: the relative difference counts.
    const double trend_p = expected.at("mann_kendall_p");
    EXPECT_NEAR(trend->p / trend_p, 1, 1e-9);
  }
}

TEST(Midranks, EqualValuesShareTheMeanOfTheirRanks) {
  EXPECT_EQ(midranks(Values{30, 10, 20}), (Values{3, 1, 2}));
  EXPECT_EQ(midranks(Values{5, 7, 5, 5, 9}), (Values{2, 4, 2, 2, 5}));
  EXPECT_EQ(midranks(Values{4, 4}), (Values{1.5, 1.5}));
  EXPECT_TRUE(midranks(Values{}).empty());
}

TEST(MannKendall, AMonotoneSeriesHasTauOne) {
  EXPECT_EQ(mann_kendall(Values{1, 2, 3, 4, 5, 6, 7, 8})->coefficient, 1);
  EXPECT_EQ(mann_kendall(Values{8, 7, 6, 5, 4, 3, 2, 1})->coefficient, -1);
  EXPECT_LT(mann_kendall(Values{1, 2, 3, 4, 5, 6, 7, 8})->p, 0.001);
}

// Six pairs: four rise, one falls, one is tied: S = 3, tau-b = 3 / sqrt(6 * 5), and the variance is
// (4 * 3 * 13 - 2 * 1 * 9) / 18 = 23 / 3.
TEST(MannKendall, TiesNarrowTheVarianceAndTheDenominator) {
  const auto trend = mann_kendall(Values{1, 3, 2, 3});
  ASSERT_TRUE(trend);
  EXPECT_NEAR(trend->coefficient, 3 / std::sqrt(30.0), 1e-15);
  EXPECT_NEAR(trend->p, std::erfc(3 / std::sqrt(23.0 / 3) / std::sqrt(2.0)), 1e-15);
}

TEST(MannKendall, IsUndefinedWithoutOrder) {
  EXPECT_FALSE(mann_kendall(Values{}));
  EXPECT_FALSE(mann_kendall(Values{1, 2}));
  EXPECT_FALSE(mann_kendall(Values{7, 7, 7, 7}));
}

TEST(Mser5, CutsAStepAtItsEdge) {
  Values x(20, 500.0);
  for (int i = 0; i < 40; ++i) x.push_back(i % 2 == 0 ? 99 : 101);
  EXPECT_EQ(mser5_truncation(x)->values, 20);
}

// Behind the middle nothing is cut: a step there is a change, not a warm-up.
TEST(Mser5, NeverCutsMoreThanHalf) {
  Values x(45, 500.0);
  x.resize(60, 100.0);
  EXPECT_LE(mser5_truncation(x)->values, 30);
}

TEST(Mser5, CutsNothingFromAConstantSeries) {
  const auto truncation = mser5_truncation(Values(50, 7.0));
  ASSERT_TRUE(truncation);
  EXPECT_EQ(truncation->values, 0);
  EXPECT_EQ(truncation->score, 0);
}

TEST(Mser5, IgnoresValuesBehindTheLastWholeBatch) {
  Values x;
  for (int i = 0; i < 20; ++i) x.push_back(i % 3);
  const auto whole = mser5_truncation(x);
  x.insert(x.end(), {1e6, 1e6, 1e6, 1e6});
  EXPECT_EQ(mser5_truncation(x)->score, whole->score);
}

TEST(Mser5, IsUndefinedForFewerThanThreeBatches) {
  EXPECT_FALSE(mser5_truncation(Values(14, 1.0)));
  EXPECT_TRUE(mser5_truncation(Values(15, 1.0)));
}

}  // namespace
}  // namespace sockmark::report
