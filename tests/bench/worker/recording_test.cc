#include "bench/worker/recording.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

#include "base/random.h"
#include "bench/protocol/messages.h"
#include "measure/sequence_tracker.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

constexpr Nanoseconds kWindow = 1s;

// A thread of a generator whose clock shows `t0` when the window begins. What it records depends on
// the seed alone.
std::unique_ptr<Recorder> recorded(Instant t0, std::uint64_t seed) {
  auto recorder = std::make_unique<Recorder>(t0, t0 + kWindow, 0s, 200ms);
  recorder->send_timing.emplace(t0, t0 + kWindow, Arrivals::uniform, 1e6);
  SequenceTracker tracker({.tmax = 500ms}, recorder->sequence);
  Random random(seed);
  const auto some = [&random](std::uint64_t below) {
    return Nanoseconds(static_cast<std::int64_t>(random.below(below)));
  };
  struct Arrived {
    Instant at;
    std::uint64_t number;
    Instant intended, taken;
  };
  std::vector<Arrived> arrivals;
  std::uint64_t seq = 0;
  for (Instant intended = t0 - 150ms; intended < t0 + kWindow; intended += some(1'000'000)) {
    const Phase phase = intended >= t0 ? Phase::window : Phase::warmup;
    const Instant issued = intended + some(10'000), taken = issued + some(10'000);
    const Instant arrived = taken + 20us + some(3'000'000);  // beyond the next one: reordering
    recorder->sent(phase,
                   {.intended = intended, .attempted = issued, .issued = issued, .taken = taken});
    if (phase == Phase::warmup) {
      recorder->answered_in_warmup(intended, arrived, 64);
      continue;
    }
    const std::uint64_t number = seq++;
    if (random.below(20) == 0) continue;  // lost
    arrivals.push_back({arrived, number, intended, taken});
    if (random.below(30) == 0) arrivals.push_back(arrivals.back());
  }
  std::ranges::sort(arrivals, {}, &Arrived::at);
  for (const auto& [at, number, intended, taken] : arrivals) {
    if (tracker.arrived(number, taken, at, 64) == Arrival::first)
      recorder->answered(intended, at, 64);
  }
  tracker.finish(seq);
  recorder->integrity.corrupt = random.below(9);
  recorder->receive_drops = random.below(9);
  recorder->fairness.add(tracker.received());
  TcpTotals totals{.retransmits = random.below(9), .segments_sent = 100, .connections = 1};
  totals.rtt_min_ns = static_cast<std::int64_t>(random.below(99));
  recorder->merged_tcp = TcpRecord{.at_edges = {{}, totals}, .at_end = totals};
  recorder->connections.push_back({.number = seed, .messages = tracker.received()});
  recorder->series.lose(recorder->counts.t0 + some(1'000'000), random.below(9));
  recorder->waited_for_lost = some(1'000'000);
  recorder->lost_in_warmup = random.below(9);
  recorder->merged_usage.user_ns = ns(some(1'000'000));
  return recorder;
}

// The recording after its way as a message.
Recording sent(const Recording& recording) {
  report::JsonReading reading;
  const auto body = report::parse_json(body_of(recording), report::kReportLimits, "test");
  auto read = report::read_document<Recording>(body->root(), reading);
  EXPECT_TRUE(read) << (read ? "" : read.error().message);
  return read ? *std::move(read) : Recording{};
}

void expect_same(const Histogram& actual, const Histogram& expected) {
  EXPECT_EQ(actual.encode_v2(), expected.encode_v2());
  EXPECT_EQ(actual.min(), expected.min());
  EXPECT_EQ(actual.max(), expected.max());
  EXPECT_EQ(actual.mean(), expected.mean());
  EXPECT_EQ(actual.overflow(), expected.overflow());
}

