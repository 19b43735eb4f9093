// One recorded flow, what a SequenceTracker makes of it, and what the definitions say.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "measure/sequence_observer.h"
#include "measure/sequence_tracker.h"

namespace sockmark::test {

// Times in ns. Message k has the number first_seq + k.
struct Flow {
  struct Arrived {
    std::int64_t index = 0;  // may lie outside [0, sent)
    std::int64_t at = 0;
    bool corrupt = false;
  };
  std::uint64_t first_seq = 0;
  std::int64_t tmax = 0;
  std::uint32_t n_max = 16;
  std::vector<std::int64_t> sent_at;
  std::vector<std::uint32_t> sizes;
  std::vector<Arrived> arrivals;  // in order
};

// Every event, as the definitions list them.
struct Events {
  std::vector<std::uint64_t> accepted;  // indices of the first in-time copies, by arrival
  std::vector<LossPeriodEvent> loss_periods;
  std::vector<ReorderedEvent> reordered;
  std::vector<GapEvent> gaps;
};

class Recorder final : public SequenceObserver {
 public:
  void on_loss_period(const LossPeriodEvent& event) override {
    events.loss_periods.push_back(event);
  }
  void on_reordered(const ReorderedEvent& event) override { events.reordered.push_back(event); }
  void on_gap(const GapEvent& event) override { events.gaps.push_back(event); }
  Events events;
};

// Feeds the flow as a session would: corrupt arrivals and numbers that were never sent do not reach
// the tracker.
inline Events track(const Flow& flow, SequenceStatistics& statistics) {
  Recorder recorder;
  SequenceTracker tracker(
      {.first_seq = flow.first_seq, .tmax = Nanoseconds(flow.tmax), .n_reordering_max = flow.n_max},
      statistics, &recorder);
  for (const Flow::Arrived& arrival : flow.arrivals) {
    if (arrival.corrupt) continue;
    const auto index = static_cast<std::uint64_t>(arrival.index);
    if (index >= flow.sent_at.size()) {
      ++statistics.spurious;
      continue;
    }
    const Arrival outcome =
        tracker.arrived(flow.first_seq + index, instant_from_ns(flow.sent_at[index]),
                        instant_from_ns(arrival.at), flow.sizes[index]);
    if (outcome == Arrival::first) recorder.events.accepted.push_back(index);
  }
  tracker.finish(flow.sent_at.size());
  return std::move(recorder.events);
}

// What the definitions say, one quantifier at a time: slow, and obvious.
struct Truth {
  std::uint64_t received = 0, lost = 0, late = 0, late_arrivals = 0, duplicates = 0, replicated = 0;
  std::uint64_t sequence_discontinuities = 0, sequence_discontinuity_total = 0;
  std::vector<std::uint64_t> loss_distances;
  std::vector<std::int64_t> delays, ipdv;
  std::optional<double> jitter;
  Events events;
};
Truth truth_of(const Flow& flow);

}  // namespace sockmark::test
