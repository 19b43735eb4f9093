#include "measure/sequence_tracker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/measure/flow.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kUint64Max = std::numeric_limits<std::uint64_t>::max();

// A flow of messages a microsecond apart that take ten, reported to a tracker by index.
class Path {
 public:
  explicit Path(SequenceTracker::Options options = {}, SequenceObserver* observer = nullptr)
      : tracker(options, statistics, observer), first_seq_(options.first_seq) {}

  // The message arrives when it should, or with whatever delay keeps the instants in order.
  Arrival arrive(std::uint64_t index) { return arrive(index, sent(index) + 10us); }
  Arrival arrive(std::uint64_t index, Instant at) {
    now_ = std::max(now_, at);
    return tracker.arrived(first_seq_ + index, sent(index), now_, 100);
  }
  void arrive_all(std::initializer_list<std::uint64_t> indices) {
    for (const std::uint64_t index : indices) arrive(index);
  }
  static Instant sent(std::uint64_t index) { return instant_from_ns(1000) + index * 1us; }

  SequenceStatistics statistics;
  SequenceTracker tracker;

 private:
  std::uint64_t first_seq_;
  Instant now_;
};

TEST(SequenceTracker, ArrivalAfterExactlyTmaxIsReceivedAndANanosecondLaterIsLate) {
  Path path({.tmax = 1ms});
  EXPECT_EQ(path.arrive(0, Path::sent(0) + 1ms), Arrival::first);
  EXPECT_EQ(path.arrive(1, Path::sent(1) + 1ms + 1ns), Arrival::late);
  path.tracker.finish(2);
  EXPECT_EQ(path.statistics.received, 1);
  EXPECT_EQ(path.statistics.lost, 1);
  EXPECT_EQ(path.statistics.late, 1);
}

TEST(SequenceTracker, DuplicateIsNotCountedAsReordered) {
  Path path;
  path.arrive(0);
  path.arrive(1);
  path.arrive(2);
  EXPECT_EQ(path.arrive(0), Arrival::duplicate);
  EXPECT_EQ(path.arrive(0), Arrival::duplicate);
  EXPECT_EQ(path.arrive(2), Arrival::duplicate);
  path.tracker.finish(3);
  EXPECT_EQ(path.statistics.duplicates, 3);
  EXPECT_EQ(path.statistics.replicated_packets, 2);
  EXPECT_EQ(path.statistics.reordering.reordered, 0);
  EXPECT_EQ(path.statistics.lost, 0);
}

TEST(SequenceTracker, DuplicateDoesNotHideALoss) {
  Path path;
  path.arrive_all({0, 2, 2, 3});
  path.tracker.finish(4);
  EXPECT_EQ(path.statistics.lost, 1);
  EXPECT_EQ(path.statistics.duplicates, 1);
}

TEST(SequenceTracker, DuplicateOfALateMessageIsOneLateMessageAndTwoLateArrivals) {
  Path path({.tmax = 1ms});
  path.arrive(0);
  path.arrive(2);
  EXPECT_EQ(path.arrive(1, Path::sent(1) + 2ms), Arrival::late);
  EXPECT_EQ(path.arrive(1, Path::sent(1) + 2ms), Arrival::late);
  path.tracker.finish(3);
  EXPECT_EQ(path.statistics.late, 1);
  EXPECT_EQ(path.statistics.late_arrivals, 2);
  EXPECT_EQ(path.statistics.lost, 1);
  EXPECT_EQ(path.statistics.reordering.reordered, 0);
}

TEST(SequenceTracker, LateCopyOfAReceivedMessageIsNeitherLateMessageNorDuplicate) {
  Path path({.tmax = 1ms});
  path.arrive(0);
  path.arrive(1);
  EXPECT_EQ(path.arrive(0, Path::sent(0) + 2ms), Arrival::late);
  path.tracker.finish(2);
  EXPECT_EQ(path.statistics.late, 0);
  EXPECT_EQ(path.statistics.late_arrivals, 1);
  EXPECT_EQ(path.statistics.duplicates, 0);
}

