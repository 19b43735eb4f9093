// The paired comparison against tests/vectors/stats (scipy, R and exact enumeration), and against
// what its definitions say, one quantifier at a time.

#include "stats/paired.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "base/random.h"
#include "stats/sign_flip.h"
#include "stats/signed_rank.h"
#include "stats/verdict.h"
#include "tests/measure/vectors.h"

namespace sockmark::report {
namespace {

using Json = nlohmann::json;
using Values = std::vector<double>;

// Bell-shaped noise, the sum of twelve uniform numbers, about `mean`.
Values noise(std::size_t n, double mean, std::uint64_t seed) {
  Random random(seed);
  Values values(n);
  for (double& value : values) {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += random.unit();
    value = mean + 0.03 * sum;
  }
  return values;
}

void expect_interval(const std::optional<Interval>& actual, const Json& expected,
                     const char* what) {
  if (expected[0].is_null()) {
    EXPECT_FALSE(actual) << what;
    return;
  }
  ASSERT_TRUE(actual) << what;
  test::expect_near(actual->low, expected[0], what);
  test::expect_near(actual->high, expected[1], what);
}

std::optional<Interval> ratios(const std::optional<Interval>& logs) {
  if (!logs) return std::nullopt;
  return Interval{std::exp(logs->low), std::exp(logs->high)};
}

TEST(PairedComparison, AgreesWithThePublishedVectors) {
  for (const Json& vector :
       test::load_vectors(test::vector_folder() / "stats" / "paired_log_ratio.json")) {
    SCOPED_TRACE(vector.at("id").get<std::string>());
    const auto d = vector.at("input").at("log_ratios").get<Values>();
    const Json& expected = vector.at("expected");
    const PairedComparison c = compare_paired(d);
    EXPECT_EQ(c.n, expected.at("n"));
    test::expect_near(c.mean, expected.at("mean"), "mean");
    test::expect_near(c.sd, expected.at("sd"), "sd");
    test::expect_near(c.t_quantile, expected.at("t_quantile"), "t_quantile");
    expect_interval(c.t_interval, expected.at("mean_ci95"), "mean_ci95");
    test::expect_near(std::exp(c.mean), expected.at("ratio"), "ratio");
    expect_interval(ratios(c.t_interval), expected.at("ratio_ci95"), "ratio_ci95");
    test::expect_near(c.t_p, expected.at("t_p"), "t_p");
    test::expect_near(signflip_p_exact(d), expected.at("signflip_p_exact"), "signflip_p_exact");
    expect_interval(c.interval, expected.at("subset_mean_ci95"), "subset_mean_ci95");
    expect_interval(subset_mean_interval(d, 0.01), expected.at("subset_mean_ci99"),
                    "subset_mean_ci99");
    test::expect_near(c.hl_pseudomedian, expected.at("hl_pseudomedian"), "hl_pseudomedian");
    EXPECT_EQ(c.wilcoxon_v, expected.at("wilcoxon_V"));
    test::expect_near(c.wilcoxon_p, expected.at("wilcoxon_p_exact"), "wilcoxon_p_exact");
    EXPECT_EQ(c.hl_interval95.has_value(), expected.contains("hl_ci95_exact"));
    if (c.hl_interval95) {
      expect_interval(c.hl_interval95, expected.at("hl_ci95_exact"), "hl_ci95_exact");
    }
    for (const auto& [name, margin] : {std::pair("1.02", 1.02), std::pair("1.05", 1.05)}) {
      const MarginTests tests = test_margin(d, margin);
      test::expect_near(tests.t_p_worse, expected.at(std::string("t_p_worse_than_") + name), name);
      test::expect_near(tests.t_p_noninferior, expected.at(std::string("t_p_noninferior_") + name),
                        name);
    }
    test::expect_near(std::exp(*c.mde80), expected.at("mde80_ratio_normal_approx"), "mde80");
    test::expect_near(std::exp(*c.mde90), expected.at("mde90_ratio_normal_approx"), "mde90");
  }
}

TEST(PairedVerdict, AgreesWithThePublishedVectors) {
  for (const Json& vector : test::load_vectors(test::vector_folder() / "stats" / "verdict.json")) {
    SCOPED_TRACE(vector.at("id").get<std::string>());
    const Json& ends = vector.at("input").at("ratio_ci");
    const Verdict verdict = judge(Interval{ends[0], ends[1]}, vector.at("input").at("margin"));
    EXPECT_EQ(name_of(verdict.difference), vector.at("expected").at("difference"));
    EXPECT_EQ(name_of(verdict.gate), vector.at("expected").at("gate"));
  }
}

TEST(PairedVerdict, AnEndThatTouchesDecidesNothing) {
  EXPECT_EQ(judge(Interval{1, 1.2}, 1.05), (Verdict{Difference::none_shown, Gate::inconclusive}));
  EXPECT_EQ(judge(Interval{1.05, 1.2}, 1.05), (Verdict{Difference::slower, Gate::inconclusive}));
  EXPECT_EQ(judge(Interval{1.0501, 1.2}, 1.05), (Verdict{Difference::slower, Gate::fail}));
  EXPECT_EQ(judge(Interval{0.9, 1}, 1.05), (Verdict{Difference::none_shown, Gate::pass}));
  EXPECT_EQ(judge(Interval{1.01, 1.02}, 1.05), (Verdict{Difference::slower, Gate::pass}));
}

TEST(PairedVerdict, WithoutAnIntervalNothingIsShownAndNothingPasses) {
  EXPECT_EQ(judge(std::nullopt, 1.05), (Verdict{Difference::none_shown, Gate::inconclusive}));
}

TEST(PairedVerdict, OfAbsoluteDifferencesNoEffectIsZero) {
  const double margin = 0.001;
  EXPECT_EQ(judge(Interval{-0.0002, 0.0004}, margin, 0),
            (Verdict{Difference::none_shown, Gate::pass}));
  EXPECT_EQ(judge(Interval{0.0001, 0.0004}, margin, 0), (Verdict{Difference::slower, Gate::pass}));
  EXPECT_EQ(judge(Interval{0.0011, 0.004}, margin, 0), (Verdict{Difference::slower, Gate::fail}));
  EXPECT_EQ(judge(Interval{-0.4, -0.1}, margin, 0), (Verdict{Difference::faster, Gate::pass}));
  EXPECT_EQ(judge(Interval{0, margin}, margin, 0),
            (Verdict{Difference::none_shown, Gate::inconclusive}));
}

TEST(PairedVerdict, AmongSeveralGatesAFailMustStandAfterHolm) {
  const Verdict fail = {Difference::slower, Gate::fail};
  EXPECT_EQ(judge_among(fail, 0.025, 0.05), fail);
  EXPECT_EQ(judge_among(fail, 0.026, 0.05), (Verdict{Difference::slower, Gate::inconclusive}));
  EXPECT_EQ(judge_among(fail, 0.021, 0.04), (Verdict{Difference::slower, Gate::inconclusive}));
  const Verdict pass = {Difference::slower, Gate::pass};
  EXPECT_EQ(judge_among(pass, 1, 0.05), pass);
}

// The definition, without any of the short cuts.
TEST(PairedComparison, SignFlipsAndSubsetsAreThoseOfTheDefinition) {
  const Values d = noise(9, 0.01, 7);
  const double n = 9;
  double observed = 0;
  for (const double value : d) observed += value / n;
  int two_sided = 0;
  int beyond_margin = 0;
  Values means;
  for (unsigned mask = 0; mask < 512; ++mask) {
    double flipped = 0;
    double flipped_beyond = 0;
    double subset = 0;
    for (unsigned i = 0; i < 9; ++i) {
      const bool in = (mask >> i & 1) != 0;
      flipped += (in ? -d[i] : d[i]) / n;
      flipped_beyond += (in ? -1 : 1) * (d[i] - std::log(1.02)) / n;
      if (in) subset += d[i];
    }
    if (std::abs(flipped) >= std::abs(observed) - 1e-12) ++two_sided;
    if (flipped_beyond >= observed - std::log(1.02) - 1e-12) ++beyond_margin;
    if (mask != 0) means.push_back(subset / std::popcount(mask));
  }
  std::sort(means.begin(), means.end());
  const PairedComparison c = compare_paired(d);
  EXPECT_DOUBLE_EQ(c.signflip_p, two_sided / 512.0);
  EXPECT_DOUBLE_EQ(test_margin(d, 1.02).signflip_p_worse, beyond_margin / 512.0);
  // floor(0.025 * 512) = 12 and floor(0.005 * 512) = 2.
  EXPECT_NEAR(c.interval->low, means[11], 1e-15);
  EXPECT_NEAR(c.interval->high, means[means.size() - 12], 1e-15);
  EXPECT_NEAR(subset_mean_interval(d, 0.01)->low, means[1], 1e-15);
  EXPECT_NEAR(subset_mean_interval(d, 0.01)->high, means[means.size() - 2], 1e-15);
}

// The interval is the inversion of the test: 0 is outside exactly where p <= alpha.
TEST(PairedComparison, IntervalAndTestSayTheSame) {
  int outside = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const PairedComparison c = compare_paired(noise(10, 0.015, seed));
    const bool excludes_zero = c.interval->low > 0 || c.interval->high < 0;
    EXPECT_EQ(excludes_zero, c.signflip_p <= 0.05) << seed;
    outside += excludes_zero ? 1 : 0;
  }
  EXPECT_GT(outside, 10);
  EXPECT_LT(outside, 190);
}

// The same of a bound and the one-sided test, at any level; beyond 16 blocks too, as both look at
// the same draws.
TEST(PairedComparison, IntervalAndOneSidedTestSayTheSame) {
  for (const std::size_t n : {8U, 16U, 24U, 70U}) {
    int above = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const double bound = 0.01;
      const Values d = noise(n, bound + 0.07 / std::sqrt(static_cast<double>(n)), seed);
      for (const double alpha : {0.05, 0.04}) {
        const bool interval_above = subset_mean_interval(d, alpha, seed)->low > bound;
        EXPECT_EQ(interval_above, signflip_p_above(d, bound, seed) <= alpha / 2)
            << n << " " << seed;
        above += interval_above ? 1 : 0;
      }
    }
    EXPECT_GT(above, 2) << n;
    EXPECT_LT(above, 38) << n;
  }
}

