#include "measure/fairness.h"

#include <gtest/gtest.h>

namespace sockmark {
namespace {

Fairness of(std::initializer_list<std::uint64_t> shares) {
  Fairness fairness;
  for (const auto share : shares) fairness.add(share);
  return fairness;
}

TEST(Fairness, EvenSharesGiveOne) {
  EXPECT_EQ(of({7, 7, 7}).jain_index(), 1.0);
  EXPECT_EQ(of({123456789}).jain_index(), 1.0);
}

TEST(Fairness, OneConnectionThatHasEverythingGivesOneOverN) {
  EXPECT_EQ(of({10, 0, 0, 0}).jain_index(), 0.25);
}

TEST(Fairness, OfTheExampleOfTheReport) {
  // Jain, Chiu and Hawe, DEC-TR-301, section 2: 20 dollars to each of 10 of 100 people.
  Fairness fairness;
  for (int i = 0; i < 100; ++i) fairness.add(i < 10 ? 20U : 0U);
  EXPECT_DOUBLE_EQ(*fairness.jain_index(), 0.1);
}

TEST(Fairness, IsUndefinedIfNothingWasShared) {
  EXPECT_EQ(of({}).jain_index(), std::nullopt);
  EXPECT_EQ(of({0, 0}).jain_index(), std::nullopt);
}

TEST(Fairness, OfPartsAddsUpToThatOfTheWhole) {
  Fairness sum = of({1, 2});
  sum.add(of({3, 40, 0}));
  const Fairness whole = of({1, 2, 3, 40, 0});
  EXPECT_EQ(sum.connections, 5U);
  EXPECT_EQ(sum.sum, 46U);
  EXPECT_EQ(sum.min, 0U);
  EXPECT_EQ(sum.max, 40U);
  EXPECT_EQ(sum.jain_index(), whole.jain_index());
}

TEST(Fairness, NeverExceedsOne) {
  // Shares whose squares are not exact.
  Fairness fairness;
  for (int i = 0; i < 1000; ++i) fairness.add(94'906'267);
  EXPECT_LE(*fairness.jain_index(), 1.0);
  EXPECT_GT(*fairness.jain_index(), 1.0 - 1e-9);
}

}  // namespace
}  // namespace sockmark
