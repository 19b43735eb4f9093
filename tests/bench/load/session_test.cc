#include "bench/load/session.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace sockmark {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart = instant_from_ns(5'000'000'000);
constexpr Instant kEnd = kStart + 10s;
constexpr Nanoseconds kTmax = 1s;
constexpr FlowIds kFlows{.base = 0xFFFF'FFFE};  // wraps around within this run

Session::Options closed_loop(std::uint64_t depth) {
  return {.pace = Pace::closed,
          .echo = true,
          .depth = depth,
          .batch = 1,
          .size = 64,
          .connection = 3,
          .flows = kFlows,
          .tmax = kTmax};
}

class SessionTest : public testing::Test {
 protected:
  // Everything that is due is taken at `at`; the headers as a peer would see them.
  static std::vector<WireHeader> send_all(Session& session, Instant at, Nanoseconds blocked = 0ns) {
    std::vector<WireHeader> headers;
    for (const auto& due : session.due(at)) headers.push_back(due.header);
    session.taken(headers.size(), at + blocked);
    return headers;
  }
  static WireHeader send_one(Session& session, Instant at) {
    const auto headers = send_all(session, at);
    EXPECT_EQ(headers.size(), 1U);
    return headers.empty() ? WireHeader{} : headers.front();
  }

  const SequenceStatistics& finish(Session& session) {
    session.tracker().finish(session.sent());
    return recorder_.sequence;
  }

  Recorder recorder_{kStart, kEnd};
};

TEST(FlowIds, EncodeConnectionAndPhase) {
  for (const std::uint64_t connection : {0U, 1U, 50'000U}) {
    for (const Phase phase : {Phase::warmup, Phase::window}) {
      const auto flow = kFlows.of(connection, phase);
      EXPECT_EQ(kFlows.connection(flow), connection);
      EXPECT_EQ(kFlows.phase(flow), phase);
    }
  }
  EXPECT_GT(kFlows.connection(kFlows.base - 1), 50'000U) << "of another run";
}

TEST_F(SessionTest, AClosedLoopKeepsDepthMessagesOutstanding) {
  Session session(closed_loop(3), recorder_);
  const auto sent = send_all(session, kStart);
  EXPECT_EQ(sent.size(), 3U);
  EXPECT_TRUE(session.due(kStart + 1ms).empty());
  session.returned(sent[1], kStart + 2ms);
  EXPECT_EQ(send_all(session, kStart + 2ms).size(), 1U);
  session.returned(sent[0], kStart + 3ms);
  session.returned(sent[2], kStart + 3ms);
  EXPECT_EQ(send_all(session, kStart + 3ms).size(), 2U);
}

TEST_F(SessionTest, TheNextMessageIsIntendedAtTheInstantOfTheAnswer) {
  Session session(closed_loop(1), recorder_);
  const auto first = send_one(session, kStart);
  session.returned(first, kStart + 123us);
  const auto due = session.due(kStart + 123us);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].header.intended_ns, ns(kStart + 123us));
  EXPECT_EQ(due[0].issued, kStart + 123us);
}

TEST_F(SessionTest, ABlockedMessageKeepsItsHeaderAndItsInstants) {
  Session session(closed_loop(3), recorder_);
  const auto offered = session.due(kStart);
  const std::vector<Session::Due> first(offered.begin(), offered.end());
  session.taken(1, kStart + 1ms);
  const auto again = session.due(kStart + 5ms);
  ASSERT_EQ(again.size(), 2U) << "one outstanding, two blocked: nothing new is due";
  for (std::size_t i = 0; i < again.size(); ++i) {
    EXPECT_EQ(again[i].header.seq, first[i + 1].header.seq);
    EXPECT_EQ(again[i].header.intended_ns, ns(kStart));
    EXPECT_EQ(again[i].issued, kStart);
  }
  session.taken(2, kStart + 7ms);
  EXPECT_EQ(recorder_.send_block.max(), ns(7ms));
}

TEST_F(SessionTest, WarmUpAndWindowAreFlowsWithTheirOwnNumbers) {
  Session session(closed_loop(1), recorder_);
  Instant t = kStart - 2ms;
  std::vector<WireHeader> sent;
  for (; t < kStart + 2ms; t += 1ms) {
    sent.push_back(send_one(session, t));
    session.returned(sent.back(), t);
  }
  ASSERT_EQ(sent.size(), 4U);
  const std::uint64_t numbers[] = {0, 1, 0, 1};
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const bool measured = i >= 2;  // the third is intended exactly at t0
    EXPECT_EQ(sent[i].measured, measured);
    EXPECT_EQ(sent[i].flow, kFlows.of(3, static_cast<Phase>(measured)));
    EXPECT_EQ(sent[i].seq, numbers[i]);
  }
  EXPECT_EQ(session.sent(), 2U);
  EXPECT_EQ(recorder_.warmup.count(), 2U);
  EXPECT_EQ(recorder_.response_time.count(), 2U);
  EXPECT_EQ(finish(session).received, 2U);
}

