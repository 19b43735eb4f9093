// Two ends with invented clocks and an invented path: the true offset is within the bound whenever
// it follows a straight line, and the bound is about half of the smallest round trip.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

#include "base/random.h"
#include "measure/clock_lines.h"
#include "measure/clock_straightness.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

constexpr Nanoseconds kBase = 15us;  // of each direction
constexpr Nanoseconds kOffset = 1'000'000s + 123'456'789ns;
constexpr Instant kRunBegin{77s};
constexpr Nanoseconds kRun = 5s;  // between the rounds

struct Ends {
  Random random{1};
  double drift_ppm = 20, slew_ppm = 0;  // the slew begins in the middle of the run
  std::function<Nanoseconds(Nanoseconds)> there = {}, back = {};  // added, by time since kRunBegin
  ClockConstraints constraints = {};
  ClockStraightness straightness = {};

  [[nodiscard]] Nanoseconds theta(Instant at) const {
    const auto since = static_cast<double>(ns(at - kRunBegin));
    const auto slewed = static_cast<double>(ns(std::max(at - kRunBegin - kRun / 2, 0ns)));
    return kOffset + Nanoseconds(std::llround((since * drift_ppm + slewed * slew_ppm) * 1e-6));
  }
  [[nodiscard]] Instant responder(Instant at) const { return at + theta(at); }
  // Exponential, as most of a path's own variation.
  [[nodiscard]] Nanoseconds jitter(Nanoseconds mean) {
    return Nanoseconds(std::llround(-std::log(random.unit()) * static_cast<double>(ns(mean))));
  }

  // Returns when the reply arrived.
  Instant exchange(Instant t1) {
    Instant received = t1 + kBase + jitter(5us);
    if (there) received += there(t1 - kRunBegin);
    const Instant replied = received + 3us;
    Instant t4 = replied + kBase + jitter(5us);
    if (back) t4 += back(replied - kRunBegin);
    EXPECT_TRUE(constraints.add({t1, responder(received), responder(replied), t4}));
    return t4;
  }
  void round(Instant begin) {
    Instant next = begin;
    for (int i = 0; i < 200; ++i) next = std::max(exchange(next), next + 1ms);
  }
  void both_rounds() {
    round(kRunBegin - 200ms);
    round(kRunBegin + kRun);
  }
  void ten_a_second() {
    for (Nanoseconds at = 100ms; at < kRun; at += 100ms) exchange(kRunBegin + at);
  }
  void sample_clock() {
    for (Nanoseconds at = 0ms; at <= kRun; at += 100ms)
      straightness.add(responder(kRunBegin + at) - kOffset, Instant(at) - kRunBegin + 400s);
  }
};

struct Found {
  Nanoseconds error{0}, bound{0};  // the largest of the run
  bool inside = true;              // everywhere
};

Found compare(const ClockLines& lines, const Ends& ends) {
  Found found;
  for (Nanoseconds at = 0ms; at <= kRun; at += 10ms) {
    const ClockOffset offset = lines.at(kRunBegin + at);
    const Nanoseconds error = std::chrono::abs(offset.value - ends.theta(kRunBegin + at));
    found.error = std::max(found.error, error);
    found.bound = std::max(found.bound, offset.bound);
    found.inside = found.inside && error <= offset.bound;
  }
  EXPECT_LE(found.bound, lines.bound(kRunBegin, kRunBegin + kRun));
  EXPECT_GE(found.bound, lines.bound(kRunBegin, kRunBegin + kRun) - 1ns);
  return found;
}

Found find(const Ends& ends) {
  const auto lines = ends.constraints.lines();
  EXPECT_TRUE(lines);
  return lines ? compare(*lines, ends) : Found{};
}

// A queue of up to 100 packets of 1500 bytes at 50 Mbit/s, empty in this fraction of the time.
auto bursts(double empty) {
  return [empty, random = Random(2)](Nanoseconds) mutable {
    const bool is_empty = random.unit() <= empty;
    return is_empty ? 0us : 240us * static_cast<std::int64_t>(1 + random.below(100));
  };
}

TEST(ClockSimulation, OnAnIdlePathTheBoundIsHalfOfTheSmallestRoundTrip) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    for (const double drift_ppm : {20.0, -200.0, 900.0}) {
      SCOPED_TRACE(std::to_string(seed) + ", ppm " + std::to_string(drift_ppm));
      Ends ends{.random = Random(seed), .drift_ppm = drift_ppm};
      ends.both_rounds();
      const Found found = find(ends);
      EXPECT_TRUE(found.inside);
      EXPECT_LT(found.error, 3us);
      EXPECT_GE(found.bound, kBase);
      EXPECT_LT(found.bound, *ends.constraints.rtt_min() / 2 + 2us);
      const auto lines = ends.constraints.lines();
      EXPECT_NEAR(lines->slope_ppm(), drift_ppm, lines->slope_bound_ppm());
      EXPECT_LT(lines->slope_bound_ppm(), 7);
    }
  }
}

TEST(ClockSimulation, WithoutASecondRoundTheBoundGrowsAndHoldsTheTruth) {
  for (const double drift_ppm : {20.0, 200.0}) {
    Ends ends{.drift_ppm = drift_ppm};
    ends.round(kRunBegin - 200ms);
    const Found found = find(ends);
    EXPECT_TRUE(found.inside);
    EXPECT_GT(found.bound, 300us);
    EXPECT_LT(found.bound, 1200us);
  }
}