TEST(SequenceTracker, EverythingLateIsLostOnceEach) {
  Path path({.tmax = 1ms});
  for (std::uint64_t k = 0; k < 5; ++k) path.arrive(k, Path::sent(k) + 2ms);
  EXPECT_EQ(path.arrive(6, Path::sent(6) + 1996us), Arrival::late);
  path.tracker.finish(8);
  EXPECT_EQ(path.statistics.received, 0);
  EXPECT_EQ(path.statistics.lost, 8);
  EXPECT_EQ(path.statistics.late, 6);
  EXPECT_EQ(path.statistics.loss.longest_period(), 8);
}

TEST(SequenceTracker, ArrivalBeyondLateOnesSkipsThemAll) {
  Path path({.tmax = 1ms});
  path.arrive(0);
  path.arrive(3, Path::sent(3) + 2ms);
  EXPECT_EQ(path.arrive(3000), Arrival::first);
  EXPECT_EQ(path.statistics.reordering.sequence_discontinuity_total, 2999);
  path.tracker.finish(3001);
  EXPECT_EQ(path.statistics.lost, 2999);
  EXPECT_EQ(path.statistics.loss.periods(), 1);
}

TEST(SequenceTracker, LossesAtEitherEndAreSeen) {
  Path path;
  path.arrive(2);
  path.arrive(3);
  path.tracker.finish(7);
  EXPECT_EQ(path.statistics.lost, 5);
  EXPECT_EQ(path.statistics.loss.period_lengths, (CountsByLength{{2, 1}, {3, 1}}));
  EXPECT_EQ(path.statistics.loss.distances, (CountsByLength{{0, 1}, {1, 3}, {3, 1}}));
}

TEST(SequenceTracker, NumbersOutsideTheFlowAreSpuriousAndLeaveNoTrace) {
  Path path({.first_seq = 100, .max_jump = 50});
  const Instant at = Path::sent(0);
  EXPECT_EQ(path.tracker.arrived(99, at, at + 10us, 1), Arrival::spurious);
  EXPECT_EQ(path.tracker.arrived(151, at, at + 10us, 1), Arrival::spurious);
  EXPECT_EQ(path.tracker.arrived(kUint64Max, at, at + 10us, 1), Arrival::spurious);
  EXPECT_EQ(path.tracker.arrived(0, at, at + 10us, 1), Arrival::spurious);
  EXPECT_EQ(path.arrive(0), Arrival::first);
  path.tracker.finish(1);
  EXPECT_EQ(path.statistics.spurious, 4);
  EXPECT_EQ(path.statistics.received, 1);
  EXPECT_EQ(path.statistics.reordering.sequence_discontinuities, 0);
}

TEST(SequenceTracker, FlowMayEndAtTheLargestNumber) {
  Path path({.first_seq = kUint64Max - 3});
  path.arrive_all({0, 3, 2, 3});
  // Its next expected number would be 2^64; 0 is not that number.
  EXPECT_EQ(path.tracker.arrived(0, Path::sent(4), Path::sent(4) + 20us, 1), Arrival::spurious);
  path.tracker.finish(4);
  EXPECT_EQ(path.statistics.received, 3);
  EXPECT_EQ(path.statistics.lost, 1);
  EXPECT_EQ(path.statistics.duplicates, 1);
  EXPECT_EQ(path.statistics.reordering.reordered, 1);
}

TEST(SequenceTracker, NumbersTheSenderDisownsBecomeSpurious) {
  Path path;
  path.arrive_all({0, 1, 2, 5, 6, 8});
  path.tracker.finish(5);
  EXPECT_EQ(path.statistics.sent, 5);
  EXPECT_EQ(path.statistics.received, 3);
  EXPECT_EQ(path.statistics.lost, 2);
  EXPECT_EQ(path.statistics.spurious, 3);
}

TEST(SequenceTracker, CountThatDeniesALossAlreadySeenIsRaised) {
  Path path({.tmax = 1ms});
  path.arrive(0);
  path.arrive(9, Path::sent(9) + 2ms);
  path.tracker.finish(3);
  EXPECT_EQ(path.statistics.sent, 10);
  EXPECT_EQ(path.statistics.lost, 9);
}