TEST(Recording, OfThreeGeneratorsAddsUpToWhatOneRecorderHasOfAll) {
  // Each by a clock of its own.
  const Instant origins[] = {Instant{} + 1h, Instant{} + 1000h, Instant{} + 7s};
  Recorder expected(Instant{}, Instant{} + kWindow),
      actual(Instant{} + 5min, Instant{} + 5min + kWindow);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    expected.add(*recorded(Instant{}, seed));
    Recorder generator(origins[seed - 1], origins[seed - 1] + kWindow);
    generator.add(*recorded(origins[seed - 1], seed));
    const auto added = add_recording(sent(recording_of(generator)), actual);
    ASSERT_TRUE(added) << added.error().message;
  }
  EXPECT_GT(actual.counts.sent_messages, 5000U);
  EXPECT_EQ(actual.counts.sent_messages, expected.counts.sent_messages);
  EXPECT_EQ(actual.counts.offered_messages, expected.counts.offered_messages);
  EXPECT_EQ(actual.counts.goodput_bytes, expected.counts.goodput_bytes);
  expect_same(actual.response_time, expected.response_time);
  expect_same(actual.send_block, expected.send_block);
  expect_same(actual.warmup, expected.warmup);
  expect_same(actual.sequence.delay.delay, expected.sequence.delay.delay);
  expect_same(actual.sequence.delay.ipdv.magnitudes(), expected.sequence.delay.ipdv.magnitudes());
  EXPECT_EQ(actual.sequence.delay.ipdv.mean(), expected.sequence.delay.ipdv.mean());
  EXPECT_EQ(actual.sequence.delay.ipdv_pairs, expected.sequence.delay.ipdv_pairs);
  EXPECT_GT(actual.sequence.lost, 0U);
  EXPECT_EQ(actual.sequence.lost, expected.sequence.lost);
  EXPECT_EQ(actual.sequence.loss.distances, expected.sequence.loss.distances);
  EXPECT_EQ(actual.sequence.loss.period_lengths, expected.sequence.loss.period_lengths);
  EXPECT_GT(actual.sequence.duplicates, 0U);
  EXPECT_EQ(actual.sequence.duplicates, expected.sequence.duplicates);
  EXPECT_GT(actual.sequence.reordering.reordered, 0U);
  EXPECT_EQ(actual.sequence.reordering.extents, expected.sequence.reordering.extents);
  EXPECT_EQ(actual.sequence.reordering.n_reordering(), expected.sequence.reordering.n_reordering());
  EXPECT_EQ(actual.sequence.reordering.free_run_squares,
            expected.sequence.reordering.free_run_squares);
  expect_same(actual.sequence.reordering.late_time, expected.sequence.reordering.late_time);
  expect_same(actual.sends->lag, expected.sends->lag);
  EXPECT_EQ(actual.sends->attempted_in_window, expected.sends->attempted_in_window);
  EXPECT_EQ(actual.sends->largest_deviation, expected.sends->largest_deviation);
  EXPECT_EQ(actual.warmup_check.warmed_up(), expected.warmup_check.warmed_up());
  EXPECT_EQ(actual.series.silence().heard(), expected.series.silence().heard());
  const auto points = actual.series.points(), expected_points = expected.series.points();
  ASSERT_EQ(points.size(), expected_points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(points[i].messages, expected_points[i].messages);
    EXPECT_EQ(points[i].p99_ns, expected_points[i].p99_ns);
    EXPECT_EQ(points[i].lost, expected_points[i].lost);
  }
  EXPECT_EQ(actual.integrity.corrupt, expected.integrity.corrupt);
  EXPECT_EQ(actual.receive_drops, expected.receive_drops);
  EXPECT_EQ(actual.fairness.connections, 3U);
  EXPECT_EQ(actual.fairness.sum, expected.sequence.received);
  EXPECT_EQ(actual.fairness.jain_index(), expected.fairness.jain_index());
  EXPECT_EQ(actual.fairness.min, expected.fairness.min);
  EXPECT_EQ(actual.fairness.max, expected.fairness.max);
  ASSERT_EQ(actual.merged_tcp->at_edges.size(), 2U);
  EXPECT_EQ(actual.merged_tcp->at_end.retransmits, expected.merged_tcp->at_end.retransmits);
  EXPECT_EQ(actual.merged_tcp->at_edges[1].segments_sent, 300U);
  EXPECT_EQ(actual.merged_tcp->at_end.rtt_min_ns, expected.merged_tcp->at_end.rtt_min_ns);
  EXPECT_EQ(actual.connections.size(), 3U);
  EXPECT_EQ(actual.waited_for_lost, expected.waited_for_lost);
  EXPECT_EQ(actual.lost_in_warmup, expected.lost_in_warmup);
  EXPECT_EQ(actual.merged_usage.user_ns, expected.merged_usage.user_ns);
}

TEST(Recording, KeepsWhatExceedsAHistogram) {
  Recorder generator(Instant{}, Instant{} + kWindow), actual(Instant{}, Instant{} + kWindow);
  generator.response_time.record(ns(24h * 365));
  generator.response_time.record(7);
  ASSERT_TRUE(add_recording(sent(recording_of(generator)), actual));
  expect_same(actual.response_time, generator.response_time);
  EXPECT_EQ(actual.response_time.overflow(), 1U);
}

TEST(Recording, OfAnInterruptedRunShortensTheWindow) {
  Recorder generator(Instant{}, Instant{} + kWindow), actual(Instant{}, Instant{} + kWindow);
  generator.shorten(Instant{} + 400ms);
  ASSERT_TRUE(add_recording(sent(recording_of(generator)), actual));
  EXPECT_EQ(actual.counts.t1 - actual.counts.t0, 400ms);
}

TEST(Recording, ThatContradictsItselfIsRefused) {
  Recorder generator(Instant{}, Instant{} + kWindow);
  generator.add(*recorded(Instant{}, 1));
  const Recording good = recording_of(generator);
  const struct {
    const char* what;
    void (*change)(Recording&);
  } table[] = {{"another window", [](Recording& r) { r.window_ns = 5; }},
               {"a longer window", [](Recording& r) { r.measured_ns = r.window_ns + 1; }},
               {"a count that overflows", [](Recording& r) { r.sent = ~std::uint64_t{0}; }},
               {"lost messages that were not sent", [](Recording& r) { ++r.sequence.lost; }},
               {"late messages that were not lost",
                [](Recording& r) { r.sequence.late = r.sequence.lost + 1; }},
               {"too few sub-windows", [](Recording& r) { r.series.pop_back(); }},
               {"parts that are no digits", [](Recording& r) { r.heard[3] = 'x'; }},
               {"too few parts", [](Recording& r) { r.heard.pop_back(); }},
               {"a counter without a count", [](Recording& r) { r.warmup.counters.push_back(7); }},
               {"a counter beyond the last",
                [](Recording& r) {
                  r.warmup.counters = {std::numeric_limits<std::int64_t>::max(), 1};
                }},
               {"counts that overflow",
                [](Recording& r) {
                  r.warmup.counters = {1, std::int64_t{1} << 62, 2, std::int64_t{1} << 62};
                }},
               {"too many values beyond a histogram",
                [](Recording& r) { r.response_time.overflow = ~std::uint64_t{0}; }}};
  for (const auto& row : table) {
    Recording bad = good;
    row.change(bad);
    Recorder recorder(Instant{}, Instant{} + kWindow);
    const auto added = add_recording(bad, recorder);
    ASSERT_FALSE(added) << row.what;
    EXPECT_TRUE(added.error().message.starts_with("control channel: ")) << row.what;
  }
}

}  // namespace
}  // namespace sockmark
