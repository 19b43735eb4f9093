// SequenceTracker and SequenceStatistics against the definitions, over flows made by several
// generators of trouble; merging; and memory.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/random.h"
#include "measure/sequence_tracker.h"
#include "tests/measure/flow.h"

namespace sockmark {
namespace {

using test::Flow;

// --- flows --------------------------------------------------------------------------------------

// A flow before its arrivals are in order: what each copy of each message takes.
struct Draft {
  std::int64_t tmax = 0;
  std::vector<std::int64_t> sent_at;
  std::vector<std::vector<std::int64_t>> delays;  // of each copy; none: never arrives
  std::vector<std::size_t> corrupt;               // messages whose copies all arrive corrupt
};

std::int64_t up_to(Random& random, std::int64_t most) {
  return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most) + 1));
}
bool one_in(Random& random, std::uint64_t n) { return random.below(n) == 0; }

void bernoulli_loss(Draft& draft, Random& random) {
  const std::uint64_t n = 2 + random.below(30);
  for (auto& copies : draft.delays) {
    if (one_in(random, n)) copies.clear();
  }
}

// Gilbert, "Capacity of a burst-noise channel", Bell System Technical Journal 39 (1960): a good
// state without loss and a bad one with much.
void gilbert_loss(Draft& draft, Random& random) {
  const std::uint64_t good_messages = 5 + random.below(40), bad_messages = 1 + random.below(15);
  bool bad = one_in(random, 2);
  for (auto& copies : draft.delays) {
    if (one_in(random, bad ? bad_messages : good_messages)) bad = !bad;
    if (bad && !one_in(random, 10)) copies.clear();
  }
}

// Every window arrives at the instant of its last message and in random order; some arrive at one
// instant, and then as they were sent.
void shuffled_windows(Draft& draft, Random& random) {
  const std::size_t length = 2 + random.below(30);
  for (std::size_t first = 0; first < draft.delays.size(); first += length) {
    const std::size_t end = std::min(first + length, draft.delays.size());
    const std::int64_t all_at = draft.sent_at[end - 1];
    const std::int64_t spread = one_in(random, 4) ? 0 : 40;
    for (std::size_t k = first; k < end; ++k) {
      for (auto& delay : draft.delays[k]) delay = all_at - draft.sent_at[k] + up_to(random, spread);
    }
  }
}

void stragglers(Draft& draft, Random& random) {
  const std::uint64_t n = 5 + random.below(40);
  for (auto& copies : draft.delays) {
    if (!copies.empty() && one_in(random, n)) copies[0] += up_to(random, draft.tmax);
  }
}

void duplicates(Draft& draft, Random& random) {
  const std::uint64_t n = 2 + random.below(10);
  for (auto& copies : draft.delays) {
    while (!copies.empty() && one_in(random, n) && copies.size() < 6) {
      copies.push_back(copies[0] + up_to(random, draft.tmax));
    }
  }
}

// A nanosecond on either side of what is still in time.
void around_tmax(Draft& draft, Random& random) {
  const std::uint64_t n = 1 + random.below(6);
  for (auto& copies : draft.delays) {
    for (auto& delay : copies) {
      if (one_in(random, n)) delay = draft.tmax - 1 + up_to(random, 2);
    }
  }
}

// The receiver's clock is behind the sender's.
void clock_offset(Draft& draft, Random& random) {
  const std::int64_t offset = up_to(random, draft.tmax);
  for (auto& copies : draft.delays) {
    for (auto& delay : copies) delay -= offset;
  }
}

void corruption(Draft& draft, Random& random) {
  for (std::size_t k = 0; k < draft.delays.size(); ++k) {
    if (one_in(random, 12)) draft.corrupt.push_back(k);
  }
}

// One kind of trouble, and the figure that shows that there was any.
struct Trouble {
  const char* name;
  void (*apply)(Draft& draft, Random& random);
  std::uint64_t (*seen)(const SequenceStatistics& statistics);

