#include "measure/clock_straightness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

using Samples = std::vector<std::pair<std::int64_t, std::int64_t>>;  // monotonic, raw - monotonic

Nanoseconds departure(const Samples& samples) {
  ClockStraightness straightness;
  for (const auto& [at, difference] : samples)
    straightness.add(instant_from_ns(at), Nanoseconds(at + difference));
  EXPECT_EQ(straightness.samples(), samples.size());
  return straightness.departure();
}

TEST(ClockStraightness, OneOrTwoSamplesAreStraight) {
  EXPECT_EQ(departure({}), 0ns);
  EXPECT_EQ(departure({{5, 7}}), 0ns);
  EXPECT_EQ(departure({{5, 7}, {6, 1'000'000}}), 0ns);
}

TEST(ClockStraightness, AClockOfAnotherRateIsStraight) {
  EXPECT_EQ(departure({{100, 30}, {200, 60}, {300, 90}, {500, 150}}), 0ns);
}

// The lowest strip over (0,0), (100,0), (200,40) has the slope of the line from the first to the
// last and is 20 high.
TEST(ClockStraightness, ABendDepartsByHalfOfItsHeight) {
  EXPECT_EQ(departure({{0, 0}, {100, 0}, {200, 40}}), 10ns);
  EXPECT_EQ(departure({{0, 0}, {100, 0}, {200, -40}}), 10ns);
  EXPECT_EQ(departure({{0, 0}, {100, 0}, {200, 41}}), 11ns);  // 10.25, rounded up
}

TEST(ClockStraightness, AStepAndReadingErrorsDepart) {
  EXPECT_EQ(departure({{50, 3}, {50, 9}}), 3ns);
  EXPECT_EQ(departure({{0, 0}, {100, 8}, {200, 0}, {300, 8}, {400, 0}}), 4ns);
}

TEST(ClockStraightness, NoNanosecondIsLostAtTheEndsOfTheRange) {
  constexpr std::int64_t kLate = kCoordinateLimit - 1000;
  EXPECT_EQ(departure({{kLate, -kLate}, {kLate + 100, -kLate}, {kLate + 200, 40 - kLate}}), 10ns);
  EXPECT_EQ(departure({{0, kLate}, {100, kLate}, {200, kLate + 40}}), 10ns);
}

// The best strip touches two samples on one side.
TEST(ClockStraightnessProperty, IsTheLowestStripAlongAnyTwoSamples) {
  for (std::uint64_t seed = 1; seed <= 1000 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    Samples samples;
    for (std::uint64_t n = 3 + random.below(12); n > 0; --n) {
      samples.emplace_back(static_cast<std::int64_t>(random.below(20)),
                           static_cast<std::int64_t>(random.below(200)) - 100);
    }
    std::int64_t smallest = kCoordinateLimit;
    const auto consider = [&](std::int64_t rise, std::int64_t run) {
      std::int64_t low = kCoordinateLimit, high = -kCoordinateLimit;
      for (const auto& [x, y] : samples) {
        low = std::min(low, y * run - rise * x);
        high = std::max(high, y * run - rise * x);
      }
      smallest = std::min(smallest, divide_up(high - low, 2 * run));
    };
    for (const auto& [x, y] : samples)
      for (const auto& [other_x, other_y] : samples)
        if (other_x > x) consider(other_y - y, other_x - x);
    if (smallest < kCoordinateLimit) {
      EXPECT_EQ(ns(departure(samples)), smallest);
    }
  }
}

}  // namespace
}  // namespace sockmark
