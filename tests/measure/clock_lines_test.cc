// Exact cases, computed without the class; extreme values; random sets against every line through
// two constraints.

#include "measure/clock_lines.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/random.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

constexpr Instant clock_at(std::int64_t value) { return instant_from_ns(value); }

// A request at t1 and its reply, with theta = offset: each way takes the time given, and the
// responder answers at once.
TimeExchange exchange(Instant t1, Nanoseconds offset, Nanoseconds there, Nanoseconds back) {
  return {t1, t1 + there + offset, t1 + there + offset, t1 + there + back};
}

TEST(ClockLines, NothingIsKnownWithoutAnExchange) {
  const ClockConstraints constraints;
  EXPECT_FALSE(constraints.lines());
  EXPECT_FALSE(constraints.rtt_min());
  EXPECT_TRUE(constraints.admit_zero());
}

// theta(t1) <= 1070 and theta(t4) >= 960, and no line is steeper than 1000 ppm.
TEST(ClockLines, OneExchangeBoundsTheOffsetByItsRoundTripAndTheSlopeByTheLimit) {
  ClockConstraints constraints;
  const Instant t1 = clock_at(1'000'000);
  ASSERT_TRUE(constraints.add(exchange(t1, 1000ns, 70ns, 40ns)));
  EXPECT_EQ(constraints.exchanges(), 1U);
  EXPECT_EQ(*constraints.rtt_min(), 110ns);
  const auto lines = constraints.lines();
  ASSERT_TRUE(lines);
  // At t4 the highest line is 1070 + 110 / 1000, rounded up to 1071: (960 + 1071) / 2.
  EXPECT_EQ(lines->at(t1 + 110ns), (ClockOffset{1015ns, 56ns}));
  // 1 ms later both have moved by 1000 ns more.
  EXPECT_EQ(lines->at(t1 + 110ns + 1ms), (ClockOffset{1015ns, 1056ns}));
  EXPECT_EQ(lines->bound(t1, t1 + 110ns + 1ms), 1057ns);
  EXPECT_EQ(lines->slope_high(), ClockConstraints::kSlopeMax);
  EXPECT_EQ(lines->slope_low(), -ClockConstraints::kSlopeMax);
}

