// Two samples against tests/vectors/stats/two_sample.json (scipy, R) and against the definition by
// enumeration.

#include "stats/two_sample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "base/random.h"
#include "stats/distributions.h"
#include "tests/measure/vectors.h"

namespace sockmark::report {
namespace {

using Json = nlohmann::json;
using Values = std::vector<double>;

// Whole numbers from 0 to `most`, so that there are ties, or none to speak of.
Values some(std::size_t n, std::uint64_t most, std::uint64_t seed) {
  Random random(seed);
  Values values(n);
  for (double& value : values) value = static_cast<double>(random.below(most + 1));
  return values;
}

TEST(TwoSample, AgreesWithThePublishedVectors) {
  for (const Json& vector :
       test::load_vectors(test::vector_folder() / "stats" / "two_sample.json")) {
    SCOPED_TRACE(vector.at("id").get<std::string>());
    const auto x = vector.at("input").at("x").get<Values>();
    const auto y = vector.at("input").at("y").get<Values>();
    const Json& expected = vector.at("expected");
    const TwoSampleComparison c = compare_two_samples(x, y);
    EXPECT_EQ(c.u_x, expected.at("U_x"));
    test::expect_near(c.vargha_delaney_a, expected.at("vargha_delaney_A_xy"), "A");
    EXPECT_EQ(c.vargha_delaney_a, vargha_delaney_a(x, y));
    test::expect_near(c.p_asymptotic, expected.at("p_asymptotic_continuity_tiecorrected"), "p");
    test::expect_near(c.hl_shift, expected.at("hodges_lehmann_shift_x_minus_y"), "shift");
    const auto means = welch(x, y);
    ASSERT_TRUE(means);
    const double t = means->shift / means->standard_error;
    test::expect_near(t, expected.at("welch_t"), "welch_t");
    test::expect_near(2 * student_t_above(std::abs(t), means->freedom), expected.at("welch_p"),
                      "welch_p");
    // R and scipy have no exact figures with ties.
    if (!expected.contains("p_exact")) continue;
    test::expect_near(c.p_exact, expected.at("p_exact"), "p_exact");
    ASSERT_TRUE(c.hl_ci);
    test::expect_near(c.hl_ci->low, expected.at("hl_ci95_exact")[0], "hl_ci95_exact");
    test::expect_near(c.hl_ci->high, expected.at("hl_ci95_exact")[1], "hl_ci95_exact");
  }
}

// How often values dealt anew to the two sides give x at least as many pairs won, and at most.
struct Dealt {
  double at_least = 0, at_most = 0;

  static Dealt of(const Values& x, const Values& y) {
    Values all = x;
    all.insert(all.end(), y.begin(), y.end());
    const auto won = [&](unsigned mine) {
      double pairs = 0;
      for (std::size_t i = 0; i < all.size(); ++i) {
        for (std::size_t j = 0; j < all.size(); ++j) {
          if ((mine >> i & 1) == 0 || (mine >> j & 1) != 0) continue;
          pairs += all[i] > all[j] ? 1 : all[i] == all[j] ? 0.5 : 0;
        }
      }
      return pairs;
    };
    const double observed = won((1U << x.size()) - 1);
    Dealt dealt;
    int ways = 0;
    for (unsigned mine = 0; mine < 1U << all.size(); ++mine) {
      if (std::popcount(mine) != static_cast<int>(x.size())) continue;
      ++ways;
      const double pairs = won(mine);
      if (pairs >= observed) ++dealt.at_least;
      if (pairs <= observed) ++dealt.at_most;
    }
    dealt.at_least /= ways;
    dealt.at_most /= ways;
    return dealt;
  }
};

TEST(TwoSample, ExactPIsOverAllWaysToDealTheValuesAlsoWithTies) {
  for (const std::uint64_t most : {3U, 10U, 1'000'000U}) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const Values x = some(5, most, seed);
      const Values y = some(6, most, seed + 100);
      const Dealt dealt = Dealt::of(x, y);
      EXPECT_NEAR(*compare_two_samples(x, y).p_exact,
                  std::min(1.0, 2 * std::min(dealt.at_least, dealt.at_most)), 1e-12);
      EXPECT_NEAR(*mann_whitney_p_above(x, y, 0), dealt.at_least, 1e-12);
    }
  }
}