TEST_F(SessionTest, AWarmUpMessageAnsweredWithinTheWindowMakesRoomAndIsNoSample) {
  Session session(closed_loop(1), recorder_);
  const auto early = send_one(session, kStart - 1ms);
  EXPECT_TRUE(session.due(kStart + 1ms).empty());
  session.returned(early, kStart + 2ms);
  EXPECT_TRUE(recorder_.response_time.empty());
  EXPECT_EQ(recorder_.counts.goodput_messages, 1U);
  const auto first = send_one(session, kStart + 2ms);
  EXPECT_EQ(first.seq, 0U);
  EXPECT_TRUE(first.measured);
}

TEST_F(SessionTest, NothingBecomesDueFromTheEndOfTheWindowOn) {
  Session session(closed_loop(1), recorder_);
  session.returned(send_one(session, kEnd - 1ns), kEnd - 1ns);
  EXPECT_TRUE(session.due(kEnd).empty());
  EXPECT_TRUE(session.due(kEnd + 1h).empty());
  EXPECT_TRUE(session.idle());
}

TEST_F(SessionTest, WhatWasDueInTheWindowIsStillOfferedAfterIt) {
  Session session(closed_loop(2), recorder_);
  ASSERT_EQ(session.due(kEnd - 1ns).size(), 2U);
  EXPECT_EQ(session.due(kEnd + 1ms).size(), 2U);
  EXPECT_FALSE(session.idle());
  EXPECT_EQ(session.unsent(), 2U);
  session.taken(1, kEnd + 1ms);
  EXPECT_EQ(session.unsent(), 1U);
  EXPECT_EQ(session.sent(), 1U);
}

TEST_F(SessionTest, ALossMakesRoomOnlyWhenItIsOlderThanTmax) {
  Session session(closed_loop(1), recorder_);
  send_one(session, kStart);
  EXPECT_FALSE(session.expire(kStart + kTmax));
  EXPECT_TRUE(session.due(kStart + kTmax).empty());
  EXPECT_TRUE(session.expire(kStart + kTmax + 1ns));
  EXPECT_FALSE(session.expire(kStart + kTmax + 1ns)) << "once";
  EXPECT_EQ(send_one(session, kStart + kTmax + 1ns).seq, 1U);
}

TEST_F(SessionTest, CountsForHowLongALostMessageHeldItsPlaceWithinTheWindow) {
  Session session(closed_loop(1), recorder_);
  send_one(session, kStart - 100ms);  // a message of the warm-up
  ASSERT_TRUE(session.expire(kStart - 100ms + kTmax + 1ns));
  EXPECT_EQ(recorder_.waited_for_lost, kTmax + 1ns - 100ms);
  EXPECT_EQ(recorder_.lost_in_warmup, 1U);
  send_one(session, kEnd - 10ms);
  ASSERT_TRUE(session.expire(kEnd + kTmax));
  EXPECT_EQ(recorder_.waited_for_lost, kTmax + 1ns - 100ms + 10ms);
  EXPECT_EQ(recorder_.lost_in_warmup, 1U);
}

