#include "bench/serve/half_open.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "bench/serve/event_log.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{1h};

TEST(HalfOpen, TheHostWithTheMostSlotsLosesItsOldest) {
  HalfOpen<int> slots;
  EXPECT_FALSE(slots.add("10.0.0.1", -1, kStart));
  EXPECT_FALSE(slots.add("10.0.0.3", -3, kStart));
  EXPECT_FALSE(slots.add("10.0.0.3", -4, kStart));
  for (int i = 3; i < static_cast<int>(kHalfOpenMax); ++i)
    EXPECT_FALSE(slots.add("10.0.0.2", i, kStart));
  EXPECT_EQ(slots.add("10.0.0.3", 100, kStart)->connection, 3);
  EXPECT_EQ(slots.add("10.0.0.2", 101, kStart)->connection, 4);
  EXPECT_EQ(slots.slots().front().connection, -1) << "another host is not touched";
  EXPECT_EQ(slots.slots().size(), kHalfOpenMax);
  EXPECT_EQ(slots.slots().back().connection, 101);
}

TEST(HalfOpen, TheOldestGoesWhenEachHostHasOneSlot) {
  HalfOpen<int> slots;
  for (int i = 0; i < static_cast<int>(kHalfOpenMax); ++i)
    EXPECT_FALSE(slots.add("10.0.0." + std::to_string(i), i, kStart));
  EXPECT_EQ(slots.add("10.0.1.1", 100, kStart)->connection, 0);
  EXPECT_EQ(slots.slots().size(), kHalfOpenMax);
}

TEST(HalfOpen, DeadlinesAreAbsolute) {
  HalfOpen<int> slots;
  EXPECT_EQ(slots.next_deadline(), Instant::max());
  EXPECT_FALSE(slots.add("10.0.0.1", 1, kStart));
  EXPECT_FALSE(slots.add("10.0.0.2", 2, kStart + 1s));
  EXPECT_EQ(slots.next_deadline(), kStart + kHandshakeTimeout);
  EXPECT_TRUE(slots.expire(kStart + kHandshakeTimeout - 1ns).empty());
  const auto expired = slots.expire(kStart + kHandshakeTimeout);
  ASSERT_EQ(expired.size(), 1U);
  EXPECT_EQ(expired[0].connection, 1);
  EXPECT_EQ(slots.next_deadline(), kStart + 1s + kHandshakeTimeout);
}

TEST(EventLog, TenLinesASecondAndTheCountOfTheRest) {
  std::vector<std::string> lines;
  EventLog log("refusals", [&lines](const std::string& line) { lines.push_back(line); });
  for (int i = 0; i < 25; ++i) log.add(std::to_string(i), kStart + i * 1ms);
  ASSERT_EQ(lines.size(), 10U);
  EXPECT_EQ(lines.back(), "9");
  log.add("later", kStart + 1s);
  ASSERT_EQ(lines.size(), 12U);
  EXPECT_EQ(lines[10], "15 more refusals within a second");
  EXPECT_EQ(lines[11], "later");
}

TEST(EventLog, TheCountIsWrittenWithoutAFurtherEvent) {
  std::vector<std::string> lines;
  EventLog log("refusals", [&lines](const std::string& line) { lines.push_back(line); });
  EXPECT_EQ(log.next_flush(), Instant::max());
  for (int i = 0; i < 12; ++i) log.add(std::to_string(i), kStart);
  EXPECT_EQ(log.next_flush(), kStart + 1s);
  log.flush(kStart + 1s - 1ns);
  EXPECT_EQ(lines.size(), 10U);
  log.flush(kStart + 1s);
  ASSERT_EQ(lines.size(), 11U);
  EXPECT_EQ(lines.back(), "2 more refusals within a second");
  EXPECT_EQ(log.next_flush(), Instant::max());
}

}  // namespace
}  // namespace sockmark
