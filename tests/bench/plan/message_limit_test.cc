#include "bench/plan/message_limit.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "base/random.h"
#include "bench/plan/schedule.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

CaseSpec limited(std::uint64_t messages, std::uint64_t connections) {
  CaseSpec spec;
  spec.messages = messages;
  spec.connections = connections;
  spec.warmup = 50ms;
  return spec;
}

TEST(MessageWindow, OfAClosedLoopIsDividedEqually) {
  const auto window = message_window(limited(11, 4), 1);
  EXPECT_EQ(window.messages, (std::vector<std::uint64_t>{3, 3, 3, 2}));
  EXPECT_EQ(window.length, 5s) << "at most";
}

// What the schedules of all connections have between the warm-up and the end of the window.
std::vector<std::uint64_t> due_in_window(const CaseSpec& spec, std::uint64_t seed,
                                         Nanoseconds length) {
  std::vector<std::uint64_t> counts;
  for (std::uint64_t flow = 0; flow < spec.connections; ++flow) {
    Schedule schedule({.arrivals = spec.arrivals,
                       .rate = *spec.rate,
                       .seed = child_seed(seed, flow),
                       .flow = flow,
                       .flows = spec.connections});
    std::uint64_t& count = counts.emplace_back();
    for (; schedule.due() < spec.warmup + length; schedule.advance())
      count += schedule.due() >= spec.warmup;
  }
  return counts;
}

TEST(MessageWindow, OfAnOpenLoopEndsWhenItsLastMessageIsDue) {
  for (const ArrivalLaw& law : {ArrivalLaw(Arrivals::uniform), ArrivalLaw(Arrivals::poisson),
                                ArrivalLaw::on_off(3ms, 7ms)}) {
    for (const double rate : {999.0, 12'345.6}) {
      for (const std::uint64_t seed : {1U, 2U}) {
        CaseSpec spec = limited(700, 3);
        spec.rate = rate;
        spec.arrivals = law;
        const auto window = message_window(spec, seed);
        SCOPED_TRACE(text_of(law));
        EXPECT_EQ(std::accumulate(window.messages.begin(), window.messages.end(), std::uint64_t{0}),
                  700U);
        EXPECT_EQ(due_in_window(spec, seed, window.length), window.messages);
        const auto without = due_in_window(spec, seed, window.length - 1ns);
        EXPECT_EQ(std::accumulate(without.begin(), without.end(), std::uint64_t{0}), 699U);
      }
    }
  }
}

TEST(MessageWindow, MayEndWithinABurst) {
  CaseSpec spec = limited(100, 2);
  spec.rate = 1'000;
  spec.arrivals = ArrivalLaw::bursts(16);
  const auto window = message_window(spec, 7);
  EXPECT_EQ(window.messages[0] + window.messages[1], 100U);
}

TEST(MessageWindow, IsNoLongerThanTheDuration) {
  for (const ArrivalLaw& law : {ArrivalLaw(Arrivals::uniform), ArrivalLaw(Arrivals::poisson)}) {
    CaseSpec spec = limited(1000, 2);
    spec.rate = 1'000;
    spec.arrivals = law;
    spec.duration = 100ms;
    EXPECT_EQ(message_window(spec, 1).length, 100ms);
  }
}

TEST(MessageWindow, FitsInItsDefaultLimit) {
  for (const ArrivalLaw& law : {ArrivalLaw(Arrivals::uniform), ArrivalLaw(Arrivals::poisson),
                                ArrivalLaw::bursts(64), ArrivalLaw::on_off(10ms, 90ms)}) {
    for (const std::uint64_t messages : {1U, 1000U}) {
      CaseSpec spec = limited(messages, 1);
      spec.rate = 5'000;
      spec.arrivals = law;
      spec.duration = default_time_limit(spec);
      for (std::uint64_t seed = 0; seed < 50; ++seed)
        EXPECT_EQ(message_window(spec, seed).messages.front(), messages) << text_of(law);
    }
  }
}

TEST(MessageWindow, HasNoRangeErrors) {
  CaseSpec spec = limited(kMaxMessages, 1);
  spec.rate = 0.001;
  EXPECT_EQ(default_time_limit(spec), 24h);
  spec.duration = 24h;
  EXPECT_EQ(message_window(spec, 1).length, 24h);
  spec.arrivals = Arrivals::poisson;
  EXPECT_EQ(message_window(spec, 1).length, 24h);
}

}  // namespace
}  // namespace sockmark