TEST_F(SessionTest, TheTmaxOfABlockedMessageBeginsWhenItWasTaken) {
  Session session(closed_loop(1), recorder_);
  const auto sent = send_all(session, kStart, 500ms);
  EXPECT_FALSE(session.expire(kStart + kTmax + 1ns));
  session.returned(sent[0], kStart + 500ms + kTmax);
  const auto& sequence = finish(session);
  EXPECT_EQ(sequence.received, 1U);
  EXPECT_EQ(sequence.delay.delay.max(), ns(kTmax));
  EXPECT_EQ(recorder_.response_time.max(), ns(500ms + kTmax));
}

TEST_F(SessionTest, AReplyAfterTmaxIsLateAndNoAnswer) {
  Session session(closed_loop(1), recorder_);
  const auto lost = send_one(session, kStart);
  ASSERT_TRUE(session.expire(kStart + kTmax + 1ns));
  send_one(session, kStart + kTmax + 1ns);
  session.returned(lost, kStart + kTmax + 2ns);
  EXPECT_TRUE(session.due(kStart + kTmax + 2ns).empty()) << "its slot is another message's";
  EXPECT_TRUE(recorder_.response_time.empty());
  const auto& sequence = finish(session);
  EXPECT_EQ(sequence.sent, 2U);
  EXPECT_EQ(sequence.received, 0U);
  EXPECT_EQ(sequence.lost, 2U);
  EXPECT_EQ(sequence.late, 1U);
  EXPECT_EQ(sequence.late_arrivals, 1U);
  EXPECT_EQ(recorder_.integrity.spurious, 0U);
}

TEST_F(SessionTest, ASecondCopyIsADuplicateAndMakesNoRoom) {
  Session session(closed_loop(2), recorder_);
  const auto sent = send_all(session, kStart);
  session.returned(sent[0], kStart + 1ms);
  ASSERT_EQ(send_all(session, kStart + 1ms).size(), 1U);
  session.returned(sent[0], kStart + 2ms);
  EXPECT_TRUE(session.due(kStart + 2ms).empty());
  EXPECT_EQ(recorder_.response_time.count(), 1U);
  const auto& sequence = finish(session);
  EXPECT_EQ(sequence.received, 1U);
  EXPECT_EQ(sequence.duplicates, 1U);
  EXPECT_EQ(sequence.late_arrivals, 0U);
}

TEST_F(SessionTest, MessagesThatItDidNotSendAreSpurious) {
  Session session(closed_loop(1), recorder_);
  session.returned(send_one(session, kStart - 1ms), kStart - 1ms);
  const auto own = send_one(session, kStart);

  WireHeader other_connection = own, other_run = own, unsent = own, mismatched = own, absurd = own,
             unsent_warmup = own;
  other_connection.flow = kFlows.of(4, Phase::window);
  other_run.flow = own.flow + 1'000'000;
  unsent.seq = 1;
  mismatched.measured = false;
  absurd.seq = std::numeric_limits<std::uint64_t>::max();
  unsent_warmup.flow = kFlows.of(3, Phase::warmup);
  unsent_warmup.measured = false;
  unsent_warmup.seq = 1;
  std::uint64_t expected = 0;
  for (const auto& header :
       {other_connection, other_run, unsent, mismatched, absurd, unsent_warmup}) {
    session.returned(header, kStart + 1ms);
    EXPECT_EQ(recorder_.integrity.spurious, ++expected);
  }
  EXPECT_TRUE(session.due(kStart + 1ms).empty());
  EXPECT_TRUE(recorder_.response_time.empty());
}

TEST_F(SessionTest, AnAnswerToAMessageThatIsStillBlockedIsSpurious) {
  for (const bool measured : {true, false}) {
    Recorder recorder(kStart, kEnd);
    Session session(closed_loop(1), recorder);
    const Instant start = measured ? kStart : kStart - 1s;
    const auto due = session.due(start);
    ASSERT_EQ(due.size(), 1U);
    const WireHeader blocked = due[0].header;
    session.returned(blocked, start + 1ms);
    EXPECT_EQ(recorder.integrity.spurious, 1U) << (measured ? "window" : "warm-up");
    EXPECT_EQ(recorder.counts.goodput_messages, 0U);
  }
}

constexpr Session::Options kOneWay{.pace = Pace::saturating,
                                   .echo = false,
                                   .depth = 1,
                                   .batch = 4,
                                   .size = 64,
                                   .connection = 3,
                                   .flows = kFlows,
                                   .tmax = kTmax};

