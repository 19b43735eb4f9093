// When a comparison stops: every rule by itself, and each against the others.

#include "stats/stopping_rule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace sockmark::report {
namespace {

using Blocks = std::vector<std::size_t>;

TEST(LookPlan, FixedBlocksAreLookedAtOnceAtFivePercent) {
  EXPECT_EQ(fixed_blocks(12), (LookPlan{.looks = {12}, .alpha = 0.05}));
  EXPECT_TRUE(fixed_blocks(12).fixed());
}

TEST(LookPlan, LooksAreThosePlannedUpToTheMostBlocks) {
  EXPECT_EQ(until_precise(40), (LookPlan{.looks = {10, 16, 24, 40}, .alpha = 0.04}));
  EXPECT_EQ(until_precise(24).looks, (Blocks{10, 16, 24}));
  EXPECT_EQ(until_precise(30).looks, (Blocks{10, 16, 24, 30}));
  EXPECT_EQ(until_precise(60).looks, (Blocks{10, 16, 24, 40, 60}));
  EXPECT_EQ(until_precise(11), (LookPlan{.looks = {10, 11}, .alpha = 0.04}));
  EXPECT_EQ(until_precise(60).max_blocks(), 60U);
}

TEST(LookPlan, OneLookIsAFixedNumberOfBlocks) {
  EXPECT_EQ(until_precise(10), fixed_blocks(10));
  EXPECT_EQ(until_precise(7), fixed_blocks(7));
}

TEST(Precision, TheHalfWidthReachesHalfTheWayToTheMargin) {
  const double bound = std::log(1.05);
  EXPECT_TRUE(precise_enough(Interval{0.3 - bound / 2, 0.3 + 0.499 * bound}, bound));
  EXPECT_FALSE(precise_enough(Interval{0.3 - bound / 2, 0.3 + 0.501 * bound}, bound));
  EXPECT_TRUE(precise_enough(Interval{0, 0.25}, 0.25));
  EXPECT_FALSE(precise_enough(std::nullopt, bound));
}

TEST(Stopping, AFixedComparisonStopsAtItsLastBlockWhateverItShows) {
  const LookPlan plan = fixed_blocks(12);
  for (const bool precise : {false, true}) {
    EXPECT_EQ(stop_after(plan, {.blocks = 11, .precise = precise}), std::nullopt);
    EXPECT_EQ(stop_after(plan, {.blocks = 12, .precise = precise}), StoppedBy::fixed);
    EXPECT_EQ(stop_after(plan, {.blocks = 12, .precise = precise, .out_of_budget = true}),
              StoppedBy::fixed);
    EXPECT_EQ(stop_after(plan, {.blocks = 5, .precise = precise, .out_of_budget = true}),
              StoppedBy::budget);
  }
}

TEST(Stopping, PrecisionStopsAtALookOnly) {
  const LookPlan plan = until_precise(40);
  for (std::size_t blocks = 1; blocks < 40; ++blocks) {
    const bool look = blocks == 10 || blocks == 16 || blocks == 24;
    EXPECT_EQ(stop_after(plan, {.blocks = blocks, .precise = true}),
              look ? std::optional(StoppedBy::precision) : std::nullopt)
        << blocks;
    EXPECT_EQ(stop_after(plan, {.blocks = blocks}), std::nullopt) << blocks;
  }
  EXPECT_EQ(stop_after(plan, {.blocks = 40, .precise = true}), StoppedBy::precision);
  EXPECT_EQ(stop_after(plan, {.blocks = 40}), StoppedBy::max_blocks);
}

TEST(Stopping, OutOfBudgetStopsAnywhereUnlessTheComparisonIsComplete) {
  const LookPlan plan = until_precise(40);
  EXPECT_EQ(stop_after(plan, {.blocks = 3, .out_of_budget = true}), StoppedBy::budget);
  EXPECT_EQ(stop_after(plan, {.blocks = 12, .precise = true, .out_of_budget = true}),
            StoppedBy::budget);
  EXPECT_EQ(stop_after(plan, {.blocks = 16, .precise = true, .out_of_budget = true}),
            StoppedBy::precision);
  EXPECT_EQ(stop_after(plan, {.blocks = 40, .out_of_budget = true}), StoppedBy::max_blocks);
}

TEST(Stopping, ReasonsHaveNames) {
  EXPECT_EQ(name_of(StoppedBy::fixed), "fixed");
  EXPECT_EQ(name_of(StoppedBy::precision), "precision");
  EXPECT_EQ(name_of(StoppedBy::max_blocks), "max_blocks");
  EXPECT_EQ(name_of(StoppedBy::budget), "budget");
}

}  // namespace
}  // namespace sockmark::report
