// Figures and intervals of the run in progress, sent to the runner while it runs. Internal to the
// worker.
//
// Threading: the main thread of the worker.

#pragma once

#include <algorithm>
#include <vector>

#include "base/clock.h"
#include "bench/protocol/control.h"
#include "bench/worker/assignment.h"
#include "bench/worker/recording.h"
#include "measure/series_reader.h"

namespace sockmark {

// Sends figures of the run in progress about every second, and intervals of its series soon after
// they are settled, each if they were asked for. From the main thread: the threads that measure do
// nothing for them, and lose time only where they share its processor.
class ProgressReports {
 public:
  ProgressReports(ControlChannel& control, const Assignment& assignment)
      : control_(control), figures_(assignment.progress), intervals_(assignment.intervals) {}

  void begin(Instant t0) {
    reader_ = {};
    sent_ = 0;
    next_figures_ = figures_ ? t0 + kPeriod : Instant::max();
    next_intervals_ = intervals_ ? t0 + kIntervalsPeriod : Instant::max();
  }
  // When to call send() next; Instant::max() for never.
  [[nodiscard]] Instant next() const { return std::min(next_figures_, next_intervals_); }
  template <class Threads>
  void send(const Threads& threads, Instant at) {
    if (at < next()) return;
    std::vector<const Series*> all;
    for (const auto& thread : threads) all.push_back(thread->series());
    if (at >= next_figures_) {
      next_figures_ = at + kPeriod;
      send_figures(all);
    }
    if (at >= next_intervals_) {
      next_intervals_ = at + kIntervalsPeriod;
      send_intervals(all);
    }
  }

 private:
  static constexpr Nanoseconds kPeriod = std::chrono::seconds(1);
  static constexpr Nanoseconds kIntervalsPeriod = std::chrono::milliseconds(100);
  static constexpr std::size_t kIntervalsMax = 64;  // of a message: tens of KiB

  void send_figures(const std::vector<const Series*>& all) {
    const auto figures = reader_.read(all);
    if (!figures) return;
    const ProgressMessage message{.from_ns = ns(figures->from),
                                  .until_ns = ns(figures->until),
                                  .messages = figures->messages,
                                  .p50_ns = maybe(figures->p50_ns, report::kNothingReceived)};
    // A runner that is gone is noticed elsewhere.
    static_cast<void>(control_.offer(ProgressMessage::kType, body_of(message)));
  }

  void send_intervals(const std::vector<const Series*>& all) {
    std::size_t settled = sent_ + kIntervalsMax;
    for (const Series* series : all)
      settled = std::min(settled, series == nullptr ? 0 : series->settled());
    if (settled <= sent_) return;
    IntervalsMessage message{.first = sent_, .parts = {}};
    for (std::size_t part = sent_; part < settled; ++part)
      message.parts.push_back(part_of(all, part));
    // Those that the channel does not take now are sent next time.
    const auto taken = control_.offer(IntervalsMessage::kType, body_of(message));
    if (taken && *taken) sent_ = settled;
  }

  ControlChannel& control_;
  const bool figures_, intervals_;  // wanted
  Instant next_figures_ = Instant::max(), next_intervals_ = Instant::max();
  SeriesReader reader_;
  std::size_t sent_ = 0;  // intervals
};

}  // namespace sockmark
