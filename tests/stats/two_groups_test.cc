#include "stats/two_groups.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"

namespace sockmark::report {
namespace {

using Values = std::vector<double>;

// Round trips over a spinning TCP connection, in microseconds, as they were observed.
TEST(TwoGroups, OfRunsThatAreEitherFastOrSlowAreFound) {
  const Values values{13.1, 19.6, 12.9, 13.3, 20.1, 13.0, 19.9, 13.2, 20.3, 12.8};
  const auto groups = two_groups(values);
  ASSERT_TRUE(groups);
  EXPECT_EQ(groups->lower_count, 6U);
  EXPECT_EQ(groups->upper_count, 4U);
  EXPECT_EQ(groups->lower_median, 13.0);
  EXPECT_EQ(groups->upper_median, 19.9);
}

TEST(TwoGroups, OneOutlierIsNoGroup) {
  EXPECT_FALSE(two_groups(Values{10, 10.1, 10.2, 10.3, 10.4, 10.5, 10.6, 30}));
}

TEST(TwoGroups, ADifferenceThatMattersToNobodyIsNone) {
  EXPECT_FALSE(two_groups(Values{10, 10, 10, 10, 11.9, 11.9, 11.9, 11.9}));
  EXPECT_TRUE(two_groups(Values{10, 10, 10, 10, 12.1, 12.1, 12.1, 12.1}));
}

TEST(TwoGroups, NeedSixValues) {
  EXPECT_FALSE(two_groups(Values{10, 10, 20, 20, 20}));
  EXPECT_TRUE(two_groups(Values{10, 10, 20, 20, 20, 20}));
  EXPECT_FALSE(two_groups(Values{}));
}

// The share of samples of one distribution that are called two groups.
double false_alarms(std::size_t n, double (*draw)(Random&)) {
  Random random(n);
  int found = 0;
  constexpr int kSamples = 2000;
  for (int i = 0; i < kSamples; ++i) {
    Values values;
    while (values.size() < n) values.push_back(draw(random));
    found += two_groups(values).has_value();
  }
  return static_cast<double>(found) / kSamples;
}

TEST(TwoGroups, AreFoundInOneDistributionLessThanOnceInAHundredTimes) {
  for (const std::size_t n : {6U, 8U, 12U, 20U, 40U}) {
    SCOPED_TRACE(n);
    // A spread of a tenth of the median, as on a busy machine, and one of three tenths.
    const auto narrow = [](Random& random) {
      return 10 + random.unit() + random.unit() + random.unit() + random.unit();
    };
    const auto wide = [](Random& random) { return 10 + 10 * random.unit(); };
    const auto skewed = [](Random& random) { return 10 - 5 * std::log(1 - random.unit() * 0.999); };
    EXPECT_LT(false_alarms(n, narrow), 0.01);
    EXPECT_LT(false_alarms(n, wide), 0.01);
    EXPECT_LT(false_alarms(n, skewed), 0.01);
  }
}

}  // namespace
}  // namespace sockmark::report
