#include "reports/model/shown_difference.h"

#include <gtest/gtest.h>

#include "tests/reports/sample_report.h"

namespace sockmark::report {
namespace {

Comparison line(double low, double high, Difference difference) {
  Comparison one = sample_comparison();
  one.effect = EffectKind::ratio;
  one.interval = std::array{low, high};
  one.difference = difference;
  one.p_adjusted = Maybe<double>::none("gates");
  return one;
}

TEST(ShownDifference, IsTheReportsOwnWhereNothingElseSpeaksAgainstIt) {
  EXPECT_EQ(shown_difference(line(1.01, 1.09, Difference::slower)), Shown::slower);
  EXPECT_EQ(shown_difference(line(0.9, 0.99, Difference::faster)), Shown::faster);
  EXPECT_EQ(shown_difference(line(0.9, 1.1, Difference::none_shown)), Shown::none);
  EXPECT_EQ(shown_difference(line(1.01, 1.09, Difference::observed)), Shown::observed);
}

TEST(ShownDifference, OfManyLinesHasToHoldAfterAdjusting) {
  Comparison one = line(1.01, 1.09, Difference::slower);
  one.p_adjusted = 0.05;
  EXPECT_EQ(shown_difference(one), Shown::slower);
  one.p_adjusted = 0.051;
  EXPECT_EQ(shown_difference(one), Shown::may_be_chance);
  // What shows none needs no excuse.
  one = line(0.9, 1.1, Difference::none_shown);
  one.p_adjusted = 0.4;
  EXPECT_EQ(shown_difference(one), Shown::none);
}

TEST(ShownDifference, WithoutAnIntervalIsUndefined) {
  Comparison one = line(1.01, 1.09, Difference::slower);
  one.interval = decltype(Comparison::interval)::none("too_few_blocks");
  EXPECT_EQ(shown_difference(one), Shown::undefined);
}

TEST(ShownDifference, ThatItsOwnIntervalDeniesIsNone) {
  EXPECT_EQ(shown_difference(line(0.9, 1.1, Difference::slower)), Shown::none);
  Comparison points = line(-0.1, 0.1, Difference::faster);
  points.effect = EffectKind::difference;
  EXPECT_EQ(shown_difference(points), Shown::none);
}

}  // namespace
}  // namespace sockmark::report
