#include "measure/series_reader.h"

#include <gtest/gtest.h>

#include <array>

namespace sockmark {
namespace {

using namespace std::chrono_literals;

constexpr Instant kWindowStart = instant_from_ns(1'000'000);

void add(Series& series, Nanoseconds at, std::int64_t latency_ns, std::uint64_t messages = 1) {
  series.record(kWindowStart + at, Nanoseconds(latency_ns), messages);
}

TEST(SeriesReader, ReadsEachFinishedSubWindowOnce) {
  Series series(kWindowStart, kWindowStart + 10s, 10);
  SeriesReader reader;
  const std::array<const Series*, 1> all{&series};
  add(series, 100ms, 40, 10);
  EXPECT_FALSE(reader.read(all)) << "the first sub-window is not finished";
  series.finish_until(kWindowStart + 999ms);
  EXPECT_FALSE(reader.read(all));
  series.finish_until(kWindowStart + 1s);
  auto figures = reader.read(all);
  ASSERT_TRUE(figures);
  EXPECT_EQ(figures->from, 0s);
  EXPECT_EQ(figures->until, 1s);
  EXPECT_EQ(figures->messages, 10U);
  EXPECT_EQ(figures->p50_ns, 40);
  EXPECT_FALSE(reader.read(all)) << "there is nothing new";

  add(series, 1500ms, 70, 3);
  add(series, 2500ms, 90, 5);
  add(series, 3500ms, 11, 99);
  series.finish_until(kWindowStart + 3700ms);
  figures = reader.read(all);
  ASSERT_TRUE(figures);
  EXPECT_EQ(figures->from, 1s);
  EXPECT_EQ(figures->until, 3s);
  EXPECT_EQ(figures->messages, 8U);
  EXPECT_EQ(figures->p50_ns, 90) << "of these two sub-windows alone";
}

TEST(SeriesReader, ASubWindowCountsOnceAllThreadsHaveFinishedIt) {
  Series one(kWindowStart, kWindowStart + 4s, 4), other(kWindowStart, kWindowStart + 4s, 4);
  SeriesReader reader;
  add(one, 10ms, 10, 3);
  add(other, 20ms, 30, 4);
  one.finish_until(kWindowStart + 2s);
  EXPECT_FALSE(reader.read(std::array<const Series*, 2>{&one, nullptr})) << "one has not begun";
  const std::array<const Series*, 2> both{&one, &other};
  EXPECT_FALSE(reader.read(both));
  other.finish_until(kWindowStart + 1s);
  const auto figures = reader.read(both);
  ASSERT_TRUE(figures);
  EXPECT_EQ(figures->until, 1s);
  EXPECT_EQ(figures->messages, 7U);
  EXPECT_EQ(figures->p50_ns, 30);
}

TEST(SeriesReader, AnIntervalWithoutMessagesHasNoPercentile) {
  Series series(kWindowStart, kWindowStart + 2s, 2);
  SeriesReader reader;
  series.finish_until(kWindowStart + 10s);
  const auto figures = reader.read(std::array<const Series*, 1>{&series});
  ASSERT_TRUE(figures);
  EXPECT_EQ(figures->until, 2s) << "the window ends there";
  EXPECT_EQ(figures->messages, 0U);
  EXPECT_FALSE(figures->p50_ns);
}

}  // namespace
}  // namespace sockmark