TEST(SequenceTracker, ArrivalBeforeItsSendingIsFlaggedAndDoesNotSpoilTheDelays) {
  Path path;
  EXPECT_EQ(path.tracker.arrived(0, Path::sent(5), Path::sent(0), 1), Arrival::first);
  path.tracker.finish(1);
  EXPECT_EQ(path.statistics.delay.negative, 1);
  EXPECT_EQ(path.statistics.delay.delay.min(), 0);
}

TEST(SequenceTracker, ForgottenLossesAreReportedAsSuch) {
  Path path({.tmax = 1ms, .remembered_losses = 2});
  for (std::uint64_t k = 0; k <= 8; k += 2) path.arrive(k);  // 1, 3, 5 and 7 are missing
  EXPECT_EQ(path.arrive(7, Path::sent(7) + 2ms), Arrival::late);
  EXPECT_EQ(path.arrive(5), Arrival::late);
  EXPECT_EQ(path.arrive(1), Arrival::late);
  path.tracker.finish(9);
  EXPECT_EQ(path.statistics.lost, 4);
  EXPECT_EQ(path.statistics.late, 2);
  EXPECT_EQ(path.statistics.late_arrivals, 3);
  EXPECT_EQ(path.statistics.late_unattributed, 1);
}

TEST(SequenceTracker, MemoryOfAnOrderlyFlowStaysBelowAKibibyte) {
  Path path;
  const std::size_t before = path.tracker.memory_bytes();
  EXPECT_LT(before, 1024);
  for (std::uint64_t k = 0; k < 1'000'000; ++k) path.arrive(k);
  EXPECT_EQ(path.tracker.memory_bytes(), before);
}

TEST(SequenceTracker, MemoryIsBoundedByTheWindowHoweverLongTheFlow) {
#ifdef NDEBUG
  constexpr std::uint64_t kMessages = 3'000'000;
#else
  constexpr std::uint64_t kMessages = 1'000'000;  // unoptimised and sanitised builds are slow
#endif
  Path path({.tmax = 10ms, .remembered_losses = 1000});  // 10,000 messages within tmax
  std::mt19937_64 random(1);
  std::uint64_t dropped = 0;
  std::size_t largest = 0;
  for (std::uint64_t k = 0; k < kMessages; ++k) {
    const std::uint64_t draw = random() % 200;
    if (draw < 2) {
      ++dropped;
      continue;
    }
    path.arrive(k);
    if (draw == 2) path.arrive(k);
    if (k % 1000 == 0) largest = std::max(largest, path.tracker.memory_bytes());
  }
  path.tracker.finish(kMessages);
  EXPECT_EQ(path.statistics.lost, dropped);
  EXPECT_EQ(path.statistics.received, kMessages - dropped);
  // About 100 gaps of 72 bytes, 50 duplicates and 1000 stretches of 16, each with room to slide.
  EXPECT_LT(largest, 128 * 1024);
}

// --- against the definitions --------------------------------------------------------------------

test::Flow random_flow(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t n) { return static_cast<std::int64_t>(random() % n); };
  test::Flow flow;
  flow.first_seq = seed % 3 == 0 ? kUint64Max - 400 : random() % 1000;
  flow.tmax = 200 + below(3000);
  flow.n_max = 1 + static_cast<std::uint32_t>(below(20));
  const auto messages = static_cast<std::size_t>(below(300));
  const std::uint64_t loss_percent = random() % 40, repeat_percent = random() % 40;
  const std::uint64_t jitter = 1 + random() % 2000;
  std::int64_t sent = 0;
  bool bursty_loss = false;
  for (std::size_t k = 0; k < messages; ++k) {
    sent += below(100);
    flow.sent_at.push_back(sent);
    flow.sizes.push_back(static_cast<std::uint32_t>(below(1500)));
    if (random() % 20 == 0) bursty_loss = !bursty_loss && random() % 2 == 0;
    if (bursty_loss || random() % 100 < loss_percent) continue;
    do {
      const std::int64_t delay = random() % 30 == 0 ? flow.tmax : below(jitter);
      flow.arrivals.push_back({.index = static_cast<std::int64_t>(k), .at = sent + delay});
    } while (random() % 100 < repeat_percent);
  }
  std::stable_sort(flow.arrivals.begin(), flow.arrivals.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  return flow;
}

