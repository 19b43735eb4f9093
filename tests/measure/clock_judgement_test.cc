#include "measure/clock_judgement.h"

#include <gtest/gtest.h>

#include <string>

namespace sockmark {
namespace {

using namespace std::chrono_literals;

constexpr Instant kWindowBegin{10s}, kWindowEnd = kWindowBegin + 5s;

// 20 exchanges before the window and 20 after it: 15 us there, 15 us back.
ClockConstraints idle(Nanoseconds offset, std::int64_t drift_ppm = 0) {
  ClockConstraints constraints;
  for (const Instant begin : {kWindowBegin - 20ms, kWindowEnd}) {
    for (int i = 0; i < 20; ++i) {
      const Instant t1 = begin + i * 1ms, received = t1 + 15us;
      const Instant there = received + offset + (received - kWindowBegin) * drift_ppm / 1'000'000;
      EXPECT_TRUE(constraints.add({t1, there, there, received + 15us}));
    }
  }
  return constraints;
}

ClockEvidence enough() { return {.round_exchanges = 20}; }

void expect_none(const ClockJudgement& judgement, const std::string& reason) {
  EXPECT_EQ(judgement.relation, ClockRelation::two_clocks);
  EXPECT_FALSE(judgement.bound);
  EXPECT_EQ(judgement.bound.reason(), reason);
  EXPECT_FALSE(judgement.lines);
}

TEST(ClockJudgement, OneClockHasTheSameIdentityAndNoExchangeThatContradictsIt) {
  ClockEvidence evidence{.same_identity = true};
  ClockConstraints constraints;
  ASSERT_TRUE(
      constraints.add({kWindowBegin, kWindowBegin + 9us, kWindowBegin + 9us, kWindowBegin + 10us}));
  const auto judgement = judge_clocks(constraints, evidence, kWindowBegin, kWindowEnd);
  EXPECT_EQ(judgement.relation, ClockRelation::one_clock);
  ASSERT_TRUE(judgement.bound);
  EXPECT_EQ(*judgement.bound, 0ns);
  EXPECT_FALSE(judgement.identity_contradicted);
}

TEST(ClockJudgement, TheSameIdentityWithoutAnExchangeProvesNothing) {
  expect_none(judge_clocks({}, {.same_identity = true}, kWindowBegin, kWindowEnd), kClockExchanges);
}

TEST(ClockJudgement, AnExchangeOverrulesTheSameIdentity) {
  ClockEvidence evidence = enough();
  evidence.same_identity = true;
  const auto judgement = judge_clocks(idle(40us), evidence, kWindowBegin, kWindowEnd);
  EXPECT_EQ(judgement.relation, ClockRelation::two_clocks);
  EXPECT_TRUE(judgement.identity_contradicted);
  ASSERT_TRUE(judgement.bound);
  EXPECT_GE(*judgement.bound, 15us);
}

TEST(ClockJudgement, OtherIdentitiesAreTwoClocksEvenIfTheyAgree) {
  const auto judgement = judge_clocks(idle(0ns), enough(), kWindowBegin, kWindowEnd);
  EXPECT_EQ(judgement.relation, ClockRelation::two_clocks);
  EXPECT_FALSE(judgement.identity_contradicted);
  ASSERT_TRUE(judgement.bound);
  EXPECT_EQ(*judgement.bound, judgement.lines->bound(kWindowBegin, kWindowEnd));
  EXPECT_LT(*judgement.bound, 16us);
}

TEST(ClockJudgement, ARoundOfFewerThan20ExchangesIsTooFew) {
  ClockEvidence evidence = enough();
  evidence.round_exchanges = 19;
  expect_none(judge_clocks(idle(1s), evidence, kWindowBegin, kWindowEnd), kClockExchanges);
}

TEST(ClockJudgement, WithoutALineTheClocksAreNotStraight) {
  ClockConstraints constraints = idle(1s);
  ASSERT_TRUE(constraints.add({kWindowBegin + 2s, kWindowBegin + 3s + 1ms, kWindowBegin + 3s + 1ms,
                               kWindowBegin + 2s + 30us}));
  expect_none(judge_clocks(constraints, enough(), kWindowBegin, kWindowEnd), kClockNotStraight);
  // Nor are they if the departure would explain it.
  ClockEvidence evidence = enough();
  evidence.departure = 1ms;
  expect_none(judge_clocks(constraints, evidence, kWindowBegin, kWindowEnd), kClockNotStraight);
}

TEST(ClockJudgement, ADepartureWidensTheBoundUpToTheBoundItself) {
  const Nanoseconds straight = *judge_clocks(idle(1s), enough(), kWindowBegin, kWindowEnd).bound;
  ClockEvidence evidence = enough();
  evidence.departure = 400ns;
  const Nanoseconds widened = *judge_clocks(idle(1s), evidence, kWindowBegin, kWindowEnd).bound;
  EXPECT_GE(widened, straight + 2 * 400ns);
  EXPECT_LT(widened, straight + 3 * 400ns);
  evidence.departure = straight;
  EXPECT_TRUE(judge_clocks(idle(1s), evidence, kWindowBegin, kWindowEnd).bound);
  evidence.departure = straight + 1ns;
  expect_none(judge_clocks(idle(1s), evidence, kWindowBegin, kWindowEnd), kClockNotStraight);
}

TEST(ClockJudgement, ASuspendedEndIsNotStraight) {
  ClockEvidence evidence = enough();
  evidence.suspended = true;
  expect_none(judge_clocks(idle(1s), evidence, kWindowBegin, kWindowEnd), kClockNotStraight);
}

TEST(ClockJudgement, KnownOffsetsNarrowTheBound) {
  ClockEvidence evidence = enough();
  evidence.known = {{kWindowBegin, {1s, 2us}}, {kWindowEnd, {1s, 2us}}};
  const auto judgement = judge_clocks(idle(1s), evidence, kWindowBegin, kWindowEnd);
  ASSERT_TRUE(judgement.bound);
  EXPECT_GE(*judgement.bound, 2us);
  EXPECT_LE(*judgement.bound, 2us + 1ns);
  EXPECT_FALSE(judgement.known_contradicted);
}

TEST(ClockJudgement, KnownOffsetsThatTheExchangesContradictAreNotUsed) {
  ClockEvidence evidence = enough();
  evidence.known = {{kWindowBegin, {1s + 50us, 2us}}, {kWindowEnd, {1s + 50us, 2us}}};
  const auto judgement = judge_clocks(idle(1s), evidence, kWindowBegin, kWindowEnd);
  EXPECT_TRUE(judgement.known_contradicted);
  EXPECT_EQ(*judgement.bound, *judge_clocks(idle(1s), enough(), kWindowBegin, kWindowEnd).bound);
}

TEST(ClockJudgement, AMessageMayArriveEarlyByTheBoundOnly) {
  EXPECT_FALSE(contradict_bound(3us, 2us));
  EXPECT_FALSE(contradict_bound(-2us, 2us));
  EXPECT_TRUE(contradict_bound(-2us - 1ns, 2us));
  EXPECT_FALSE(contradict_bound(0ns, 0ns));
  EXPECT_TRUE(contradict_bound(-1ns, 0ns));
}

TEST(ClockJudgement, ADelayBelowItsBoundIsNotPrinted) {
  EXPECT_TRUE(is_below_bound(16us, 17us));
  EXPECT_FALSE(is_below_bound(17us, 17us));
  EXPECT_FALSE(is_below_bound(0ns, 0ns));  // of one clock
}

TEST(ClockJudgement, DelaysAreInOrderIfTheyDifferByBothBounds) {
  EXPECT_TRUE(is_undecided(100us, 17us, 120us, 4us));
  EXPECT_TRUE(is_undecided(120us, 4us, 100us, 17us));
  EXPECT_FALSE(is_undecided(100us, 16us, 120us, 4us));
  EXPECT_FALSE(is_undecided(5us, 0ns, 5us, 0ns));  // equal, and both exact
}

TEST(ClockJudgement, TheOffsetCancelsInVariationsAndTheSlopeDoesNot) {
  EXPECT_EQ(pdv_bound(16us), 32us);
  const auto judgement = judge_clocks(idle(1s, 20), enough(), kWindowBegin, kWindowEnd);
  ASSERT_TRUE(judgement.lines);
  // 30 us each way over 5 s: +- 6 ppm.
  EXPECT_NEAR(judgement.lines->slope_ppm(), 20, 0.1);
  const double slope = judgement.lines->slope_ppm(), bound = judgement.lines->slope_bound_ppm();
  EXPECT_EQ(ipdv_bound(slope, bound, 1ms), 26ns);
  EXPECT_EQ(ipdv_bound(-slope, bound, 1ms), 26ns);
  EXPECT_EQ(ipdv_bound(slope, bound, 0ns), 0ns);
  EXPECT_EQ(ipdv_bound(0, 0, 1s), 0ns);
}

}  // namespace
}  // namespace sockmark
