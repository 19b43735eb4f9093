// Invented clocks: the responder's is ahead by 1000 s and 20 ppm faster.

#include "bench/worker/run_clock.h"

#include <gtest/gtest.h>

#include <string>

#include "bench/protocol/messages.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

constexpr Nanoseconds kAhead = 1000s;
constexpr Instant kBegin = instant_from_ns(50'000'000'000);
constexpr Nanoseconds kRun = 5s;

Nanoseconds true_theta(Instant at) { return kAhead + (at - kBegin) / 50'000; }

void exchange(ClockConstraints& constraints, Instant t1, Nanoseconds there, Nanoseconds back) {
  const Instant arrived = t1 + there;
  ASSERT_TRUE(constraints.add(
      {t1, arrived + true_theta(arrived), arrived + true_theta(arrived), arrived + back}));
}

// Rounds before and after a run, and ten exchanges a second during it.
ClockConstraints constraints_of_run(Nanoseconds there = 15us, Nanoseconds back = 15us) {
  ClockConstraints constraints;
  for (int i = 0; i < 200; ++i) {
    exchange(constraints, kBegin - 200ms + i * 1ms, there, back);
    exchange(constraints, kBegin + kRun + i * 1ms, there, back);
  }
  for (int i = 0; i < 50; ++i) exchange(constraints, kBegin + i * 100ms, there, back);
  return constraints;
}

GeneratorClock sent_by_generator(const ClockConstraints& constraints, bool same_identity = false) {
  auto points = constraints.points(kClockPointsMax);
  GeneratorClock clock{.own = {}, .same_identity = same_identity, .path = "udp://10.0.0.2:4711"};
  clock.above = points.above;
  clock.below = points.below;
  clock.exchanges = points.exchanges;
  clock.before = clock.after = 200;
  clock.rtt_min_ns = ns(*points.rtt_min);
  clock.t0_ns = ns(kBegin);
  clock.end_ns = ns(kBegin + kRun);
  return clock;
}

TEST(RunClock, TheOffsetIsKnownToHalfOfTheSmallestRoundTrip) {
  const auto clock = judge_run(sent_by_generator(constraints_of_run()), {}, {});
  ASSERT_TRUE(clock);
  const report::Clock& section = clock->section;
  EXPECT_EQ(section.relation, ClockRelation::two_clocks);
  EXPECT_EQ(section.exchanges, 450U);
  EXPECT_EQ(*section.rtt_min_ns, 30'000);
  EXPECT_LE(std::abs(*section.offset_ns - ns(true_theta(kBegin + kRun / 2))), *section.bound_ns);
  EXPECT_LE(std::abs(*section.slope_ppm - 20), *section.slope_bound_ppm);
  EXPECT_GE(*section.bound_ns, 14'000);
  EXPECT_LE(*section.bound_ns, 16'000);
  EXPECT_FALSE(section.claimed_bound_ns);
  EXPECT_TRUE(section.contradicted.empty());
}

TEST(RunClock, TheMessageOfTheGeneratorLosesNothing) {
  const GeneratorClock sent = sent_by_generator(constraints_of_run());
  const auto body = body_of(sent);
  const auto json = report::parse_json(body, report::kReportLimits);
  ASSERT_TRUE(json);
  report::JsonReading reading;
  const auto received = report::read_document<GeneratorClock>(json->root(), reading);
  ASSERT_TRUE(received) << received.error().message;
  EXPECT_EQ(received->above, sent.above);
  EXPECT_EQ(received->below, sent.below);
  EXPECT_EQ(*judge_run(*received, {}, {})->section.bound_ns,
            *judge_run(sent, {}, {})->section.bound_ns);
}

TEST(RunClock, SeenFromTheOtherEndTheOffsetHasTheOppositeSign) {
  // A path that is longer one way: the two bounds are not symmetric.
  GeneratorClock generator = sent_by_generator(constraints_of_run(40us, 10us));
  generator.own.end.departure_ns = 300;
  OwnClocks responder;
  responder.end.departure_ns = 200;
  const auto forward = judge_run(generator, responder, {});
  const GeneratorClock seen = mirrored(generator, responder, kAhead);
  const auto reverse = judge_run(seen, generator.own, {});
  ASSERT_TRUE(forward);
  ASSERT_TRUE(reverse);
  ASSERT_TRUE(forward->judgement.lines);
  ASSERT_TRUE(reverse->judgement.lines);
  EXPECT_EQ(reverse->section.generator.departure_ns, 200) << "the clock that messages are sent by";
  for (const Nanoseconds since : {0ns, kRun / 2, kRun}) {
    const Instant at = kBegin + since;
    const ClockOffset there = forward->judgement.lines->at(at);
    const ClockOffset back = reverse->judgement.lines->at(at + true_theta(at));
    EXPECT_LE(std::abs(ns(back.value + true_theta(at))), ns(back.bound));
    EXPECT_LE(std::abs(ns(back.value + there.value)), 100) << "the same lines";
    EXPECT_LE(std::abs(ns(back.bound - there.bound)), 100);
  }
}

TEST(RunClock, DeparturesOfBothEndsWidenTheBound) {
  GeneratorClock generator = sent_by_generator(constraints_of_run());
  const auto straight = judge_run(generator, {}, {});
  generator.own.end.departure_ns = 1000;
  OwnClocks responder;
  responder.end.departure_ns = 500;
  const auto bent = judge_run(generator, responder, {});
  EXPECT_GE(*bent->section.bound_ns, *straight->section.bound_ns + 1500);
  EXPECT_EQ(bent->section.responder.departure_ns, 500);
  responder.end.departure_ns = 1'000'000;
  const auto useless = judge_run(generator, responder, {});
  EXPECT_EQ(useless->section.bound_ns.reason(), kClockNotStraight);
  EXPECT_EQ(useless->section.offset_ns.reason(), kClockNotStraight);
  responder.end = {};
  responder.end.suspended = true;
  EXPECT_EQ(judge_run(generator, responder, {})->section.bound_ns.reason(), kClockNotStraight);
}

TEST(RunClock, TooFewExchangesOfOneRound) {
  GeneratorClock generator = sent_by_generator(constraints_of_run());
  generator.after = 19;
  EXPECT_EQ(judge_run(generator, {}, {})->section.bound_ns.reason(), kClockExchanges);
  EXPECT_EQ(judge_run({}, {}, {})->section.bound_ns.reason(), kClockExchanges);
}

TEST(RunClock, OneClockNeedsAnExchangeThatAdmitsIt) {
  ClockConstraints same;
  ASSERT_TRUE(same.add({kBegin, kBegin + 10us, kBegin + 10us, kBegin + 20us}));
  const auto one = judge_run(sent_by_generator(same, true), {}, {});
  EXPECT_EQ(one->section.relation, ClockRelation::one_clock);
  EXPECT_EQ(*one->section.bound_ns, 0);
  EXPECT_EQ(*one->section.offset_ns, 0);

  const auto two = judge_run(sent_by_generator(constraints_of_run(), true), {}, {});
  EXPECT_EQ(two->section.relation, ClockRelation::two_clocks);
  EXPECT_EQ(two->section.contradicted, std::vector<std::string>{"identity"});
  EXPECT_TRUE(two->section.bound_ns);
  ASSERT_EQ(clock_warnings(two->section).size(), 1U);
  EXPECT_EQ(clock_warnings(two->section)[0].code, "clock_identity_contradicted");
}

// The forward way takes 500 us longer.
TEST(RunClock, AClaimBeatsAnAsymmetricPath) {
  GeneratorClock generator = sent_by_generator(constraints_of_run(515us, 15us));
  OwnClocks responder;
  generator.own.ahead_begin_ns = generator.own.ahead_end_ns = -1'700'000'000'000'000'000;
  responder.ahead_begin_ns = generator.own.ahead_begin_ns + ns(true_theta(kBegin));
  responder.ahead_end_ns = generator.own.ahead_end_ns + ns(true_theta(kBegin + kRun));
  const auto without = judge_run(generator, responder, {});
  EXPECT_GE(*without->section.bound_ns, 250'000);
  const auto with = judge_run(generator, responder, 5us);
  EXPECT_LE(*with->section.bound_ns, 5'100);
  EXPECT_LE(std::abs(*with->section.offset_ns - ns(true_theta(kBegin + kRun / 2))),
            *with->section.bound_ns);
  EXPECT_EQ(*with->section.claimed_bound_ns, 5'000);

  responder.ahead_end_ns += 2'000'000;  // CLOCK_REALTIME was stepped
  const auto wrong = judge_run(generator, responder, 5us);
  EXPECT_EQ(wrong->section.contradicted, std::vector<std::string>{"claimed_bound"});
  EXPECT_EQ(*wrong->section.bound_ns, *without->section.bound_ns);
  EXPECT_EQ(clock_warnings(wrong->section)[0].code, "clock_discipline_contradicted");
}

TEST(RunClock, AnUnsynchronisedClockMakesAClaimDoubtful) {
  report::Clock clock{.relation = ClockRelation::two_clocks};
  clock.generator.synchronised = true;
  clock.responder.synchronised = false;
  EXPECT_TRUE(clock_warnings(clock).empty()) << "nothing is claimed";
  clock.claimed_bound_ns = 5'000;
  const auto warnings = clock_warnings(clock);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0].code, "clock_unsynchronised");
  EXPECT_NE(warnings[0].message.find("responder"), std::string::npos);
}

TEST(RunClock, AnOffsetThatJsonWouldRoundIsNull) {
  ClockConstraints constraints;
  const Nanoseconds far = 24h * 200;
  for (int i = 0; i < 400; ++i) {
    const Instant t1 = kBegin + i * 10ms, t2 = t1 + 10us + far;
    ASSERT_TRUE(constraints.add({t1, t2, t2, t1 + 20us}));
  }
  const auto clock = judge_run(sent_by_generator(constraints), {}, {});
  EXPECT_EQ(clock->section.offset_ns.reason(), report::kOverflow);
  EXPECT_TRUE(clock->section.bound_ns) << "a delay needs no small offset";
}

TEST(RunClock, FiguresOfAPeerThatAreOutOfRangeAreRefused) {
  const GeneratorClock good = sent_by_generator(constraints_of_run());
  const auto refused = [&](auto&& change) {
    GeneratorClock bad = good;
    change(bad);
    return !judge_run(bad, {}, 1us);
  };
  EXPECT_FALSE(refused([](GeneratorClock&) {}));
  EXPECT_TRUE(refused([](GeneratorClock& c) { c.above.assign(kClockPointsMax + 1, {1, 1}); }));
  EXPECT_TRUE(refused([](GeneratorClock& c) { c.below.push_back({-1, 0}); }));
  EXPECT_TRUE(refused([](GeneratorClock& c) { c.t0_ns = c.end_ns + 1; }));
  EXPECT_TRUE(refused([](GeneratorClock& c) { c.end_ns = kCoordinateLimit; }));
  EXPECT_TRUE(refused([](GeneratorClock& c) { c.own.end.departure_ns = kCoordinateLimit / 2; }));
  EXPECT_TRUE(refused([](GeneratorClock& c) { c.own.reading_error_ns = -1; }));
  EXPECT_TRUE(refused([](GeneratorClock& c) { c.own.ahead_begin_ns = kCoordinateLimit - 1; }));
}

TEST(EstimateTheta, IsTheMiddleOfWhatIsKnownBeforeTheRun) {
  ClockConstraints constraints;
  for (int i = 0; i < 200; ++i) exchange(constraints, kBegin - 200ms + i * 1ms, 15us, 15us);
  const auto theta = estimate_theta(constraints, 200, false, kBegin);
  ASSERT_TRUE(theta);
  EXPECT_LE(std::abs(*theta - ns(true_theta(kBegin))), ns(constraints.lines()->at(kBegin).bound));
  EXPECT_EQ(estimate_theta(constraints, 19, false, kBegin).reason(), kClockExchanges);
  EXPECT_EQ(estimate_theta({}, 0, true, kBegin).reason(), report::kOneClock);
  EXPECT_TRUE(estimate_theta(constraints, 200, true, kBegin)) << "the identity is contradicted";
}

TEST(EstimateTheta, HoldsUnlessTheLinesContradictItByMoreThanAMinute) {
  const auto clock = judge_run(sent_by_generator(constraints_of_run()), {}, {});
  const ClockLines& lines = *clock->judgement.lines;
  EXPECT_TRUE(estimate_holds(lines, kAhead, kBegin));
  EXPECT_TRUE(estimate_holds(lines, kAhead - 59s, kBegin));
  EXPECT_FALSE(estimate_holds(lines, kAhead + 61s, kBegin));
  EXPECT_FALSE(estimate_holds(lines, Nanoseconds(1 - kCoordinateLimit), kBegin));
}

TEST(MoveSeries, EachPointMovesByTheThetaOfItsMiddle) {
  const auto clock = judge_run(sent_by_generator(constraints_of_run()), {}, {});
  const ClockLines& lines = *clock->judgement.lines;
  std::vector<report::SeriesPoint> series(5);
  for (std::size_t i = 0; i < series.size(); ++i) {
    // A delay of 100 us, recorded with the theta of the beginning.
    const Nanoseconds drift = true_theta(kBegin + 500ms + i * 1s) - kAhead;
    series[i] = {.t_s = static_cast<double>(i),
                 .messages = 10,
                 .p50_ns = ns(100us + drift),
                 .p99_ns = 0,
                 .max_ns = Maybe<std::int64_t>::none(report::kSamples)};
  }
  move_series(series, lines, kAhead, kBegin, 5s);
  for (const auto& point : series) {
    EXPECT_NEAR(static_cast<double>(*point.p50_ns), 100'000, 16'000);
    EXPECT_EQ(point.p99_ns.reason(), "clock_drift");
    EXPECT_EQ(point.max_ns.reason(), report::kSamples);
  }
}

}  // namespace
}  // namespace sockmark