  friend void PrintTo(const Trouble& trouble, std::ostream* out) { *out << trouble.name; }
};
using Statistics = const SequenceStatistics&;
constexpr std::array kTroubles = {
    Trouble{"BernoulliLoss", bernoulli_loss, [](Statistics s) { return s.lost; }},
    Trouble{"GilbertLoss", gilbert_loss, [](Statistics s) { return s.lost - s.loss.periods(); }},
    Trouble{"ShuffledWindows", shuffled_windows,
            [](Statistics s) { return s.reordering.reordered; }},
    Trouble{"Stragglers", stragglers, [](Statistics s) { return s.reordering.extent_max(); }},
    Trouble{"Duplicates", duplicates, [](Statistics s) { return s.duplicates; }},
    Trouble{"AroundTmax", around_tmax, [](Statistics s) { return s.late; }},
    Trouble{"ClockOffset", clock_offset, [](Statistics s) { return s.delay.negative; }},
    Trouble{"Corruption", corruption, [](Statistics s) { return s.lost; }},
};

Draft orderly(Random& random) {
  Draft draft{.tmax = 100 + up_to(random, 3000), .sent_at = {}, .delays = {}, .corrupt = {}};
  const std::int64_t interval = 1 + up_to(random, 100);
  std::int64_t at = 0;
  for (std::uint64_t left = random.below(160); left > 0; --left) {
    if (!one_in(random, 5)) at += up_to(random, 2 * interval);  // else in one batch
    draft.sent_at.push_back(at);
    draft.delays.push_back({up_to(random, 3)});
  }
  return draft;
}

Flow flow_of(const Draft& draft, Random& random) {
  Flow flow{.first_seq = 0,
            .tmax = draft.tmax,
            .n_max = 1 + static_cast<std::uint32_t>(random.below(40)),
            .sent_at = draft.sent_at,
            .sizes = {},
            .arrivals = {}};
  flow.first_seq = one_in(random, 3) ? std::numeric_limits<std::uint64_t>::max() - 159 : 7;
  for (std::size_t k = 0; k < draft.sent_at.size(); ++k) {
    flow.sizes.push_back(static_cast<std::uint32_t>(up_to(random, 65536)));
    const bool corrupt = std::ranges::find(draft.corrupt, k) != draft.corrupt.end();
    for (const std::int64_t delay : draft.delays[k]) {
      flow.arrivals.push_back({.index = static_cast<std::int64_t>(k),
                               .at = draft.sent_at[k] + delay,
                               .corrupt = corrupt});
    }
  }
  std::ranges::stable_sort(flow.arrivals, {}, &Flow::Arrived::at);
  return flow;
}

// --- what the definitions say of several flows ---------------------------------------------------

std::optional<double> mean_of(std::uint64_t sum, std::uint64_t count) {
  if (count == 0) return std::nullopt;
  return static_cast<double>(sum) / static_cast<double>(count);
}

// Sums of the truths, kept as simply as they are defined.
struct Expected {
  std::uint64_t sent = 0, received = 0, lost = 0, late = 0, late_arrivals = 0, duplicates = 0,
                replicated = 0, reordered = 0, discontinuities = 0, discontinuity_total = 0,
                byte_offset_max = 0, free_run_squares = 0, negative = 0, pairs = 0, gaps_found = 0,
                jitter_flows = 0;
  CountsByLength period_lengths, distances, inter_period_lengths, extents, gaps, preceded_by;
  Histogram late_time, delay, ipdv_magnitude;
  std::vector<std::int64_t> ipdv;
  double jitter_sum = 0;

  void add(const Flow& flow, const test::Truth& truth) {
    sent += flow.sent_at.size();
    received += truth.received;
    lost += truth.lost;
    late += truth.late;
    late_arrivals += truth.late_arrivals;
    duplicates += truth.duplicates;
    replicated += truth.replicated;
    for (const auto distance : truth.loss_distances) ++distances[distance];
    for (const LossPeriodEvent& period : truth.events.loss_periods) {
      ++period_lengths[period.length];
      ++inter_period_lengths[period.since_last_loss];
    }
    discontinuities += truth.sequence_discontinuities;
    discontinuity_total += truth.sequence_discontinuity_total;
    for (const ReorderedEvent& event : truth.events.reordered) {
      ++reordered;
      ++extents[event.extent];
      ++preceded_by[event.preceded_by];
      late_time.record(event.late_time.count());
      byte_offset_max = std::max(byte_offset_max, event.byte_offset);
      free_run_squares += event.free_run_ended * event.free_run_ended;
    }
    for (const GapEvent& event : truth.events.gaps) {
      ++gaps_found;
      ++gaps[event.gap];
    }
    for (const std::int64_t value : truth.delays) {
      delay.record(std::max<std::int64_t>(value, 0));
      negative += value < 0;
    }
    for (const std::int64_t value : truth.ipdv) {
      ipdv.push_back(value);
      ipdv_magnitude.record(std::abs(value));
    }
    if (!flow.sent_at.empty()) pairs += flow.sent_at.size() - 1;
    jitter_flows += truth.jitter.has_value();
    jitter_sum += truth.jitter.value_or(0);
  }
};