// k = floor(alpha / 2 * 2^n) is 1 of 0.02 * 64, the outermost means; 0 of 0.015 * 64; 1 of 0.045
// * 32.
TEST(PairedComparison, IntervalsAreOfAnyLevel) {
  const Values d = noise(6, 0, 1);
  const auto [least, most] = std::minmax_element(d.begin(), d.end());
  EXPECT_EQ(subset_mean_interval(d, 0.04), (Interval{*least, *most}));
  EXPECT_FALSE(subset_mean_interval(d, 0.03));
  EXPECT_TRUE(subset_mean_interval(noise(5, 0, 1), 0.09));
  EXPECT_EQ(subset_mean_interval(d, 0.05), compare_paired(d).interval);
}

TEST(PairedComparison, AMarginOfLogRatiosIsABoundOfTheirLogarithms) {
  const Values d = noise(20, 0.02, 5);
  const MarginTests by_margin = test_margin(d, 1.02, 9);
  const MarginTests by_bound = test_bound(d, std::log(1.02), 9);
  EXPECT_EQ(by_margin.t_p_worse, by_bound.t_p_worse);
  EXPECT_EQ(by_margin.signflip_p_worse, by_bound.signflip_p_worse);
  EXPECT_EQ(by_margin.signflip_p_worse, signflip_p_above(d, std::log(1.02), 9));
  EXPECT_GT(signflip_p_above(d, 0.03, 9), signflip_p_above(d, 0.01, 9));
}

