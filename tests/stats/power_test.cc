// What a comparison can find: a table of blocks that others computed, and the noncentral t against
// simulation.

#include "stats/power.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "base/random.h"
#include "stats/paired.h"
#include "tests/measure/vectors.h"

namespace sockmark::report {
namespace {

constexpr std::array<double, 8> kSpreads = {0.01, 0.02, 0.03, 0.04, 0.05, 0.07, 0.10, 0.15};
constexpr std::size_t kMoreThan400 = 0;

struct Row {
  double ratio, gates;
  std::array<std::size_t, kSpreads.size()> blocks;
};

// For 90 % at 5 %, two-sided (docs/definitions/comparing.md#smallest-detectable-change), which
// looks at no fewer than four blocks.
constexpr std::array<Row, 5> kTable = {{{1.02, 1, {5, 13, 27, 45, 69, 134, 270, kMoreThan400}},
                                        {1.03, 1, {4, 8, 13, 22, 33, 61, 123, 273}},
                                        {1.05, 1, {4, 5, 7, 10, 14, 24, 47, 102}},
                                        {1.05, 4, {4, 6, 9, 13, 19, 33, 64, 139}},
                                        {1.10, 1, {4, 4, 4, 5, 6, 8, 14, 29}}}};

TEST(Power, BlocksNeededAreThoseOfThePublishedTable) {
  for (const Row& row : kTable) {
    for (std::size_t i = 0; i < kSpreads.size(); ++i) {
      const auto blocks = blocks_for_power(std::log(row.ratio), kSpreads[i], 0.9, 0.05 / row.gates);
      ASSERT_TRUE(blocks);
      if (row.blocks[i] == kMoreThan400) {
        EXPECT_GT(*blocks, 400U) << row.ratio << ", " << kSpreads[i];
      } else {
        EXPECT_EQ(std::max<std::size_t>(4, *blocks), row.blocks[i])
            << row.ratio << ", " << kSpreads[i];
      }
    }
  }
}

TEST(Power, IsHowOftenTheTestFindsTheEffect) {
  constexpr int kTrials = 4000;
  constexpr std::size_t kBlocks = 8;
  Random random(1);
  int found = 0;
  for (int i = 0; i < kTrials; ++i) {
    std::vector<double> d(kBlocks);
    // Box and Muller 1958.
    for (double& value : d) {
      const double radius = std::sqrt(-2 * std::log(random.unit()));
      value = 0.03 + 0.03 * radius * std::cos(2 * M_PI * random.unit());
    }
    if (*compare_paired(d).t_p <= 0.05) ++found;
  }
  const double power = power_of(0.03, 0.03, kBlocks);
  EXPECT_GT(power, 0.5);
  EXPECT_LT(power, 0.9);
  // Four standard deviations of the fraction.
  EXPECT_NEAR(found / double{kTrials}, power, 4 * std::sqrt(power * (1 - power) / kTrials));
}

TEST(Power, OfNoEffectIsTheLevelAndGrowsWithTheEffectEitherWay) {
  EXPECT_NEAR(power_of(0, 0.03, 12), 0.05, 1e-9);
  EXPECT_NEAR(power_of(0, 0.03, 12, 0.01), 0.01, 1e-9);
  EXPECT_DOUBLE_EQ(power_of(-0.02, 0.03, 12), power_of(0.02, 0.03, 12));
  EXPECT_GT(power_of(0.03, 0.03, 12), power_of(0.02, 0.03, 12));
}

// Far beyond what any comparison has: still a probability, and no error.
TEST(Power, IsAProbabilityHoweverLargeTheEffectIs) {
  for (const double alpha : {0.05, 1e-6}) {
    for (const std::size_t n : {2U, 3U, 40U, 1000U}) {
      double previous = 0;
      for (double effect = 1e-6; effect < 1e6; effect *= 3) {
        const double power = power_of(effect, 0.001, n, alpha);
        ASSERT_TRUE(previous - 1e-6 <= power && power <= 1)
            << alpha << ", " << n << ", " << effect << ": " << power;
        previous = power;
      }
      EXPECT_EQ(previous, 1);
    }
  }
}

TEST(Power, MoreBlocksThanTheMaximumAreNotReported) {
  EXPECT_FALSE(blocks_for_power(0.001, 0.5));
  EXPECT_EQ(blocks_for_power(0.001, 0), 2U);
}

TEST(Power, FewestBlocksOfSeveralGatesAreThoseHolmNeeds) {
  EXPECT_EQ(min_blocks(1), 6U);
  EXPECT_EQ(min_blocks(4), 8U);
  EXPECT_EQ(min_blocks(10), 9U);
  EXPECT_EQ(min_blocks(25), 10U);
  EXPECT_EQ(min_blocks(1, 0.01), 8U);
  EXPECT_EQ(min_blocks(1, 0.5), 2U);  // 2^n reaches 2 / alpha exactly
}

TEST(Detectable, RatioAgreesWithThePublishedVectors) {
  for (const auto& vector :
       test::load_vectors(test::vector_folder() / "stats" / "paired_log_ratio.json")) {
    const auto& expected = vector.at("expected");
    const double sd = expected.at("sd");
    const std::size_t n = expected.at("n");
    test::expect_near(1 + mde90_ratio_less_1(sd, n), expected.at("mde90_ratio_normal_approx"),
                      "mde90");
    const auto blocks = static_cast<double>(n);
    test::expect_near(std::exp(detectable_effect(sd / std::sqrt(blocks), blocks - 1, 0.8)),
                      expected.at("mde80_ratio_normal_approx"), "mde80");
  }
}

TEST(Detectable, EffectIsFoundAboutNineTimesInTen) {
  for (const std::size_t n : {6U, 12U, 40U}) {
    EXPECT_NEAR(power_of(mde90_difference(0.03, n), 0.03, n), 0.9, 0.02) << n;
  }
}

}  // namespace
}  // namespace sockmark::report
