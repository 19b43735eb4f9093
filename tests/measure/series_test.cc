#include "measure/series.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace sockmark {
namespace {

using namespace std::chrono_literals;

constexpr Instant kT0 = instant_from_ns(1'000'000);

TEST(Series, EachMessageFallsInItsSubWindowWhateverTheOrder) {
  constexpr Nanoseconds kLength = 1'003ns;  // not a multiple of the number of sub-windows
  std::mt19937 random(1);
  std::vector<std::int64_t> instants;
  for (std::int64_t t = -5; t < kLength.count() + 5; ++t) instants.push_back(t);
  std::shuffle(instants.begin(), instants.end(), random);

  Series series(kT0, kT0 + kLength, 20);
  for (const std::int64_t t : instants) series.record(kT0 + Nanoseconds(t), Nanoseconds(t + 5));
  const auto points = series.points();
  ASSERT_EQ(points.size(), 20);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Nanoseconds end = i + 1 < points.size() ? points[i + 1].start : kLength;
    EXPECT_EQ(points[i].messages, static_cast<std::uint64_t>((end - points[i].start).count()));
    EXPECT_EQ(points[i].max_ns, ns(end) + 4);
  }
  EXPECT_EQ(points[0].start, 0ns);
}

TEST(Series, EmptySubWindowHasNoLatency) {
  Series series(kT0, kT0 + 1s, 4);
  series.count(kT0 + 300ms);
  const auto points = series.points();
  EXPECT_EQ(points[0].messages, 0);
  EXPECT_EQ(points[1].messages, 1);
  for (const auto& point : points) {
    EXPECT_EQ(point.p50_ns, std::nullopt);
    EXPECT_EQ(point.max_ns, std::nullopt);
  }
}

TEST(Series, PercentilesAreOfTheSubWindowAlone) {
  Series series(kT0, kT0 + 1s, 2);
  for (int i = 1; i <= 100; ++i) series.record(kT0 + 100ms, Nanoseconds(i));
  series.record(kT0 + 500ms, 7ns);
  const auto points = series.points();
  EXPECT_EQ(points[0].p50_ns, 50);
  EXPECT_EQ(points[0].p99_ns, 99);
  EXPECT_EQ(points[0].max_ns, 100);
  EXPECT_EQ(points[1].p50_ns, 7);
}

TEST(Series, AShortenedWindowKeepsItsSubWindowsAndTakesNothingMore) {
  Series series(kT0, kT0 + 1s, 4), other(kT0, kT0 + 1s, 4);
  series.record(kT0 + 10ms, 1ns);
  series.record(kT0 + 260ms, 2ns);
  for (Series* each : {&series, &other}) each->shorten(kT0 + 300ms);
  series.record(kT0 + 299ms, 3ns);
  series.record(kT0 + 300ms, 4ns);
  series.record(kT0 + 600ms, 5ns);
  series.add(other);
  const auto points = series.points();
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].messages, 1U);
  EXPECT_EQ(points[1].start, 250ms);
  EXPECT_EQ(points[1].messages, 2U);
  EXPECT_EQ(points[1].max_ns, 3);
  EXPECT_EQ(series.silence().stretches(100ms).longest, 249ms)
      << "what follows the end of the window is no silence";
}

TEST(Series, MergeEqualsRecordingAll) {
  Series all(kT0, kT0 + 1s), one(kT0, kT0 + 1s), other(kT0, kT0 + 1s);
  for (int i = 0; i < 1000; ++i) {
    const Instant t = kT0 + i * 1ms;
    all.record(t, Nanoseconds(i));
    (i % 3 == 0 ? one : other).record(t, Nanoseconds(i));
  }
  one.add(other);
  const auto merged = one.points(), expected = all.points();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(merged[i].messages, expected[i].messages);
    EXPECT_EQ(merged[i].p50_ns, expected[i].p50_ns);
    EXPECT_EQ(merged[i].max_ns, expected[i].max_ns);
  }
}

TEST(Series, AnIntervalThatDividesTheWindowBadlyLeavesAShorterLastOne) {
  Series series(kT0, kT0 + 1s, 300ms);
  EXPECT_EQ(series.parts(), 4U);
  EXPECT_EQ(Series::sub_windows_of(1s, 250ms), 4U);
  EXPECT_EQ(Series::sub_windows_of(1s, 1s), 1U);
  EXPECT_EQ(Series::sub_windows_of(1s, 0s), Series::kSubWindows);
  series.record(kT0 + 899ms, 1ns);
  series.record(kT0 + 900ms, 2ns);
  const auto points = series.points();
  ASSERT_EQ(points.size(), 4U);
  EXPECT_EQ(points[3].start, 900ms);
  EXPECT_EQ(points[2].messages, 1U);
  EXPECT_EQ(points[3].messages, 1U);
  EXPECT_EQ(Series::start_of(4, 1s, 300ms), 1s);
}

TEST(Series, LostMessagesCountWhereTheyWereFound) {
  Series series(kT0, kT0 + 1s, 250ms);
  series.lose(kT0 - 1s, 1);
  series.lose(kT0 + 250ms, 2);
  series.lose(kT0 + 499ms, 3);
  series.lose(Instant::max(), 4);
  auto points = series.points();
  EXPECT_EQ(points[0].lost, 1U);
  EXPECT_EQ(points[1].lost, 5U);
  EXPECT_EQ(points[2].lost, 0U);
  EXPECT_EQ(points[3].lost, 4U);
  series.shorten(kT0 + 300ms);
  points = series.points();
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[1].lost, 9U) << "none is forgotten";
}

// What was shown of a settled sub-window stays true.
TEST(Series, ASettledSubWindowDoesNotChange) {
  Series series(kT0, kT0 + 1s, 250ms);
  EXPECT_FALSE(series.settles(kT0 + 249ms));
  EXPECT_TRUE(series.settles(kT0 + 250ms));
  series.settle_until(kT0 + 1s);
  EXPECT_EQ(series.settled(), 0U) << "none is finished";
  series.finish_until(kT0 + 600ms);
  series.settle_until(kT0 + 250ms);
  EXPECT_EQ(series.settled(), 1U);
  series.lose(kT0 + 100ms, 7);
  EXPECT_EQ(series.points()[0].lost, 0U);
  EXPECT_EQ(series.points()[1].lost, 7U);
  series.finish_until(kT0 + 2s);
  series.settle_until(kT0 + 2s);
  EXPECT_EQ(series.settled(), 3U) << "losses are found at the end, too";
  EXPECT_FALSE(series.settles(kT0 + 2s));
}

}  // namespace
}  // namespace sockmark