// A fraction of 65 536 draws has a standard deviation of at most 0.002.
TEST(PairedComparison, DrawsByLotComeCloseToTheExactAnswer) {
  const Values d = noise(20, 0.012, 3);
  const PairedComparison c = compare_paired(d);
  EXPECT_NE(c.signflip_p, signflip_p_exact(d));
  EXPECT_NEAR(c.signflip_p, signflip_p_exact(d), 0.01);
  EXPECT_EQ(compare_paired(d).signflip_p, c.signflip_p);
  EXPECT_EQ(compare_paired(d).interval, c.interval);
  EXPECT_NE(compare_paired(d, {.seed = 2}).interval, c.interval);
  ASSERT_TRUE(c.interval && subset_mean_interval(d, 0.01));
  EXPECT_LT(subset_mean_interval(d, 0.01)->low, c.interval->low);
  EXPECT_LT(c.interval->low, c.mean);
  EXPECT_GT(c.interval->high, c.mean);
}

TEST(PairedComparison, TurningTheArmsRoundMirrorsEverything) {
  for (const std::size_t n : {6U, 12U, 16U}) {
    const Values d = noise(n, 0.02, n);
    Values turned = d;
    for (double& value : turned) value = -value;
    const PairedComparison one = compare_paired(d);
    const PairedComparison other = compare_paired(turned);
    EXPECT_NEAR(one.interval->low, -other.interval->high, 1e-15);
    EXPECT_NEAR(one.hl_interval95->low, -other.hl_interval95->high, 1e-15);
    EXPECT_DOUBLE_EQ(one.signflip_p, other.signflip_p);
    EXPECT_DOUBLE_EQ(*one.wilcoxon_p, *other.wilcoxon_p);
    EXPECT_NEAR(one.mean, -other.mean, 1e-15);
  }
}