void expect_all_same(const Histogram& ours, const Histogram& wanted) {
  EXPECT_EQ(ours.count(), wanted.count());
  EXPECT_EQ(ours.min(), wanted.min());
  EXPECT_EQ(ours.max(), wanted.max());
  EXPECT_TRUE(ours.sum() == wanted.sum());
  EXPECT_TRUE(ours.encode_v2() == wanted.encode_v2());
}

void expect_counts(const SequenceStatistics& s, const Expected& e) {
  EXPECT_EQ(s.sent, e.sent);
  EXPECT_EQ(s.received, e.received);
  EXPECT_EQ(s.lost, e.lost);
  EXPECT_EQ(s.late, e.late);
  EXPECT_EQ(s.late_arrivals, e.late_arrivals);
  EXPECT_EQ(s.late_unattributed, 0U);
  EXPECT_EQ(s.duplicates, e.duplicates);
  EXPECT_EQ(s.replicated_packets, e.replicated);
  EXPECT_EQ(s.spurious, 0U);
  EXPECT_EQ(s.loss_ratio(), mean_of(e.lost, e.sent));
  EXPECT_EQ(s.duplication_fraction(), mean_of(e.duplicates, e.received));
  EXPECT_EQ(s.replicated_packet_rate(), mean_of(e.replicated, e.received));
  EXPECT_EQ(s.reordered_ratio(), mean_of(e.reordered, e.received));
  EXPECT_EQ(s.loss.period_lengths, e.period_lengths);
  EXPECT_EQ(s.loss.distances, e.distances);
  EXPECT_EQ(s.loss.inter_period_lengths, e.inter_period_lengths);
}

void expect_reordering(const SequenceStatistics& s, const Expected& e) {
  const ReorderingStatistics& r = s.reordering;
  EXPECT_EQ(r.reordered, e.reordered);
  EXPECT_EQ(r.extents, e.extents);
  EXPECT_EQ(r.byte_offset_max, e.byte_offset_max);
  EXPECT_EQ(r.sequence_discontinuities, e.discontinuities);
  EXPECT_EQ(r.sequence_discontinuity_total, e.discontinuity_total);
  EXPECT_EQ(r.reordering_discontinuities, e.gaps_found);
  EXPECT_EQ(r.gaps, e.gaps);
  const SequenceStatistics::FreeRuns runs = s.free_runs();
  EXPECT_EQ(std::tie(runs.x, runs.a, runs.p, runs.q),
            std::tuple(e.reordered, e.received - e.reordered, e.received, e.free_run_squares));
  std::vector<std::uint64_t> n_reordering;
  for (std::uint64_t n = 1; !e.preceded_by.empty() && n <= e.preceded_by.rbegin()->first; ++n) {
    std::uint64_t count = 0;
    for (const auto& [preceding, arrivals] : e.preceded_by) count += preceding >= n ? arrivals : 0;
    n_reordering.push_back(count);
  }
  auto ours = r.n_reordering();
  while (!ours.empty() && ours.back() == 0) ours.pop_back();
  EXPECT_EQ(ours, n_reordering);
  expect_all_same(r.late_time, e.late_time);
}

void expect_delay(const DelayStatistics& d, const Expected& e) {
  expect_all_same(d.delay, e.delay);
  EXPECT_EQ(d.negative, e.negative);
  EXPECT_EQ(d.ipdv_defined(), e.ipdv.size());
  EXPECT_EQ(d.ipdv_undefined(), e.pairs - e.ipdv.size());
  expect_all_same(d.ipdv.magnitudes(), e.ipdv_magnitude);
  if (!e.ipdv.empty()) {
    EXPECT_EQ(d.ipdv.min(), std::ranges::min(e.ipdv));
    EXPECT_EQ(d.ipdv.max(), std::ranges::max(e.ipdv));
  }
  EXPECT_EQ(d.jitter_flows, e.jitter_flows);
  EXPECT_NEAR(d.jitter_sum_ns, e.jitter_sum, 1e-6 * (1 + e.jitter_sum));
}

