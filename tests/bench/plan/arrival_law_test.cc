#include "bench/plan/arrival_law.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "bench/plan/schedule.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

TEST(ArrivalLaw, IsReadBackFromItsText) {
  for (const char* text : {"uniform", "poisson", "burst:16", "onoff:100ms,900ms", "burst:65536"}) {
    const auto law = parse_arrivals(text);
    ASSERT_TRUE(law) << law.error().message;
    EXPECT_EQ(text_of(*law), text);
  }
  EXPECT_EQ(*parse_arrivals("BURST:2"), ArrivalLaw::bursts(2));
  EXPECT_EQ(*parse_arrivals("onoff:1s,50ms"), ArrivalLaw::on_off(1s, 50ms));
}

TEST(ArrivalLaw, WhatIsNotOneIsRefusedWithWhatWasExpected) {
  const std::pair<const char*, const char*> cases[] = {
      {"burst", "burst:16"},          {"burst:1", "2 to 65536"},
      {"burst:65537", "2 to 65536"},  {"burst:x", "burst:16"},
      {"onoff", "onoff:100ms,900ms"}, {"onoff:1s", "two times"},
      {"onoff:0,1s", "from 1us"},     {"onoff:1s,2h", "to 60m"},
      {"poisson:3", "unknown"},       {"onoff:1s,1s,1s", "two times"},
      {"posson", "did you mean"},
  };
  for (const auto& [text, problem] : cases) {
    const auto law = parse_arrivals(text);
    ASSERT_FALSE(law) << text;
    EXPECT_NE(law.error().message.find(problem), std::string::npos) << law.error().message;
  }
}

std::vector<std::int64_t> until(Schedule schedule, Nanoseconds end) {
  std::vector<std::int64_t> offsets;
  for (; schedule.due() < end; schedule.advance()) offsets.push_back(ns(schedule.due()));
  return offsets;
}

TEST(Bursts, HaveTheirNumberOfMessagesAndTheMeanRateOverAll) {
  const auto offsets =
      until(Schedule({.arrivals = ArrivalLaw::bursts(16), .rate = 16'000, .seed = 4}), 20s);
  std::map<std::int64_t, std::uint64_t> bursts;
  for (const auto offset : offsets) ++bursts[offset];
  for (const auto& [offset, messages] : bursts) EXPECT_EQ(messages, 16U) << "at " << offset;
  EXPECT_NEAR(static_cast<double>(bursts.size()), 20'000, 5 * 141) << "5 sigma";
}

TEST(OnOff, HasMessagesInOnPeriodsOnlyAndTheMeanRateOverAll) {
  const auto law = ArrivalLaw::on_off(100ms, 900ms);
  const auto offsets = until(Schedule({.arrivals = law, .rate = 1'000, .seed = 4}), 20s);
  for (const auto offset : offsets) EXPECT_LE(Nanoseconds(offset) % 1s, 100ms);
  EXPECT_TRUE(std::ranges::is_sorted(offsets));
  EXPECT_NEAR(static_cast<double>(offsets.size()), 20'000, 5 * 141) << "5 sigma";
}

TEST(OnOff, TimeInOnPeriodsAndOffsetsUndoEachOther) {
  const auto law = ArrivalLaw::on_off(3ms, 7ms);
  EXPECT_EQ(law.on_time(2ms), 2ms);
  EXPECT_EQ(law.on_time(9ms), 3ms) << "an OFF period has none";
  EXPECT_EQ(law.on_time(11ms), 4ms);
  for (const double on_time : {0.0, 1e6, 2.5e6, 4e6, 299.5e6}) {
    const auto offset = Nanoseconds(static_cast<std::int64_t>(law.offset_ns(on_time)));
    EXPECT_EQ(static_cast<double>(ns(law.on_time(offset))), on_time);
  }
}

TEST(Schedule, CountsBurstsAndOnOffMessagesWithoutWalkingFar) {
  for (const auto& law : {ArrivalLaw::bursts(16), ArrivalLaw::on_off(10ms, 30ms)}) {
    Schedule schedule({.arrivals = law, .rate = 1'000, .seed = 3});
    const auto expected = until(schedule, 2s).size();
    EXPECT_EQ(schedule.count_until(2s), expected) << text_of(law);
    EXPECT_GE(schedule.due(), 2s);
    Schedule crowded({.arrivals = law, .rate = 1e6, .seed = 3});
    EXPECT_NEAR(static_cast<double>(crowded.count_until(100s)), 1e8, 2e6) << text_of(law);
    EXPECT_GE(crowded.due(), 100s);
  }
}

TEST(Schedule, FlowsOfBurstsAndOnOffShareTheRate) {
  for (const auto& law : {ArrivalLaw::bursts(4), ArrivalLaw::on_off(10ms, 30ms)}) {
    Schedule flow({.arrivals = law, .rate = 1'000, .flow = 1, .flows = 4});
    EXPECT_NEAR(static_cast<double>(flow.count_until(36s)), 9'000, 5 * 190) << "5 sigma";
  }
}

}  // namespace
}  // namespace sockmark