CountsByLength counted(const std::vector<std::uint64_t>& values) {
  CountsByLength counts;
  for (const std::uint64_t value : values) ++counts[value];
  return counts;
}

void expect_truth(const test::Flow& flow, const SequenceStatistics& s, const test::Events& events) {
  const test::Truth truth = test::truth_of(flow);
  ASSERT_EQ(s.received, truth.received);
  ASSERT_EQ(s.lost, truth.lost);
  ASSERT_EQ(s.sent, flow.sent_at.size());
  ASSERT_EQ(s.late, truth.late);
  ASSERT_EQ(s.late_arrivals, truth.late_arrivals);
  ASSERT_EQ(s.duplicates, truth.duplicates);
  ASSERT_EQ(s.replicated_packets, truth.replicated);
  ASSERT_EQ(events.accepted, truth.events.accepted);

  ASSERT_EQ(s.loss.distances, counted(truth.loss_distances));
  ASSERT_EQ(events.loss_periods.size(), truth.events.loss_periods.size());
  for (std::size_t i = 0; i < events.loss_periods.size(); ++i) {
    ASSERT_EQ(events.loss_periods[i].first_index, truth.events.loss_periods[i].first_index);
    ASSERT_EQ(events.loss_periods[i].length, truth.events.loss_periods[i].length);
    ASSERT_EQ(events.loss_periods[i].since_last_loss, truth.events.loss_periods[i].since_last_loss);
  }

  ASSERT_EQ(s.reordering.sequence_discontinuities, truth.sequence_discontinuities);
  ASSERT_EQ(s.reordering.sequence_discontinuity_total, truth.sequence_discontinuity_total);
  ASSERT_EQ(events.reordered.size(), truth.events.reordered.size());
  for (std::size_t i = 0; i < events.reordered.size(); ++i) {
    const ReorderedEvent &ours = events.reordered[i], &wanted = truth.events.reordered[i];
    ASSERT_EQ(ours.index, wanted.index);
    ASSERT_EQ(ours.position, wanted.position);
    ASSERT_EQ(ours.extent, wanted.extent);
    ASSERT_EQ(ours.late_time, wanted.late_time);
    ASSERT_EQ(ours.byte_offset, wanted.byte_offset);
    ASSERT_EQ(ours.preceded_by, wanted.preceded_by);
    ASSERT_EQ(ours.free_run_ended, wanted.free_run_ended);
  }
  ASSERT_EQ(events.gaps.size(), truth.events.gaps.size());
  for (std::size_t i = 0; i < events.gaps.size(); ++i) {
    ASSERT_EQ(events.gaps[i].position, truth.events.gaps[i].position);
    ASSERT_EQ(events.gaps[i].detected_at, truth.events.gaps[i].detected_at);
    ASSERT_EQ(events.gaps[i].gap, truth.events.gaps[i].gap);
    ASSERT_EQ(events.gaps[i].gap_time, truth.events.gaps[i].gap_time);
  }

  SignedHistogram ipdv;
  for (const std::int64_t value : truth.ipdv) ipdv.record(value);
  ASSERT_EQ(s.delay.ipdv_defined(), truth.ipdv.size());
  ASSERT_EQ(s.delay.ipdv.min(), ipdv.min());
  ASSERT_EQ(s.delay.ipdv.max(), ipdv.max());
  ASSERT_EQ(s.delay.ipdv.mean(), ipdv.mean());
  ASSERT_EQ(s.delay.ipdv.percentile(kP75), ipdv.percentile(kP75));
  ASSERT_EQ(s.delay.jitter_rfc3550_ns().has_value(), truth.jitter.has_value());
  if (truth.jitter) {
    ASSERT_NEAR(*s.delay.jitter_rfc3550_ns(), *truth.jitter, 1e-6);
  }
}

