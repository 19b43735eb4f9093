#include "bench/analysis/packet_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "base/assert.h"
#include "measure/reordering.h"
#include "measure/sequence_tracker.h"
#include "reports/format/units.h"
#include "reports/model/params_text.h"

namespace sockmark {

namespace {

__extension__ using Int128 = __int128;

constexpr std::int64_t kNotReceived = std::numeric_limits<std::int64_t>::min();
constexpr const char* kNothingLost = "nothing_lost";
constexpr const char* kNoPair = "no_consecutive_received";
constexpr const char* kFewerThanTwo = "fewer_than_two_received";
constexpr const char* kClocksDiffer = "clocks_differ";

class Recorder final : public SequenceObserver {
 public:
  explicit Recorder(PacketFigures& figures) : figures_(figures) {}
  void on_loss_period(const LossPeriodEvent& event) override {
    figures_.loss_periods.push_back(event);
  }
  void on_reordered(const ReorderedEvent& event) override { figures_.reordered.push_back(event); }
  void on_gap(const GapEvent& event) override { figures_.gaps.push_back({.event = event}); }

 private:
  PacketFigures& figures_;
};

// n-reordering with duplicates as arrivals. The other statistics of Reordering have no meaning
// then; the discontinuities passed to it are chosen to need no memory.
class NReorderingOfAll {
 public:
  explicit NReorderingOfAll(std::uint32_t n_max) : reordering_(n_max) {}

  void arrived(std::uint64_t index) {
    if (index >= next_) {
      next_ = index + 1;
      reordering_.in_order(index);
    } else {
      const Discontinuity latest{.position = reordering_.arrivals(), .at = {}};
      reordering_.reordered({.index = index, .opened = latest, .oldest_open = latest}, statistics_,
                            nullptr);
    }
  }
  [[nodiscard]] std::vector<std::uint64_t> counts() const { return statistics_.n_reordering(); }

 private:
  Reordering reordering_;
  ReorderingStatistics statistics_;
  std::uint64_t next_ = 0;
};

// Percentiles by rank among `count` values, of which the sorted ones are the smallest.
std::array<Maybe<std::int64_t>, kTracePercentiles.size()> percentiles(
    std::span<const std::int64_t> sorted, std::uint64_t count, const char* reason) {
  std::array<Maybe<std::int64_t>, kTracePercentiles.size()> result;
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::uint64_t rank = percentile_rank(count, kTracePercentiles[i].second);
    result[i] = rank <= sorted.size() ? Maybe<std::int64_t>(sorted[rank - 1])
                                      : Maybe<std::int64_t>::none(reason);
  }
  return result;
}

// Sorts the list.
ExactDistribution distribution(std::vector<std::int64_t>& values, const char* reason) {
  std::sort(values.begin(), values.end());
  ExactDistribution result{.count = values.size(),
                           .min_ns = Maybe<std::int64_t>::none(reason),
                           .max_ns = Maybe<std::int64_t>::none(reason),
                           .mean_ns = Maybe<double>::none(reason),
                           .percentiles_ns = percentiles(values, values.size(), reason)};
  if (values.empty()) return result;
  Int128 sum = 0;
  for (const std::int64_t value : values) sum += value;
  result.min_ns = values.front();
  result.max_ns = values.back();
  result.mean_ns = static_cast<double>(sum) / static_cast<double>(values.size());
  return result;
}

void add_loss(const SequenceStatistics& statistics, const PacketTrace& trace,
              PacketFigures& figures) {
  figures.loss_ratio = maybe(statistics.loss_ratio(), report::kNothingSent);
  for (const LossPeriodEvent& period : figures.loss_periods) {
    figures.loss_distances.push_back(period.since_last_loss);
    figures.loss_distances.insert(figures.loss_distances.end(), period.length - 1, 1);
  }
  for (const std::uint64_t delta : trace.deltas) {
    figures.noticeable_rates.emplace(delta,
                                     maybe(statistics.loss.noticeable_rate(delta), kNothingLost));
  }
}

void add_reordering(const SequenceStatistics& statistics,
                    std::span<const std::uint64_t> first_copies, PacketFigures& figures) {
  const ReorderingStatistics& reordering = statistics.reordering;
  figures.reordered_ratio = maybe(statistics.reordered_ratio(), report::kNothingReceived);
  figures.extents = reordering.extents;
  figures.sequence_discontinuities = reordering.sequence_discontinuities;
  figures.sequence_discontinuity_total = reordering.sequence_discontinuity_total;
  figures.reordering_discontinuities = reordering.reordering_discontinuities;
  for (PacketFigures::Gap& gap : figures.gaps) gap.index = first_copies[gap.event.position - 1];
  figures.free_runs = statistics.free_runs();
  figures.n_reordering = reordering.n_reordering();
}

// Of a receiver alone nothing that needs the instant of sending is known.
void add_no_delay(PacketFigures& figures) {
  std::vector<std::int64_t> none;
  figures.delay = figures.pdv = figures.ipdv = figures.ipdv_magnitude =
      distribution(none, kNotRecorded);
  figures.delay_loss_as_infinite_ns = percentiles(none, 0, kNotRecorded);
  figures.jitter_rfc3550_ns = Maybe<double>::none(kNotRecorded);
}

// `delays` is by index, kNotReceived where there is none.
void add_delay(const SequenceStatistics& statistics, std::span<const std::int64_t> delays,
               PacketFigures& figures) {
  std::vector<std::int64_t> values;
  std::copy_if(delays.begin(), delays.end(), std::back_inserter(values),
               [](std::int64_t delay) { return delay != kNotReceived; });
  figures.delay = distribution(values, report::kNothingReceived);
  figures.negative_delays = statistics.delay.negative;
  figures.delay_loss_as_infinite_ns =
      percentiles(values, values.size() + statistics.lost,
                  statistics.sent == 0 ? report::kNothingSent : report::kLoss);

  const std::int64_t smallest = values.empty() ? 0 : values.front();
  for (std::int64_t& value : values) value -= smallest;
  figures.pdv = distribution(values, report::kNothingReceived);

  values.clear();
  for (std::size_t i = 1; i < delays.size(); ++i) {
    if (delays[i] != kNotReceived && delays[i - 1] != kNotReceived) {
      values.push_back(delays[i] - delays[i - 1]);
    }
  }
  ASSERT(values.size() == statistics.delay.ipdv_defined());
  figures.ipdv = distribution(values, kNoPair);
  figures.ipdv_undefined = statistics.delay.ipdv_undefined();
  for (std::int64_t& value : values) value = std::abs(value);
  figures.ipdv_magnitude = distribution(values, kNoPair);
  figures.jitter_rfc3550_ns = maybe(statistics.delay.jitter_rfc3550_ns(), kFewerThanTwo);
}

// With aligned clocks delays are known up to a constant; their variation is known.
void add_unknown_offset(PacketFigures& figures) {
  std::vector<std::int64_t> none;
  figures.delay = distribution(none, kClocksDiffer);
  figures.negative_delays = 0;
  figures.delay_loss_as_infinite_ns = percentiles(none, 0, kClocksDiffer);
}

// The smallest delay of the arrivals of sent messages.
std::optional<std::int64_t> smallest_delay(const PacketTrace& trace) {
  std::optional<std::int64_t> smallest;
  for (const PacketTrace::Arrival& arrival : trace.arrivals) {
    if (arrival.corrupt || arrival.index >= trace.sent.size()) continue;
    const std::int64_t delay = arrival.at - trace.sent[arrival.index].at;
    smallest = std::min(smallest.value_or(delay), delay);
  }
  return smallest;
}

// Where a clock was set back: how often, and how far at most.
struct StepsBack {
  std::uint64_t count = 0;
  std::int64_t largest = 0;