void expect_figures(const SequenceStatistics& s, const Expected& e) {
  expect_counts(s, e);
  expect_reordering(s, e);
  expect_delay(s.delay, e);
}

auto fields_of(const LossPeriodEvent& e) {
  return std::tuple(e.first_index, e.length, e.since_last_loss);
}
auto fields_of(const ReorderedEvent& e) {
  return std::tuple(e.index, e.position, e.extent, e.late_time, e.byte_offset, e.preceded_by,
                    e.free_run_ended);
}
auto fields_of(const GapEvent& e) {
  return std::tuple(e.position, e.detected_at, e.gap, e.gap_time);
}
template <class Event>
bool same(const std::vector<Event>& ours, const std::vector<Event>& wanted) {
  const auto fields = [](const Event& event) { return fields_of(event); };
  return std::ranges::equal(ours, wanted, {}, fields, fields);
}

void expect_events(const test::Events& ours, const test::Events& wanted) {
  EXPECT_EQ(ours.accepted, wanted.accepted);
  EXPECT_TRUE(same(ours.loss_periods, wanted.loss_periods));
  EXPECT_TRUE(same(ours.reordered, wanted.reordered));
  EXPECT_TRUE(same(ours.gaps, wanted.gaps));
}

// --- the properties -----------------------------------------------------------------------------

constexpr std::size_t kFlows = 150, kThreads = 3;

// Follows flows in one statistics object, in one of several threads' each, and in nothing but what
// the definitions say; all three must agree.
template <class Make>
void expect_agreement(Make make, Random& random, SequenceStatistics& shared) {
  const auto of_threads = std::make_unique<std::array<SequenceStatistics, kThreads>>();
  const auto expected = std::make_unique<Expected>();
  for (std::size_t n = 0; n < kFlows && !testing::Test::HasFailure(); ++n) {
    SCOPED_TRACE("flow " + std::to_string(n));
    const Flow flow = make();
    const test::Truth truth = test::truth_of(flow);
    expect_events(test::track(flow, shared), truth.events);
    test::track(flow, (*of_threads)[random.below(kThreads)]);
    expected->add(flow, truth);
    expect_counts(shared, *expected);
  }
  expect_figures(shared, *expected);
  SequenceStatistics& merged = of_threads->front();
  for (std::size_t n = 1; n < kThreads; ++n) merged.add((*of_threads)[n]);
  SCOPED_TRACE("merged");
  expect_figures(merged, *expected);
}

class SequenceProperty : public testing::TestWithParam<Trouble> {};

TEST_P(SequenceProperty, EveryFigureOfSharedAndOfMergedStatisticsFollowsFromTheDefinitions) {
  Random random(1);
  const auto shared = std::make_unique<SequenceStatistics>();
  expect_agreement(
      [&] {
        Draft draft = orderly(random);
        GetParam().apply(draft, random);
        return flow_of(draft, random);
      },
      random, *shared);
  EXPECT_GT(GetParam().seen(*shared), 10U) << "the flows would prove nothing";
}

INSTANTIATE_TEST_SUITE_P(OneTrouble, SequenceProperty, testing::ValuesIn(kTroubles),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(SequencePropertyOfMixtures, EveryFigureFollowsFromTheDefinitions) {
  for (std::uint64_t seed = 1; seed <= 8 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const auto shared = std::make_unique<SequenceStatistics>();
    expect_agreement(
        [&] {
          Draft draft = orderly(random);
          for (const Trouble& trouble : kTroubles) {
            if (one_in(random, 2)) trouble.apply(draft, random);
          }
          return flow_of(draft, random);
        },
        random, *shared);
    for (const Trouble& trouble : kTroubles) EXPECT_GT(trouble.seen(*shared), 0U) << trouble.name;
  }
}

// --- memory -------------------------------------------------------------------------------------

constexpr std::int64_t kInterval = 1'000;  // ns between messages
constexpr std::uint64_t kWindow = 2'000;   // messages sent within tmax
constexpr std::size_t kRemembered = 1'000;

// What sequence_tracker.h promises for w messages within tmax.
std::size_t promised_bytes() {
  return sizeof(SequenceTracker) + 1024 + 240 * (kWindow + 1) + 64 * kRemembered;
}

// The resident set in pages (proc_pid_statm(5), second field).
std::uint64_t resident_pages() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t size = 0, resident = 0;
  file >> size >> resident;
  return resident;
}