TEST_F(SessionTest, AFlowWithoutEchoTakesEverythingThatComesForSpurious) {
  Session session(kOneWay, recorder_);
  const auto sent = send_all(session, kStart);
  ASSERT_EQ(sent.size(), 4U);
  session.returned(sent[0], kStart);
  EXPECT_EQ(recorder_.integrity.spurious, 1U);
}

TEST_F(SessionTest, ASaturatingFlowAlwaysHasABatchDueAndWaitsForNobody) {
  Session session(kOneWay, recorder_);
  std::uint64_t seq = 0;
  for (Instant t = kStart; t < kStart + 5ms; t += 1ms) {
    const auto due = session.due(t);
    ASSERT_EQ(due.size(), 4U);
    EXPECT_EQ(due[0].header.seq, seq);
    EXPECT_FALSE(due[0].header.echo);
    session.taken(3, t);
    seq += 3;
  }
  EXPECT_EQ(session.sent(), 15U);
  EXPECT_FALSE(session.expire(kStart + 1h));
  EXPECT_FALSE(session.idle()) << "one was not taken";
  session.taken(session.due(kEnd).size(), kEnd);
  EXPECT_TRUE(session.idle());
}

// A message may stay open while any number of newer ones are answered.
TEST_F(SessionTest, AnOldMessageIsStillAnsweredAfterManyNewerOnes) {
  Session session(closed_loop(2), recorder_);
  const auto first = send_all(session, kStart);
  auto newer = first[1];
  Instant t = kStart;
  for (int i = 0; i < 1000; ++i) {
    t += 100us;
    session.returned(newer, t);
    newer = send_one(session, t);
  }
  session.returned(first[0], t);
  EXPECT_EQ(recorder_.response_time.count(), 1001U);
  EXPECT_EQ(recorder_.response_time.max(), ns(t - kStart))
      << "its own instants, not those of another message";
  EXPECT_EQ(send_all(session, t).size(), 1U);
  const auto& sequence = finish(session);
  EXPECT_EQ(sequence.received, 1001U);
  EXPECT_EQ(sequence.duplicates + sequence.late_arrivals, 0U);
}

// Room for the message that stays open is made when number 3 needs its place; what was known of the
// answered ones may go, but an empty slot must not be taken for message 0.
TEST_F(SessionTest, ADuplicateOfTheFirstMessageIsOneAlsoAfterTheRingGrew) {
  Session session(closed_loop(2), recorder_);
  const auto sent = send_all(session, kStart);  // 0 and 1; 1 stays open
  session.returned(sent[0], kStart + 1ms);
  const auto third = send_one(session, kStart + 1ms);
  session.returned(third, kStart + 2ms);
  send_one(session, kStart + 2ms);
  session.returned(sent[0], kStart + 3ms);
  const auto& sequence = finish(session);
  EXPECT_EQ(sequence.duplicates, 1U);
  EXPECT_EQ(sequence.late_arrivals, 0U);
}

// A stamp of which nothing more is known here comes from the peer.
TEST_F(SessionTest, AnAbsurdStampInAnOldMessageIsLateAndNoOverflow) {
  Session session(closed_loop(1), recorder_);
  auto old = send_one(session, kStart);
  session.returned(old, kStart + 1ms);
  session.returned(send_one(session, kStart + 1ms), kStart + 2ms);  // takes its place
  std::uint64_t late = 0, duplicates = 0;
  for (const auto stamp : {std::numeric_limits<std::int64_t>::min(), std::int64_t{0}}) {
    old.intended_ns = stamp;
    session.returned(old, kStart + 3ms);
    EXPECT_EQ(recorder_.sequence.late_arrivals, ++late);
  }
  old.intended_ns = std::numeric_limits<std::int64_t>::max();
  session.returned(old, kStart + 3ms);
  EXPECT_EQ(recorder_.sequence.late_arrivals + recorder_.sequence.duplicates, late + ++duplicates);
  EXPECT_EQ(recorder_.response_time.count(), 2U);
}