// The interval is the inversion of the test: it lies above a bound exactly where the test says so.
TEST(TwoSample, IntervalAndOneSidedTestSayTheSame) {
  int above = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Values x = some(8, 1'000'000, seed);
    const Values y = some(7, 1'000'000, seed + 1000);
    const double bound = -300'000.5;
    const bool interval_above = compare_two_samples(x, y).hl_ci->low > bound;
    EXPECT_EQ(interval_above, *mann_whitney_p_above(x, y, bound) <= 0.025) << seed;
    above += interval_above ? 1 : 0;
  }
  EXPECT_GT(above, 5);
  EXPECT_LT(above, 55);
}

TEST(TwoSample, TurningTheSidesRoundMirrorsEverything) {
  const Values x = some(9, 20, 1);
  const Values y = some(6, 20, 2);
  const TwoSampleComparison one = compare_two_samples(x, y);
  const TwoSampleComparison other = compare_two_samples(y, x);
  EXPECT_EQ(one.u_x, 9 * 6 - other.u_x);
  EXPECT_EQ(one.hl_shift, -other.hl_shift);
  EXPECT_DOUBLE_EQ(one.vargha_delaney_a, 1 - other.vargha_delaney_a);
  EXPECT_EQ(one.hl_ci, (Interval{-other.hl_ci->high, -other.hl_ci->low}));
  EXPECT_NEAR(*one.p_exact, *other.p_exact, 1e-12);
  EXPECT_DOUBLE_EQ(*one.p_asymptotic, *other.p_asymptotic);
}

// Of C(2n, n) ways to deal, two are the most extreme: 2/20 with 3 on each side, 2/70 with 4.
TEST(TwoSample, FewValuesLeaveUndefinedWhatTheyCannotCarry) {
  EXPECT_FALSE(compare_two_samples(some(3, 9999, 1), some(3, 9999, 2)).hl_ci);
  EXPECT_TRUE(compare_two_samples(some(4, 9999, 1), some(4, 9999, 2)).hl_ci);
  EXPECT_FALSE(compare_two_samples(some(4, 9999, 1), some(4, 9999, 2), 0.01).hl_ci);
  const TwoSampleComparison one = compare_two_samples(Values{2}, Values{1});
  EXPECT_EQ(one.hl_shift, 1);
  EXPECT_EQ(one.p_exact, 1);
  EXPECT_FALSE(one.hl_ci);
  EXPECT_FALSE(welch(Values{2}, Values{1}));
}

TEST(TwoSample, ManyValuesLeaveUndefinedWhatWouldTakeTooLong) {
  const TwoSampleComparison most = compare_two_samples(some(49, 9999, 1), some(49, 9999, 2));
  ASSERT_TRUE(most.p_exact && most.p_asymptotic && most.hl_ci);
  EXPECT_NEAR(*most.p_exact, *most.p_asymptotic, 0.01);
  const Values x = some(50, 9999, 1);
  const TwoSampleComparison more = compare_two_samples(x, some(49, 9999, 2));
  EXPECT_TRUE(more.p_asymptotic);
  EXPECT_FALSE(more.p_exact || more.hl_ci);
  EXPECT_FALSE(mann_whitney_p_above(x, x, 0));
}

TEST(TwoSample, EqualValuesDifferInNothing) {
  const TwoSampleComparison c = compare_two_samples(Values(6, 5.0), Values(7, 5.0));
  EXPECT_EQ(c.vargha_delaney_a, 0.5);
  EXPECT_EQ(c.p_exact, 1);
  EXPECT_EQ(c.hl_ci, (Interval{0, 0}));
  EXPECT_FALSE(c.p_asymptotic);
}

}  // namespace
}  // namespace sockmark::report