TEST(SequenceTracker, EveryFigureOfRandomFlowsFollowsFromTheDefinitions) {
  std::uint64_t reordered = 0, late = 0, replicated = 0, periods = 0;
  for (std::uint64_t seed = 1; seed <= 300 && !HasFatalFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const test::Flow flow = random_flow(seed);
    SequenceStatistics statistics;
    const test::Events events = test::track(flow, statistics);
    expect_truth(flow, statistics, events);
    reordered += statistics.reordering.reordered;
    late += statistics.late;
    replicated += statistics.replicated_packets;
    periods += statistics.loss.periods();
  }
  // The flows would prove nothing if they were orderly.
  EXPECT_GT(reordered, 1000);
  EXPECT_GT(late, 100);
  EXPECT_GT(replicated, 1000);
  EXPECT_GT(periods, 1000);
}

TEST(SequenceStatistics, SharedByTwoFlowsEqualsMergedOfEach) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    SequenceStatistics shared, one, other;
    for (const bool first : {true, false}) {
      const test::Flow flow = random_flow(first ? seed : seed + 100);
      test::track(flow, shared);
      test::track(flow, first ? one : other);
    }
    one.add(other);
    EXPECT_EQ(one.sent, shared.sent);
    EXPECT_EQ(one.received, shared.received);
    EXPECT_EQ(one.lost, shared.lost);
    EXPECT_EQ(one.late, shared.late);
    EXPECT_EQ(one.late_arrivals, shared.late_arrivals);
    EXPECT_EQ(one.duplicates, shared.duplicates);
    EXPECT_EQ(one.replicated_packets, shared.replicated_packets);
    EXPECT_EQ(one.spurious, shared.spurious);
    EXPECT_EQ(one.loss.period_lengths, shared.loss.period_lengths);
    EXPECT_EQ(one.loss.distances, shared.loss.distances);
    EXPECT_EQ(one.loss.inter_period_lengths, shared.loss.inter_period_lengths);
    EXPECT_EQ(one.reordering.reordered, shared.reordering.reordered);
    EXPECT_EQ(one.reordering.extents, shared.reordering.extents);
    EXPECT_EQ(one.reordering.gaps, shared.reordering.gaps);
    EXPECT_EQ(one.reordering.byte_offset_max, shared.reordering.byte_offset_max);
    EXPECT_EQ(one.reordering.n_reordering(), shared.reordering.n_reordering());
    EXPECT_EQ(one.reordering.sequence_discontinuities, shared.reordering.sequence_discontinuities);
    EXPECT_EQ(one.reordering.sequence_discontinuity_total,
              shared.reordering.sequence_discontinuity_total);
    EXPECT_EQ(one.reordering.reordering_discontinuities,
              shared.reordering.reordering_discontinuities);
    EXPECT_EQ(one.reordering.late_time.encode_v2(), shared.reordering.late_time.encode_v2());
    EXPECT_EQ(one.free_runs().q, shared.free_runs().q);
    EXPECT_EQ(one.delay.delay.encode_v2(), shared.delay.delay.encode_v2());
    EXPECT_EQ(one.delay.ipdv.magnitudes().encode_v2(), shared.delay.ipdv.magnitudes().encode_v2());
    EXPECT_EQ(one.delay.ipdv.mean(), shared.delay.ipdv.mean());
    EXPECT_EQ(one.delay.ipdv_undefined(), shared.delay.ipdv_undefined());
    EXPECT_EQ(one.delay.jitter_flows, shared.delay.jitter_flows);
    EXPECT_NEAR(one.delay.jitter_sum_ns, shared.delay.jitter_sum_ns, 1e-6);
  }
}

TEST(SequenceStatistics, SquaredRunsStopAtTheLargestIntegerInsteadOfWrapping) {
  EXPECT_EQ(saturating_square((std::uint64_t{1} << 32) - 1), 18'446'744'065'119'617'025u);
  EXPECT_EQ(saturating_square(std::uint64_t{1} << 32), kUint64Max);
  EXPECT_EQ(saturating_add(kUint64Max - 1, 1), kUint64Max);
  EXPECT_EQ(saturating_add(kUint64Max - 1, 2), kUint64Max);
}