  void add(const auto& events) {
    for (std::size_t i = 1; i < events.size(); ++i) {
      if (events[i].at >= events[i - 1].at) continue;
      ++count;
      largest = std::max(largest, events[i - 1].at - events[i].at);
    }
  }
};

// Arrivals of which a large part is not what one flow looks like.
void add_doubtful_arrivals(PacketFigures& figures) {
  const std::uint64_t arrivals =
      figures.received + figures.duplicates + figures.late_arrivals + figures.spurious;
  if (figures.spurious > 0 && figures.spurious >= arrivals / 10) {
    figures.warnings.push_back(
        {.code = "many_spurious",
         .message = fmt::format("{} of {} arrivals have a number that was never sent",
                                figures.spurious, arrivals),
         .advice = "check that the rows of both ends are of the same flow and of the same time"});
  }
  if (figures.replicated_packets > 1 && figures.replicated_packets >= figures.received / 2) {
    figures.warnings.push_back(
        {.code = "many_duplicates",
         .message = fmt::format("{} of {} received messages arrived more than once",
                                figures.replicated_packets, figures.received),
         .advice = "check that the file has one flow only: two flows with the same numbers look "
                   "like duplicates"});
  }
}

void add_warnings(const PacketTrace& trace, std::optional<std::int64_t> smallest,
                  PacketFigures& figures) {
  StepsBack steps;
  steps.add(trace.sent);
  steps.add(trace.arrivals);
  if (steps.count > 0) {
    figures.warnings.push_back(
        {.code = "clock_step",
         .message =
             fmt::format("the times go back in {}, by up to {}",
                         report::counted(steps.count, "row"), report::time_text(steps.largest)),
         .advice = "rows are taken in their order; check that each end's are in the order of its "
                   "events, and that --tmax is longer than the step"});
  }
  if (trace.receiver_only) {
    figures.warnings.push_back(
        {.code = "receiver_only",
         .message = "no sent rows: losses before the first and after the last arrival are unknown",
         .advice = "add the sender's rows for delays and for all losses"});
  } else if (trace.arrivals.empty()) {
    figures.warnings.push_back({.code = "no_arrivals",
                                .message = "no arrival was recorded",
                                .advice = "add the receiver's rows"});
  }
  add_doubtful_arrivals(figures);
  if (trace.align_clocks || !smallest) return;
  const bool late = figures.late_arrivals > 0 && *smallest > ns(trace.tmax) / 2;
  if (figures.negative_delays == 0 && !late) return;
  figures.warnings.push_back(
      {.code = "clocks_differ",
       .message = fmt::format("the smallest delay is {}", report::time_text(*smallest)),
       .advice = "if the clocks of the two ends disagree, pass --align-clocks"});
}

// Why the figures would be nonsense, if so: fewer than one in a hundred matches.
std::optional<std::string> mismatch(const PacketTrace& trace, const PacketFigures& figures,
                                    std::optional<std::int64_t> smallest) {
  const std::uint64_t arrivals =
      figures.received + figures.duplicates + figures.late_arrivals + figures.spurious;
  const std::uint64_t all = trace.receiver_only ? figures.expected : arrivals;
  if (all == 0 || (figures.received > 0 && figures.received >= all / 100)) return std::nullopt;
  if (trace.receiver_only) {
    return fmt::format(
        "{} of {} numbers arrived and nothing was sent: not one flow of consecutive numbers",
        figures.received, figures.expected);
  }
  if (figures.late_arrivals > figures.spurious) {
    return fmt::format(
        "{} of {} arrivals came more than Tmax ({}) after their sending, the earliest after {}; if "
        "the clocks of the two ends disagree, pass --align-clocks, otherwise a longer --tmax",
        figures.late_arrivals, arrivals, report::time_text(ns(trace.tmax)),
        report::time_text(*smallest));
  }
  const auto foreign = std::ranges::find_if(trace.arrivals, [&](const auto& arrival) {
    return !arrival.corrupt && arrival.index >= trace.expected;
  });
  return fmt::format(
      "{} of {} arrivals have a number that was never sent ({} first, of {} sent from {} on); are "
      "both ends' rows of the same flow?",
      figures.spurious, arrivals, foreign->index + trace.first_seq, figures.expected,
      trace.first_seq);
}

}  // namespace

