#include <gtest/gtest.h>

#include "reports/model/sections.h"

namespace sockmark::report {
namespace {

TEST(Responsiveness, IsTheNumberOfRoundTripsInAMinute) {
  Histogram round_trips;
  for (int i = 0; i < 40; ++i) round_trips.record(20'000'000);  // 20 ms
  EXPECT_NEAR(*responsiveness_rpm(round_trips), 3000, 3);
}

TEST(Responsiveness, LeavesOutTheFivePerCentThatTookLongest) {
  Histogram round_trips;
  for (int i = 0; i < 95; ++i) round_trips.record(1'000'000);
  for (int i = 0; i < 5; ++i) round_trips.record(900'000'000);
  EXPECT_NEAR(*responsiveness_rpm(round_trips), 60'000, 60);
  // One more is among the 95 per cent: (95 * 1 ms + 900 ms) / 96.
  round_trips.record(900'000'000);
  EXPECT_NEAR(*responsiveness_rpm(round_trips), 60'000 * 96 / 995.0, 6);
}

TEST(Responsiveness, NeedsARoundTrip) {
  EXPECT_EQ(responsiveness_rpm(Histogram()).reason(), "samples");
  Histogram one;
  one.record(1000);
  EXPECT_NEAR(*responsiveness_rpm(one), 6e7, 6e4);
}

}  // namespace
}  // namespace sockmark::report