// Constraints at 1 s: [900,1100]; at 2 s: [20'900,21'100]. Between their ends lines have slopes
// from 19'800 to 20'200 ns a second.
TEST(ClockLines, TwoRoundsKnowTheSlopeAndBetweenThemTheOffset) {
  ClockConstraints constraints;
  constraints.add(clock_at(0) + 1s, {1000ns, 100ns});
  constraints.add(clock_at(0) + 2s, {21'000ns, 100ns});
  const auto lines = constraints.lines();
  ASSERT_TRUE(lines);
  EXPECT_EQ(lines->slope_low(), (Slope{19'800, 1'000'000'000}));
  EXPECT_EQ(lines->slope_high(), (Slope{20'200, 1'000'000'000}));
  EXPECT_NEAR(lines->slope_ppm(), 20, 1e-9);
  EXPECT_NEAR(lines->slope_bound_ppm(), 0.2, 1e-9);
  EXPECT_EQ(lines->at(clock_at(0) + 1s), (ClockOffset{1000ns, 100ns}));
  EXPECT_EQ(lines->at(clock_at(0) + 1500ms), (ClockOffset{11'000ns, 100ns}));
  EXPECT_EQ(lines->at(clock_at(0) + 3s), (ClockOffset{41'000ns, 300ns}));
  EXPECT_EQ(lines->at(clock_at(0)), (ClockOffset{-19'000ns, 300ns}));
}

TEST(ClockLines, IdenticalExchangesKnowNoMoreThanOne) {
  const TimeExchange one = exchange(clock_at(5'000'000), -3000ns, 700ns, 500ns);
  ClockConstraints single, many;
  ASSERT_TRUE(single.add(one));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(many.add(one));
  EXPECT_EQ(many.exchanges(), 100U);
  for (const std::int64_t at : {0, 5'000'000, 5'000'600, 9'000'000'00})
    EXPECT_EQ(many.lines()->at(clock_at(at)), single.lines()->at(clock_at(at))) << at;
}

TEST(ClockLines, PointsThatAPeerReceivesHaveTheSameLines) {
  SplitMix64 random(7);
  ClockConstraints constraints;
  for (std::int64_t i = 0; i < 500; ++i) {
    const Nanoseconds there(static_cast<std::int64_t>(random.next() % 50'000));
    const Nanoseconds back(static_cast<std::int64_t>(random.next() % 50'000));
    ASSERT_TRUE(
        constraints.add(exchange(clock_at(i * 1'000'000), Nanoseconds(i * 20), there, back)));
  }
  const auto points = constraints.points(4096);
  const auto copy = ClockConstraints::from(points);
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->exchanges(), 500U);
  EXPECT_EQ(copy->rtt_min(), constraints.rtt_min());
  for (const Nanoseconds at : {0ms, 100ms, 499ms, 1000ms})
    EXPECT_EQ(copy->lines()->at(clock_at(ns(at))), constraints.lines()->at(clock_at(ns(at))));
  EXPECT_FALSE(points.above.empty());
}

TEST(ClockLines, FewerPointsWidenTheBoundAndKeepTheTruth) {
  ClockConstraints constraints;
  // On a parabola, so that each is a point of the hull.
  for (std::int64_t i = 1; i <= 64; ++i) {
    const Nanoseconds delay(10'000 + (i - 32) * (i - 32));
    ASSERT_TRUE(constraints.add(exchange(clock_at(i * 10'000'000), 0ns, delay, delay)));
  }
  ASSERT_EQ(constraints.points(4096).above.size(), 64U);
  const auto few = constraints.points(9);
  EXPECT_LE(few.above.size(), 9U);
  EXPECT_GE(few.above.size(), 4U);
  const Instant middle = clock_at(320'000'000);
  const auto all_lines = constraints.lines(), few_lines = ClockConstraints::from(few)->lines();
  EXPECT_GE(few_lines->at(middle).bound, all_lines->at(middle).bound);
  EXPECT_LE(few_lines->at(middle).value, few_lines->at(middle).bound);
}

TEST(ClockLines, PointsOutsideTheRangeAreRefused) {
  const std::int64_t limit = kCoordinateLimit;
  for (const Point wrong : {Point{-1, 0}, Point{limit, 0}, Point{0, limit}, Point{0, -limit}}) {
    EXPECT_FALSE(ClockConstraints::from({.above = {wrong}, .below = {}}));
    EXPECT_FALSE(ClockConstraints::from({.above = {}, .below = {wrong}}));
  }
  EXPECT_TRUE(ClockConstraints::from({.above = {{limit - 1, limit - 1}}, .below = {}}));
}

TEST(ClockLines, AStepOfTheClockLeavesNoLine) {
  ClockConstraints constraints;
  for (int i = 0; i < 10; ++i)
    ASSERT_TRUE(constraints.add(exchange(clock_at(0) + i * 1ms, 0ns, 10us, 10us)));
  EXPECT_TRUE(constraints.lines());
  // 20 us of round trips, and 1000 ppm of 1 ms, explain a difference of up to 21 us.
  ClockConstraints stepped = constraints;
  ASSERT_TRUE(stepped.add(exchange(clock_at(0) + 10ms, 1ms, 10us, 10us)));
  EXPECT_FALSE(stepped.lines());
  // A departure of half of the step explains it.
  EXPECT_TRUE(stepped.lines(500us));
}

TEST(ClockLines, ADriftBeyondTheLimitLeavesNoLine) {
  for (const auto& [ppm, possible] :
       {std::pair{999, true}, {1001, false}, {-999, true}, {-1001, false}}) {
    ClockConstraints constraints;
    for (int i = 0; i < 10; ++i)
      ASSERT_TRUE(constraints.add(exchange(clock_at(0) + i * 1s, i * ppm * 1us, 1us, 1us)));
    EXPECT_EQ(constraints.lines().has_value(), possible) << ppm;
  }
}

TEST(ClockLines, AReplyFromBeforeItsRequestIsContradicted) {
  ClockConstraints constraints;
  ASSERT_TRUE(constraints.add({clock_at(1000), clock_at(5000), clock_at(9000), clock_at(2000)}));
  EXPECT_EQ(*constraints.rtt_min(), -3us);
  EXPECT_FALSE(constraints.lines());
}

TEST(ClockLines, ImpossibleInstantsOfAPeerAreRefused) {
  constexpr std::int64_t kLimit = kCoordinateLimit;
  ClockConstraints constraints;
  EXPECT_FALSE(constraints.add({clock_at(10), clock_at(5), clock_at(4), clock_at(20)}));
  EXPECT_FALSE(constraints.add({clock_at(10), clock_at(5), clock_at(5), clock_at(9)}));
  EXPECT_FALSE(constraints.add({clock_at(10), clock_at(-1), clock_at(5), clock_at(20)}));
  EXPECT_FALSE(constraints.add({clock_at(-1), clock_at(5), clock_at(5), clock_at(20)}));
  EXPECT_FALSE(constraints.add({clock_at(10), clock_at(5), clock_at(kLimit), clock_at(20)}));
  EXPECT_FALSE(constraints.add({Instant::min(), Instant::min(), Instant::max(), Instant::max()}));
  EXPECT_EQ(constraints.exchanges(), 0U);
  EXPECT_TRUE(
      constraints.add({clock_at(0), clock_at(0), clock_at(kLimit - 1), clock_at(kLimit - 1)}));
}

// The same exchanges, with clocks at the ends of their range, give the same bound and slope, and
// the same offset but for the difference.
TEST(ClockLines, NoNanosecondIsLostAtTheEndsOfTheRange) {
  const auto lines_of = [](Instant start, Nanoseconds offset) {
    Random random(4);
    ClockConstraints constraints;
    for (int i = 0; i < 200; ++i) {
      const Nanoseconds there(random.below(30'000)), back(random.below(30'000));
      EXPECT_TRUE(constraints.add(exchange(start + i * 10ms, offset + i * 200ns, there, back)));
    }
    return *constraints.lines();
  };
  const ClockLines here = lines_of(clock_at(0), 0s);
  const Instant late = clock_at(kCoordinateLimit) - 1h;
  for (const auto& [start, offset] :
       {std::pair<Instant, Nanoseconds>{clock_at(1'000'000'000'000'000), 1'000'000s},
        {clock_at(1'000'000'000'000'000), -999'999s},
        {late, 10min},
        {clock_at(0), kCoordinateLimit * 1ns - 1h},
        {late, -(late - clock_at(0))}}) {
    SCOPED_TRACE(ns(start));
    const ClockLines there = lines_of(start, offset);
    EXPECT_EQ(there.slope_high(), here.slope_high());
    EXPECT_EQ(there.slope_low(), here.slope_low());
    for (const Nanoseconds at : {0ns, 1ns, 777'777'777ns, 2'000'000'000ns}) {
      const ClockOffset expected = here.at(clock_at(0) + at), found = there.at(start + at);
      EXPECT_EQ(found.bound, expected.bound);
      EXPECT_EQ(found.value - offset, expected.value);
    }
  }
}

TEST(ClockLines, ADepartureWidensTheConstraintsAndTheBound) {
  ClockConstraints constraints;
  constraints.add(clock_at(0) + 1s, {1000ns, 100ns});
  constraints.add(clock_at(0) + 2s, {21'000ns, 100ns});
  const auto lines = constraints.lines(30ns);
  ASSERT_TRUE(lines);
  EXPECT_EQ(lines->at(clock_at(0) + 1500ms), (ClockOffset{11'000ns, 160ns}));
  EXPECT_EQ(lines->slope_high(), (Slope{20'260, 1'000'000'000}));
}

TEST(ClockLines, KnownOffsetsNarrowOrContradict) {
  ClockConstraints constraints;
  for (int i = 0; i < 10; ++i)  // 400 us one way, 20 us back: the middle is off by 190 us
    ASSERT_TRUE(constraints.add(exchange(clock_at(0) + i * 100ms, 0ns, 400us, 20us)));
  const Instant middle = clock_at(0) + 450ms;
  EXPECT_NEAR(static_cast<double>(ns(constraints.lines()->at(middle).value)), 190e3, 1e3);
  ClockConstraints with = constraints;
  for (const Nanoseconds at : {0ms, 1000ms}) with.add(clock_at(0) + at, {2us, 5us});
  ASSERT_TRUE(with.lines());
  EXPECT_EQ(with.lines()->at(middle), (ClockOffset{2us, 5us}));
  for (const Nanoseconds at : {0ms, 1000ms}) constraints.add(clock_at(0) + at, {-30us, 5us});
  EXPECT_FALSE(constraints.lines());
}

TEST(ClockLines, ZeroIsAdmittedUnlessAnExchangeContradictsIt) {
  for (const auto& [offset, admitted] :
       {std::pair{0ns, true}, {10us, true}, {10'001ns, false}, {-20us, true}, {-20'001ns, false}}) {
    ClockConstraints constraints;
    ASSERT_TRUE(constraints.add(exchange(clock_at(1'000'000), offset, 20us, 10us)));
    EXPECT_EQ(constraints.admit_zero(), admitted) << ns(offset);
  }
}

// --- against every line through two constraints -------------------------------------------------

struct Constraint {
  std::int64_t x, y;
  bool above;  // the line is at most y at x; otherwise at least
};

struct TestLine {
  Constraint through;
  Slope slope;
  // y at x, times slope.run.
  [[nodiscard]] Int128 times_run(std::int64_t x) const {
    return Int128{through.y} * slope.run + Int128{slope.rise} * (x - through.x);
  }
};

// Vertices of the set of lines: through two constraints, or through one with the steepest slope.
std::vector<TestLine> vertices(const std::vector<Constraint>& constraints) {
  std::vector<TestLine> lines;
  for (const Constraint& one : constraints) {
    lines.push_back({one, ClockConstraints::kSlopeMax});
    lines.push_back({one, -ClockConstraints::kSlopeMax});
    for (const Constraint& other : constraints)
      if (other.x > one.x) lines.push_back({one, {other.y - one.y, other.x - one.x}});
  }
  std::erase_if(lines, [&](const TestLine& line) {
    if (line.slope > ClockConstraints::kSlopeMax || line.slope < -ClockConstraints::kSlopeMax)
      return true;
    return std::any_of(constraints.begin(), constraints.end(), [&](const Constraint& one) {
      const Int128 line_y = line.times_run(one.x), y = Int128{one.y} * line.slope.run;
      return one.above ? line_y > y : line_y < y;
    });
  });
  return lines;
}

TEST(ClockLinesProperty, HighestAndLowestLinesAreThoseOfTheLinearProgram) {
  int possible = 0, contradicted = 0;
  for (std::uint64_t seed = 1; seed <= 3000 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    // Small grids, so that points coincide and lie on lines; noise that does and does not fit.
    const std::uint64_t grid = 1 + random.below(8), noise = 1 + random.below(40);
    const auto drift = static_cast<std::int64_t>(random.below(2200)) - 1100;
    ClockConstraints collected;
    std::vector<Constraint> constraints;
    for (std::uint64_t n = 1 + random.below(9); n > 0; --n) {
      const auto t1 = static_cast<std::int64_t>(random.below(grid) * 10'000);
      const auto t4 = t1 + static_cast<std::int64_t>(random.below(3) * 10'000);
      const auto theta = [&](std::int64_t at) { return 100'000 + at * drift / 1'000'000; };
      const auto slack = [&] { return static_cast<std::int64_t>(random.below(noise)) - 2; };
      const std::int64_t t2 = t1 + theta(t1) + slack(), t3 = t4 + theta(t4) - slack();
      if (!collected.add({clock_at(t1), clock_at(t2), clock_at(t3), clock_at(t4)})) continue;
      constraints.push_back({t1, t2 - t1, true});
      constraints.push_back({t4, t3 - t4, false});
    }
    if (constraints.empty()) continue;
    const auto expected = vertices(constraints);
    const auto found = collected.lines();
    ASSERT_EQ(found.has_value(), !expected.empty());
    ++(found ? possible : contradicted);
    if (!found) continue;
    const auto by_slope = [](const TestLine& a, const TestLine& b) { return a.slope < b.slope; };
    const auto [low, high] = std::minmax_element(expected.begin(), expected.end(), by_slope);
    EXPECT_EQ(found->slope_low(), low->slope);
    EXPECT_EQ(found->slope_high(), high->slope);
    for (std::int64_t at = 0; at <= 120'000; at += 2500) {
      std::int64_t highest = -kCoordinateLimit, lowest = kCoordinateLimit;
      for (const TestLine& line : expected) {
        highest = std::max(highest, divide_up(line.times_run(at), line.slope.run));
        lowest = std::min(lowest, -divide_up(-line.times_run(at), line.slope.run));
      }
      const ClockOffset offset = found->at(clock_at(at));
      EXPECT_EQ(ns(offset.value + offset.bound), highest) << at;
      EXPECT_LE(ns(offset.value - offset.bound), lowest) << at;
      EXPECT_GE(ns(offset.value - offset.bound), lowest - 1) << at;
    }
  }
  EXPECT_GT(possible, 500);
  EXPECT_GT(contradicted, 500);
}

TEST(ClockLinesProperty, TheOrderOfExchangesDoesNotMatter) {
  Random random(8);
  std::vector<TimeExchange> exchanges;
  for (int i = 0; i < 300; ++i) {
    exchanges.push_back(exchange(clock_at(0) + i * 1ms, 7us, Nanoseconds(random.below(50'000)),
                                 Nanoseconds(random.below(50'000))));
  }
  ClockConstraints in_order, shuffled;
  for (const TimeExchange& one : exchanges) ASSERT_TRUE(in_order.add(one));
  for (std::size_t i = exchanges.size(); i > 1; --i)
    std::swap(exchanges[i - 1], exchanges[random.below(i)]);
  for (const TimeExchange& one : exchanges) ASSERT_TRUE(shuffled.add(one));
  for (const Nanoseconds at : {0ms, 50ms, 155ms, 300ms, 1000ms})
    EXPECT_EQ(shuffled.lines()->at(clock_at(0) + at), in_order.lines()->at(clock_at(0) + at));
}

}  // namespace
}  // namespace sockmark