TEST(ClockSimulation, LoadOneWayChangesLittle) {
  for (const double empty : {0.5, 0.1, 0.05}) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      SCOPED_TRACE(std::to_string(seed) + ", empty " + std::to_string(empty));
      Ends ends{.random = Random(seed), .there = bursts(empty)};
      ends.both_rounds();
      const Found found = find(ends);
      EXPECT_TRUE(found.inside);
      EXPECT_LT(found.bound, 25us);
    }
  }
}

TEST(ClockSimulation, LoadBetweenTheRoundsChangesNothing) {
  Ends idle, loaded{.there = [](Nanoseconds at) { return at > 0s && at < kRun ? 20ms : 0ms; }};
  idle.both_rounds();
  loaded.both_rounds();
  loaded.ten_a_second();
  const Found found = find(loaded);
  EXPECT_TRUE(found.inside);
  EXPECT_LE(found.bound, find(idle).bound);
}

// Three exchanges before the queue, and the way back, which has none, hold the lines: a standing
// queue of 20 ms in both rounds does not become 10 ms of error.
TEST(ClockSimulation, AStandingQueueInBothRoundsWidensTheBoundByTheSlopeOnly) {
  Ends ends{.there = [](Nanoseconds at) { return at > -197ms ? 20ms : 0ms; }};
  ends.both_rounds();
  const Found found = find(ends);
  EXPECT_TRUE(found.inside);
  EXPECT_LT(found.bound, 3ms);
}

TEST(ClockSimulation, AStandingQueueInTheFirstRoundOnly) {
  Ends ends{.there = [](Nanoseconds at) { return at < kRun / 2 ? 20ms : 0ms; }};
  ends.both_rounds();
  const Found found = find(ends);
  EXPECT_TRUE(found.inside);
  EXPECT_LT(found.bound, 3ms);
}

TEST(ClockSimulation, AnAsymmetricPathIsWrongByHalfOfTheAsymmetryAndTheBoundSaysSo) {
  for (const Nanoseconds asymmetry : {500us, 5000us}) {
    Ends ends{.there = [=](Nanoseconds) { return asymmetry; }};
    ends.both_rounds();
    const Found found = find(ends);
    EXPECT_TRUE(found.inside);
    EXPECT_GT(found.error, asymmetry / 2 - 5us);
    EXPECT_LT(found.bound, asymmetry / 2 + 20us);
  }
}

TEST(ClockSimulation, KnownOffsetsCorrectAnAsymmetricPath) {
  Ends ends{.there = [](Nanoseconds) { return 500us; }};
  ends.both_rounds();
  for (const Instant at : {kRunBegin, kRunBegin + kRun})
    ends.constraints.add(at, {ends.theta(at) + 3us, 5us});
  const Found found = find(ends);
  EXPECT_TRUE(found.inside);
  EXPECT_LE(found.bound, 5us);
}

TEST(ClockSimulation, JitterOfBothWays) {
  Random there(5), back(6);
  const auto jitter = [](Random& random) { return 2ms + Nanoseconds(random.below(2'000'000)); };
  Ends ends{.there = [&](Nanoseconds) { return jitter(there); },
            .back = [&](Nanoseconds) { return jitter(back); }};
  ends.both_rounds();
  const Found found = find(ends);
  EXPECT_TRUE(found.inside);
  EXPECT_LT(found.error, 100us);
  EXPECT_LT(found.bound, 2200us);
}

// --- clocks that are not straight ---------------------------------------------------------------

// Why there are exchanges during the run, and why the clock is compared with CLOCK_MONOTONIC_RAW.
TEST(ClockSimulation, ASlewBetweenTwoRoundsIsNotNoticedByThem) {
  for (const double slew_ppm : {50.0, 100.0}) {
    Ends ends{.slew_ppm = slew_ppm};
    ends.both_rounds();
    EXPECT_FALSE(find(ends).inside) << slew_ppm;
  }
}

TEST(ClockSimulation, ExchangesDuringTheRunFindASlewOf50Ppm) {
  for (const double slew_ppm : {50.0, -50.0, 100.0}) {
    Ends ends{.slew_ppm = slew_ppm};
    ends.both_rounds();
    ends.ten_a_second();
    EXPECT_FALSE(ends.constraints.lines()) << slew_ppm;
  }
}

TEST(ClockSimulation, ExchangesDuringTheRunDoNotFindASlewOf20Ppm) {
  Ends ends{.slew_ppm = 20};
  ends.both_rounds();
  ends.ten_a_second();
  EXPECT_FALSE(find(ends).inside);
}

TEST(ClockSimulation, TheDepartureThatStraightnessFindsHoldsTheTruthOfAnySlew) {
  for (const double slew_ppm : {0.0, 5.0, 20.0, 50.0, 100.0, -100.0}) {
    SCOPED_TRACE(slew_ppm);
    Ends ends{.slew_ppm = slew_ppm};
    ends.both_rounds();
    ends.ten_a_second();
    ends.sample_clock();
    // A bend in the middle of 5 s departs from the best line by an eighth of slew * 5 s.
    const Nanoseconds departure = ends.straightness.departure();
    EXPECT_NEAR(static_cast<double>(ns(departure)), std::abs(slew_ppm) * 1e3 * 5 / 8, 60);
    const auto lines = ends.constraints.lines(departure);
    ASSERT_TRUE(lines);
    EXPECT_TRUE(compare(*lines, ends).inside);
  }
}

}  // namespace
}  // namespace sockmark