TEST(SignedHistogram, OrdersNegativeBelowPositive) {
  SignedHistogram histogram;
  for (const std::int64_t value : {-100, -1, 0, 1, 100}) histogram.record(value);
  EXPECT_EQ(histogram.percentile(200'000), -100);
  EXPECT_EQ(histogram.percentile(400'000), -1);
  EXPECT_EQ(histogram.percentile(600'000), 0);
  EXPECT_EQ(histogram.percentile(kP100), 100);
  EXPECT_EQ(histogram.min(), -100);
  EXPECT_EQ(histogram.max(), 100);
  EXPECT_EQ(histogram.mean(), 0.0);
  EXPECT_EQ(histogram.mean_magnitude(), 40.4);
}

TEST(SignedHistogram, OneSidedExtremesComeFromThatSide) {
  SignedHistogram below;
  below.record(-7);
  below.record(-3);
  EXPECT_EQ(below.min(), -7);
  EXPECT_EQ(below.max(), -3);
  EXPECT_EQ(SignedHistogram().min(), std::nullopt);
  EXPECT_EQ(SignedHistogram().percentile(kP50), std::nullopt);
}

// --- arrivals of a batch ------------------------------------------------------------------------

// Everything that arrivals change but the jitter, which is rounded.
auto figures(const SequenceStatistics& s) {
  const auto of = [](const Histogram& h) {
    return std::tuple(h.count(), h.sum(), h.min(), h.max());
  };
  const auto& r = s.reordering;
  const auto& d = s.delay;
  return std::tuple(
      std::tuple(s.received, s.lost, s.late, s.late_arrivals, s.duplicates, s.replicated_packets,
                 s.spurious, s.loss.period_lengths, s.loss.distances),
      std::tuple(r.reordered, r.extents, of(r.late_time), r.byte_offset_max,
                 r.sequence_discontinuities, r.sequence_discontinuity_total, r.gaps,
                 r.free_run_squares, r.n_reordering()),
      std::tuple(of(d.delay), d.negative, d.ipdv.count(), d.ipdv.min(), d.ipdv.max(),
                 d.ipdv.mean_magnitude(), of(d.ipdv.magnitudes())));
}

TEST(SequenceTracker, WhatComesTogetherIsCountedAsOneByOne) {
  constexpr std::uint64_t kMessages = 4000;
  std::mt19937_64 random(7);
  const auto below = [&](std::uint64_t n) { return random() % n; };
  SequenceStatistics one_by_one, together;
  for (int flow = 0; flow < 50 && !HasFailure(); ++flow) {
    const SequenceTracker::Options options{
        .first_seq = flow % 2 == 0 ? 0 : kUint64Max - kMessages, .tmax = 1ms, .max_jump = 500};
    SequenceTracker a(options, one_by_one), b(options, together);
    Instant now_ = instant_from_ns(10'000'000);
    std::uint64_t next = 0;
    while (next < kMessages - 600) {
      now_ += Nanoseconds(below(20'000));
      const std::uint64_t count = 1 + below(30);
      std::uint64_t from = next;
      if (below(4) == 0) from += below(40);                  // a gap
      if (below(4) == 0) from -= std::min(from, below(80));  // into one, or copies
      if (below(40) == 0) from += 550;                       // too far ahead
      if (below(20) == 0) now_ += 500us;
      const Nanoseconds delay(static_cast<std::int64_t>(below(1'200'000)) - 100'000);
      const auto counted =
          b.arrived_together(options.first_seq + from, count, now_ - delay, now_, 100);
      SequenceTracker::Together expected;
      for (std::uint64_t n = 0; n < count; ++n) {
        const auto outcome = a.arrived(options.first_seq + from + n, now_ - delay, now_, 100);
        expected.first += outcome == Arrival::first;
        expected.spurious += outcome == Arrival::spurious;
      }
      EXPECT_EQ(counted.first, expected.first);
      EXPECT_EQ(counted.spurious, expected.spurious);
      next = std::max(next, from + count);
    }
    a.finish(kMessages);
    b.finish(kMessages);
    EXPECT_EQ(figures(together), figures(one_by_one));
    EXPECT_NEAR(together.delay.jitter_sum_ns, one_by_one.delay.jitter_sum_ns,
                1e-9 * one_by_one.delay.jitter_sum_ns);
  }
  EXPECT_GT(one_by_one.reordering.reordered, 20u) << "the flows would prove nothing";
  EXPECT_GT(one_by_one.duplicates, 20u);
  EXPECT_GT(one_by_one.lost, 20u);
  EXPECT_GT(one_by_one.late_arrivals, 20u);
  EXPECT_GT(one_by_one.delay.negative, 20u);
}

TEST(SequenceTracker, EachFlowKnowsHowManyOfItsMessagesWereReceived) {
  SequenceStatistics statistics;
  const SequenceTracker::Options options{.tmax = 1ms};
  SequenceTracker whole(options, statistics), lossy(options, statistics),
      silent(options, statistics);
  const Instant at = instant_from_ns(1'000'000'000);
  Instant arrived = at;
  for (std::uint64_t seq = 0; seq < 10; ++seq) {
    arrived += 10us;
    whole.arrived(seq, arrived - 10us, arrived, 64);
    // 3 is late, and 5 never arrives.
    if (seq != 5) lossy.arrived(seq, arrived - (seq == 3 ? Nanoseconds(2ms) : 10us), arrived, 64);
  }
  lossy.arrived(9, arrived - 20us, arrived, 64);  // a copy
  whole.finish(10);
  lossy.finish(12);
  silent.finish(4);
  EXPECT_EQ(whole.received(), 10U);
  EXPECT_EQ(silent.received(), 0U);
  EXPECT_EQ(whole.received() + lossy.received() + silent.received(), statistics.received);
  EXPECT_LT(lossy.received(), 10U);
}

class Losses final : public SequenceObserver {
 public:
  void on_lost(const LossEvent& event) override { found.emplace_back(event.count, event.found); }
  std::vector<std::pair<std::uint64_t, Instant>> found;
};

TEST(SequenceTracker, ALossIsFoundWhenTheNextMessageArrives) {
  SequenceStatistics statistics;
  Losses losses;
  SequenceTracker tracker({.tmax = 1s}, statistics, &losses);
  const auto at = [](Nanoseconds time) { return Instant{} + time; };
  tracker.arrived(0, at(0s), at(10ms), 64);
  tracker.arrived(3, at(300ms), at(310ms), 64);  // 1 and 2 are missing
  tracker.arrived(4, at(400ms), at(410ms), 64);
  tracker.give_up_late(at(1300ms));
  EXPECT_TRUE(losses.found.empty()) << "they may arrive";
  tracker.give_up_late(at(1301ms));
  EXPECT_EQ(losses.found, (std::vector<std::pair<std::uint64_t, Instant>>{{2, at(310ms)}}));
  tracker.arrived(6, at(600ms), at(1700ms), 64);  // late, and shows that 5 is, too
  tracker.finish(9);
  EXPECT_EQ(losses.found, (std::vector<std::pair<std::uint64_t, Instant>>{
                              {2, at(310ms)}, {2, at(1700ms)}, {2, Instant::max()}}));
  EXPECT_EQ(statistics.lost, 6U);
}

// Giving up in time changes nothing but when it is known.
TEST(SequenceTracker, WhatWasGivenUpIsLateIfItArrives) {
  SequenceStatistics statistics;
  SequenceTracker tracker({.tmax = 1s}, statistics);
  const auto at = [](Nanoseconds time) { return Instant{} + time; };
  tracker.arrived(1, at(100ms), at(110ms), 64);
  tracker.give_up_late(at(1200ms));
  EXPECT_EQ(tracker.arrived(0, at(0s), at(1250ms), 64), Arrival::late);
  tracker.finish(2);
  EXPECT_EQ(statistics.lost, 1U);
  EXPECT_EQ(statistics.late, 1U);
  EXPECT_EQ(statistics.received, 1U);
}

}  // namespace
}  // namespace sockmark