// docs/definitions/latency.md#timestamps: response time = generator lag + send block + service
// time, message by message and so in the sums, which are exact. A closed loop has no lag.
TEST_F(SessionTest, ResponseTimesAreSendBlocksPlusServiceTimes) {
  Session session(closed_loop(4), recorder_);
  Instant t = kStart;
  for (int i = 1; i <= 50; ++i) {
    const auto sent = send_all(session, t, Nanoseconds(i * 1000));
    ASSERT_EQ(sent.size(), 4U);
    for (const auto& header : sent) {
      t += Nanoseconds(50'000 + i * 77);
      session.returned(header, t);
    }
  }
  EXPECT_EQ(recorder_.response_time.count(), 200U);
  EXPECT_EQ(recorder_.send_block.count(), 200U);
  EXPECT_GT(recorder_.send_block.sum(), Uint128{0});
  EXPECT_TRUE(recorder_.response_time.sum() ==
              recorder_.send_block.sum() + recorder_.sequence.delay.delay.sum());
}

// --- open loop ----------------------------------------------------------------------------------

Session::Options open_loop(double rate, std::size_t batch = 4) {
  return {.pace = Pace::scheduled,
          .echo = true,
          .batch = batch,
          .size = 64,
          .connection = 3,
          .flows = kFlows,
          .tmax = kTmax,
          .schedule = Schedule::Options{.rate = rate},
          .start = kStart - 1s};
}

TEST_F(SessionTest, AScheduledMessageIsDueAtItsInstantWhateverBecameOfThoseBefore) {
  Session session(open_loop(1000), recorder_);
  EXPECT_EQ(session.next_due(), kStart - 1s + 1ms);
  EXPECT_TRUE(session.due(kStart - 1s + 1ms - 1ns).empty());
  EXPECT_EQ(send_one(session, kStart - 1s + 1ms).intended_ns, ns(kStart - 1s + 1ms));
  EXPECT_TRUE(session.due(kStart - 1s + 1ms).empty());
  EXPECT_EQ(send_one(session, kStart - 1s + 2ms).intended_ns, ns(kStart - 1s + 2ms))
      << "unanswered";
}

TEST_F(SessionTest, ALateGeneratorSendsWhatItMissedAtItsOriginalInstants) {
  Session session(open_loop(1000, 3), recorder_);
  const Instant late = kStart - 1s + 5500us;
  const auto first = send_all(session, late), second = send_all(session, late);
  ASSERT_EQ(first.size(), 3U) << "a batch at a time";
  ASSERT_EQ(second.size(), 2U);
  EXPECT_EQ(first[0].intended_ns, ns(kStart - 1s + 1ms));
  EXPECT_EQ(first[0].sent_after_ns, 4'500'000U);
  EXPECT_EQ(second[1].intended_ns, ns(kStart - 1s + 5ms));
  EXPECT_EQ(session.next_due(), kStart - 1s + 6ms);
}

// For every message: response_time == generator_lag + send_block + service_time.
TEST_F(SessionTest, TheFourTimesOfAScheduledMessageAddUp) {
  recorder_.send_timing.emplace(kStart, kEnd, Arrivals::uniform, 1e6);
  Session session(open_loop(1000), recorder_);
  for (Instant t = kStart - 1s; t < kStart;) static_cast<void>(send_all(session, t += 1ms));
  const auto last_of_warm_up = send_all(session, kStart + 1ms);
  for (int i = 0; i < 50; ++i) {
    const Instant reached = kStart + 2ms + i * 1ms + i * 7us;  // a little later each time
    for (const auto& header : send_all(session, reached, i * 3us)) {
      session.returned(header, reached + i * 3us + 100us);
    }
  }
  ASSERT_EQ(recorder_.response_time.count(), 50U);
  EXPECT_EQ(recorder_.send_timing->totals().lag.max(), ns(49 * 7us));
  EXPECT_EQ(recorder_.send_block.max(), ns(49 * 3us));
  EXPECT_TRUE(recorder_.response_time.sum() == recorder_.send_timing->totals().lag.sum() +
                                                   recorder_.send_block.sum() +
                                                   recorder_.sequence.delay.delay.sum());
}

TEST_F(SessionTest, WhatBecomesDueWhileTheTransportRefusesWaitsForItNotForTheGenerator) {
  recorder_.send_timing.emplace(kStart, kEnd, Arrivals::uniform, 1e6);
  auto options = open_loop(1000, 2);
  options.start = kStart;
  Session session(options, recorder_);
  EXPECT_EQ(session.due(kStart + 1ms).size(), 1U);
  session.taken(0, kStart + 1ms);
  session.refused(kStart + 1ms);
  // Ten milliseconds later the transport takes again; nine more have become due.
  std::size_t sent = 0;
  for (Instant t = kStart + 10ms; sent < 10; t += 1us) {
    const auto due = session.due(t);
    sent += due.size();
    session.taken(due.size(), t);
  }
  EXPECT_EQ(recorder_.send_timing->totals().lag.count(), 10U);
  EXPECT_EQ(recorder_.send_timing->totals().lag.max(), 0) << "none waited for the generator";
  EXPECT_GE(*recorder_.send_block.max(), ns(9ms));
  EXPECT_TRUE(session.due(kStart + 10ms + 10us).empty());
  // From then on lateness is the generator's again.
  EXPECT_EQ(session.due(kStart + 11ms + 5us).size(), 1U);
  session.taken(1, kStart + 11ms + 5us);
  EXPECT_EQ(recorder_.send_timing->totals().lag.max(), ns(5us));
}

TEST_F(SessionTest, TheMessagesOfABurstAreIssuedTogether) {
  const auto law = ArrivalLaw::bursts(10);
  recorder_.send_timing.emplace(kStart, kEnd, law, 1e6, kStart);
  auto options = open_loop(1000, 4);
  options.start = kStart;
  options.schedule->arrivals = law;
  Session session(options, recorder_);
  const Instant due_at = session.next_due(), reached = due_at + 5us;
  // The transport takes four at a time, in 100 us each.
  std::size_t sent = 0;
  for (Instant t = reached; sent < 10; t += 100us) {
    const auto due = session.due(t);
    ASSERT_FALSE(due.empty());
    EXPECT_EQ(due[0].header.intended_ns, ns(due_at));
    sent += due.size();
    session.taken(due.size(), t + 100us);
  }
  EXPECT_EQ(sent, 10U) << "the next burst is due later";
  EXPECT_EQ(recorder_.send_timing->totals().lag.count(), 10U);
  EXPECT_EQ(recorder_.send_timing->totals().lag.max(), ns(5us));
  EXPECT_EQ(recorder_.send_timing->totals().lag.min(), ns(5us));
  EXPECT_EQ(recorder_.send_block.max(), ns(300us));
}

TEST_F(SessionTest, AMessageThatIsOfferedAgainSaysWhenItWasOfferedLast) {
  for (const bool byte_stream : {false, true}) {
    auto options = open_loop(1000);
    options.byte_stream = byte_stream;
    Session session(options, recorder_);
    EXPECT_EQ(session.due(kStart - 1s + 2ms).size(), 2U);
    session.refused(kStart - 1s + 2ms);
    const auto again = session.due(kStart - 1s + 2500us);
    // Part of the first may be under way in a byte stream: it must not change.
    EXPECT_EQ(again[0].header.sent_after_ns, byte_stream ? 1'000'000U : 1'500'000U);
    EXPECT_EQ(again[1].header.sent_after_ns, 500'000U);
  }
}

// What is due is kept in runs, and laid out in a place that sessions share.
TEST_F(SessionTest, WhatWasLeftGoesBeforeWhatIsNewWhoeverOffersInBetween) {
  std::vector<Session::Due> place;
  Session::Options options{.pace = Pace::saturating,
                           .echo = false,
                           .batch = 4,
                           .byte_stream = true,
                           .connection = 1,
                           .flows = kFlows,
                           .tmax = kTmax,
                           .offer = &place};
  Session one(options, recorder_);
  options.connection = 2;
  Session other(options, recorder_);

  EXPECT_EQ(one.due(kStart).size(), 4U);
  one.taken(1, kStart + 1us);
  EXPECT_EQ(other.due(kStart + 2us).size(), 4U);
  other.taken(4, kStart + 3us);
  static_cast<void>(one.due(kStart + 10us));
  one.taken(0, kStart + 11us);
  const auto due = one.due(kStart + 20us);
  ASSERT_EQ(due.size(), 4U);
  for (std::size_t i = 0; i < due.size(); ++i) {
    EXPECT_EQ(due[i].header.flow, kFlows.of(1, Phase::window));
    EXPECT_EQ(due[i].header.seq, i + 1);
    const Instant became_due = i < 3 ? kStart : kStart + 10us;
    EXPECT_EQ(due[i].header.intended_ns, ns(became_due));
    EXPECT_EQ(due[i].attempted, became_due);
    // Of the first a part may be out since it was offered with the one before it.
    const Instant offered = i == 0 ? kStart : kStart + 20us;
    EXPECT_EQ(due[i].header.sent_after_ns, ns(offered - became_due));
  }
  one.taken(4, kStart + 21us);
  EXPECT_EQ(one.sent(), 5U);
  EXPECT_EQ(one.due(kStart + 30us).front().header.seq, 5U);
  EXPECT_EQ(other.due(kStart + 30us).front().header.seq, 4U);
}

TEST_F(SessionTest, WhatTheScheduleHoldsIsSentUntilTmaxAfterTheWindowAndThenCountedAsUnsent) {
  Session session(open_loop(1000, 100), recorder_);
  static_cast<void>(send_all(session, kEnd));  // some of the warm-up, and far too late
  EXPECT_FALSE(session.idle()) << "the schedule holds more";
  EXPECT_LE(session.next_due(), kEnd);
  EXPECT_TRUE(session.due(kEnd + kTmax + 1ns).empty());
  EXPECT_EQ(session.next_due(), Instant::max());
  static_cast<void>(session.expire(kEnd + 2 * kTmax));
  EXPECT_TRUE(session.idle());
  EXPECT_EQ(session.sent(), 0U);
  EXPECT_EQ(session.unsent(), 10'000U) << "1,000 a second for ten seconds";
}

TEST_F(SessionTest, AScheduleEndsWithTheWindow) {
  Session session(open_loop(10, 200), recorder_);
  const auto all = send_all(session, kEnd + 1ms);
  EXPECT_EQ(all.size(), 109U) << "the last one of 110 would be due at t1 itself";
  EXPECT_EQ(session.next_due(), Instant::max());
  EXPECT_EQ(session.unsent(), 0U);
}

TEST(SenderTimes, InstantsOfAnotherClockAreMovedByTheta) {
  const Instant arrived = instant_from_ns(1'000'000'000'500'000);
  const WireHeader header{.intended_ns = 400'000, .sent_after_ns = 50'000};
  const auto times = times_between_clocks(header, arrived, 1'000'000s);
  EXPECT_EQ(times.theirs.intended, instant_from_ns(400'000));
  EXPECT_EQ(times.theirs.sent, instant_from_ns(450'000));
  EXPECT_EQ(arrived - times.here.intended, 100us);
  EXPECT_EQ(arrived - times.here.sent, 50us);
}

TEST(SenderTimes, AnErrorOfThetaMayMakeADelayNegative) {
  const Instant arrived = instant_from_ns(10'000'000'000);
  const WireHeader header{.intended_ns = ns(arrived)};
  EXPECT_EQ(times_between_clocks(header, arrived, 30us).here.sent - arrived, 30us);
}

TEST(SenderTimes, AnyHeaderGivesInstantsOfWhichDifferencesDoNotOverflow) {
  constexpr std::int64_t kLimit = std::int64_t{1} << 62;
  const Instant arrived = instant_from_ns(5'000'000'000);
  for (const std::int64_t intended : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1},
                                      std::numeric_limits<std::int64_t>::max()}) {
    for (const std::int64_t theta : {1 - kLimit, std::int64_t{0}, kLimit - 1}) {
      const auto times = times_between_clocks({.intended_ns = intended, .sent_after_ns = ~0U},
                                              arrived, Nanoseconds(theta));
      EXPECT_GE(ns(times.theirs.intended), 0);
      EXPECT_LT(ns(times.theirs.sent), kLimit);
      EXPECT_GE(ns(times.here.intended), 0);
      EXPECT_LE(times.here.sent, arrived + 1s);
    }
  }
}

// --- a number of messages, and think time -------------------------------------------------------

TEST_F(SessionTest, ALimitedWindowHasExactlyThatManyMessages) {
  auto options = closed_loop(4);
  options.messages = 6;
  Session session(options, recorder_);
  const auto warmup = send_all(session, kStart - 1ms);
  ASSERT_EQ(warmup.size(), 4U) << "the warm-up has no limit";
  for (const auto& header : warmup) session.returned(header, kStart);
  const auto first = send_all(session, kStart);
  ASSERT_EQ(first.size(), 4U);
  for (const auto& header : first) session.returned(header, kStart + 1ms);
  EXPECT_FALSE(session.complete());
  const auto last = send_all(session, kStart + 1ms);
  ASSERT_EQ(last.size(), 2U);
  EXPECT_TRUE(session.complete());
  EXPECT_FALSE(session.idle());
  for (const auto& header : last) session.returned(header, kStart + 2ms);
  EXPECT_TRUE(session.due(kStart + 2ms).empty());
  EXPECT_TRUE(session.idle());
  EXPECT_EQ(session.sent(), 6U);
  EXPECT_EQ(session.unsent(), 0U);
}

TEST_F(SessionTest, ALimitedScheduleEndsWithItsLastMessage) {
  auto options = open_loop(1000);
  options.messages = 3;
  Session session(options, recorder_);
  for (Instant at = kStart - 1s; at < kStart + 1s; at += 1ms) send_all(session, at);
  EXPECT_EQ(session.sent(), 3U);
  EXPECT_EQ(session.next_due(), Instant::max());
  EXPECT_EQ(session.unsent(), 0U) << "the schedule goes on, without them";
}

TEST_F(SessionTest, AMessageIsDueAfterTheThinkTimeAndLatencyCountsFromThen) {
  auto options = closed_loop(1);
  options.pace = Pace::thinking;
  options.think = 20ms;
  options.first_think = 5ms;
  options.start = kStart;
  Session session(options, recorder_);
  EXPECT_TRUE(session.due(kStart).empty());
  EXPECT_EQ(session.next_due(), kStart + 5ms);
  const auto first = send_one(session, kStart + 6ms);
  EXPECT_EQ(first.intended_ns, ns(kStart + 5ms)) << "sent late";
  EXPECT_EQ(session.next_due(), Instant::max()) << "unanswered";
  session.returned(first, kStart + 8ms);
  EXPECT_TRUE(session.due(kStart + 8ms).empty());
  EXPECT_EQ(session.next_due(), kStart + 28ms);
  const auto second = send_one(session, kStart + 28ms);
  session.returned(second, kStart + 29ms);
  EXPECT_EQ(recorder_.response_time.max(), ns(3ms));
  EXPECT_EQ(recorder_.response_time.min(), ns(1ms));
}

TEST_F(SessionTest, EachOutstandingMessageHasItsOwnThinkTimeAndALossDoesNotEndTheLoop) {
  auto options = closed_loop(2);
  options.pace = Pace::thinking;
  options.think = 10ms;
  options.start = kStart;
  Session session(options, recorder_);
  const auto both = send_all(session, kStart);
  ASSERT_EQ(both.size(), 2U);
  session.returned(both[1], kStart + 4ms);
  EXPECT_TRUE(session.due(kStart + 4ms).empty());
  send_one(session, kStart + 14ms);
  EXPECT_TRUE(session.expire(kStart + 1100ms)) << "both were lost";
  EXPECT_TRUE(session.due(kStart + 1100ms).empty());
  EXPECT_EQ(send_all(session, kStart + 1110ms).size(), 2U);
}

TEST_F(SessionTest, NothingIsDueWhenTheThinkTimeEndsAfterTheWindow) {
  auto options = closed_loop(1);
  options.pace = Pace::thinking;
  options.think = 20ms;
  options.start = kEnd - 30ms;
  Session session(options, recorder_);
  const auto only = send_one(session, kEnd - 30ms);
  session.returned(only, kEnd - 10ms);
  EXPECT_TRUE(session.due(kEnd - 10ms).empty());
  EXPECT_EQ(session.next_due(), Instant::max());
  EXPECT_TRUE(session.due(kEnd + 20ms).empty());
  EXPECT_TRUE(session.idle());
}

}  // namespace
}  // namespace sockmark