Result<PacketFigures> figures_of(const PacketTrace& trace) {
  PacketFigures figures;
  Recorder recorder(figures);
  const auto statistics = std::make_unique<SequenceStatistics>();
  // All sent messages are known: every jump of the sequence number is accepted, and every lost
  // message is remembered.
  SequenceTracker tracker({.tmax = trace.tmax,
                           .n_reordering_max = trace.n_max,
                           .max_jump = std::uint64_t{1} << 32,
                           .remembered_losses = trace.expected},
                          *statistics, &recorder);
  NReorderingOfAll all(trace.n_max);
  std::vector<std::int64_t> delays(trace.sent.size(), kNotReceived);
  const auto smallest = smallest_delay(trace);
  const std::int64_t offset = trace.align_clocks ? smallest.value_or(0) : 0;
  std::vector<std::uint64_t> first_copies;  // indices, by arrival
  for (const PacketTrace::Arrival& arrival : trace.arrivals) {
    if (arrival.corrupt) {
      ++figures.corrupt;
      continue;
    }
    if (arrival.index >= trace.expected) {
      ++figures.spurious;
      continue;
    }
    // Without a sender, a message counts as sent when it arrived: what is missing before it is lost
    // Tmax later.
    const std::int64_t at = arrival.at - offset;
    const PacketTrace::Sent sent = trace.receiver_only
                                       ? PacketTrace::Sent{.at = at, .bytes = arrival.bytes}
                                       : trace.sent[arrival.index];
    const Arrival outcome =
        tracker.arrived(arrival.index, instant_from_ns(sent.at), instant_from_ns(at), sent.bytes);
    if (outcome == Arrival::first || outcome == Arrival::duplicate) all.arrived(arrival.index);
    if (outcome != Arrival::first) continue;
    if (!trace.receiver_only) delays[arrival.index] = at - sent.at;
    first_copies.push_back(arrival.index);
  }
  tracker.finish(trace.expected);

  figures.sent = trace.receiver_only ? Maybe<std::uint64_t>::none(kNotRecorded)
                                     : Maybe<std::uint64_t>(statistics->sent);
  figures.expected = statistics->sent;
  figures.received = statistics->received;
  figures.lost = statistics->lost;
  figures.late = statistics->late;
  figures.late_arrivals = statistics->late_arrivals;
  figures.duplicates = statistics->duplicates;
  figures.replicated_packets = statistics->replicated_packets;
  figures.duplication_fraction =
      maybe(statistics->duplication_fraction(), report::kNothingReceived);
  figures.replicated_packet_rate =
      maybe(statistics->replicated_packet_rate(), report::kNothingReceived);
  figures.n_reordering_with_duplicates = all.counts();
  add_loss(*statistics, trace, figures);
  add_reordering(*statistics, first_copies, figures);
  if (trace.receiver_only) {
    add_no_delay(figures);
  } else {
    add_delay(*statistics, delays, figures);
    if (trace.align_clocks) add_unknown_offset(figures);
  }
  if (const auto problem = mismatch(trace, figures, smallest)) return Error{*problem};
  add_warnings(trace, smallest, figures);
  return figures;
}

}  // namespace sockmark