class LongFlow {
 public:
  LongFlow()
      : statistics_(std::make_unique<SequenceStatistics>()),
        tracker_({.tmax = Nanoseconds(kInterval * kWindow), .remembered_losses = kRemembered},
                 *statistics_) {}

  // Message `index` arrives when message `when` was just sent.
  Arrival arrive(std::uint64_t index, std::uint64_t when) {
    const Arrival outcome =
        tracker_.arrived(index, instant_from_ns(static_cast<std::int64_t>(index) * kInterval),
                         instant_from_ns(static_cast<std::int64_t>(when) * kInterval + 1), 100);
    if (when % 64 == 0) largest_ = std::max(largest_, tracker_.memory_bytes());
    return outcome;
  }
  void finish(std::uint64_t sent) { tracker_.finish(sent); }
  [[nodiscard]] std::size_t largest() const { return largest_; }
  [[nodiscard]] const SequenceStatistics& statistics() const { return *statistics_; }

 private:
  std::unique_ptr<SequenceStatistics> statistics_;
  SequenceTracker tracker_;
  std::size_t largest_ = 0;
};

TEST(SequenceMemory, StaysAsItIsHoweverManyMessagesAreLostAndReordered) {
#ifdef NDEBUG
  constexpr std::uint64_t kTenth = 400'000;
#else
  constexpr std::uint64_t kTenth = 100'000;  // unoptimised and sanitised builds are slow
#endif
  LongFlow flow;
  Random random(1);
  std::vector<std::uint64_t> held(kWindow / 2);  // stragglers, by the message that they come after
  std::uint64_t dropped = 0, held_back = 0, pages_at_first = 0;
  for (std::uint64_t k = 0; k < 10 * kTenth; ++k) {
    if (const auto straggler = std::exchange(held[k % held.size()], 0)) {
      ASSERT_EQ(flow.arrive(straggler, k), Arrival::first);
    }
    const std::uint64_t draw = random.below(1000);
    const std::uint64_t release = (k + 1 + random.below(held.size() - 1)) % held.size();
    if (draw < 10) {
      ++dropped;
    } else if (draw < 15 && k > 0 && held[release] == 0) {
      held[release] = k;
      ++held_back;
    } else {
      ASSERT_EQ(flow.arrive(k, k), Arrival::first);
    }
    if (k + 1 == kTenth) pages_at_first = resident_pages();
  }
  const std::uint64_t pages = resident_pages();
  const auto unreleased = static_cast<std::uint64_t>(
      std::ranges::count_if(held, [](std::uint64_t straggler) { return straggler != 0; }));
  flow.finish(10 * kTenth);
  EXPECT_EQ(flow.statistics().lost, dropped + unreleased);
  EXPECT_GT(flow.statistics().reordering.reordered, held_back / 2);
  EXPECT_LE(flow.largest(), promised_bytes());
  EXPECT_LE(pages * 10, pages_at_first * 11) << "it would be a multiple, if messages cost memory";
}

// Every other message is missing, and every one that arrives arrives twice: nothing takes more.
TEST(SequenceMemory, TheWorstThatCanArriveWithinTmaxKeepsToTheBoundToo) {
  LongFlow flow;
  constexpr std::uint64_t kMessages = 100 * kWindow;
  for (std::uint64_t k = 0; k < kMessages; k += 2) {
    flow.arrive(k, k);
    flow.arrive(k, k);
    // Some of what is missing comes after all, which splits nothing and shows reordering.
    if (k % 16 == 0 && k > kWindow) flow.arrive(k - kWindow / 2 + 1, k);
  }
  flow.finish(kMessages);
  EXPECT_GT(flow.statistics().lost, kMessages / 4);
  EXPECT_GT(flow.statistics().duplicates, kMessages / 4);
  EXPECT_GT(flow.statistics().reordering.reordered, kMessages / 40);
  EXPECT_LE(flow.largest(), promised_bytes());
  EXPECT_GT(flow.largest(), promised_bytes() / 16)
      << "a bound that nothing comes near proves nothing";
}

}  // namespace
}  // namespace sockmark