TEST(PairedComparison, FewBlocksLeaveUndefinedWhatTheyCannotCarry) {
  const PairedComparison one = compare_paired(Values{0.1});
  EXPECT_EQ(one.mean, 0.1);
  EXPECT_FALSE(one.sd || one.t_quantile || one.t_interval || one.t_p || one.mde90);
  EXPECT_FALSE(one.interval || one.hl_interval95);
  EXPECT_EQ(one.signflip_p, 1);
  EXPECT_FALSE(test_margin(Values{0.1}, 1.05).t_p_worse);
  for (std::size_t n = 2; n < 10; ++n) {
    const PairedComparison c = compare_paired(noise(n, 0, n));
    EXPECT_EQ(c.interval.has_value(), n >= 6) << n;
    EXPECT_EQ(subset_mean_interval(noise(n, 0, n), 0.01).has_value(), n >= 8) << n;
    EXPECT_EQ(c.hl_interval95.has_value(), n >= 6) << n;
  }
}

TEST(PairedComparison, ManyBlocksLeaveUndefinedWhatWouldTakeTooLong) {
  EXPECT_TRUE(compare_paired(noise(49, 0, 1)).wilcoxon_p);
  const PairedComparison c = compare_paired(noise(100, 0.05, 1));
  EXPECT_FALSE(c.wilcoxon_p);
  EXPECT_FALSE(c.hl_interval95);
  // Beyond 64 blocks a draw takes two numbers: all blocks must still be in the game.
  EXPECT_EQ(c.signflip_p, 1.0 / 65536);
  EXPECT_LT(c.interval->high - c.interval->low, 0.03);
}

TEST(PairedComparison, WithoutSpreadTheAnswerIsCertain) {
  const PairedComparison c = compare_paired(Values(8, 0.25));
  EXPECT_EQ(c.sd, 0);
  EXPECT_EQ(c.t_p, 0);
  EXPECT_EQ(c.t_interval, (Interval{0.25, 0.25}));
  EXPECT_EQ(c.mde90, 0);
  EXPECT_EQ(c.signflip_p, 2.0 / 256);
  EXPECT_EQ(test_margin(Values(8, 0.25), 1.05).t_p_worse, 0);
  EXPECT_EQ(test_margin(Values(8, 0.25), 1.5).t_p_worse, 1);
}

TEST(PairedComparison, EqualArmsDifferInNothing) {
  const PairedComparison c = compare_paired(Values(8, 0.0));
  EXPECT_EQ(c.mean, 0);
  EXPECT_EQ(c.t_p, 1);
  EXPECT_EQ(c.signflip_p, 1);
  EXPECT_EQ(c.wilcoxon_p, 1);
  EXPECT_EQ(judge(ratios(c.t_interval), 1.05), (Verdict{Difference::none_shown, Gate::pass}));
}

// By hand: magnitudes 1, 1, 2 share the ranks 1.5, 1.5, 3; the plus signs make 4.5. Of the eight
// sums 0, 1.5, 1.5, 3, 3, 4.5, 4.5, 6 three are at least 4.5.
TEST(SignedRank, TiesShareRanksAndZerosAreLeftOut) {
  const Values values = {1, 0, -1, 2};
  EXPECT_EQ(signed_rank_sum(values), 4.5);
  EXPECT_DOUBLE_EQ(signed_rank_p(values), 2 * 3 / 8.0);
  EXPECT_EQ(signed_rank_sum(Values{0, 0}), 0);
  EXPECT_EQ(signed_rank_p(Values{0, 0}), 1);
}

TEST(SignedRank, WalshMeansAreOfAllPairs) {
  EXPECT_EQ(walsh_means(Values{4, 0, 2}), (Values{0, 1, 2, 2, 3, 4}));
}

}  // namespace
}  // namespace sockmark::report
