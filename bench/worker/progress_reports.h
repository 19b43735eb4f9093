// Figures and intervals of the run in progress, sent to the runner while it runs. Internal to the
// worker.
//
// Threading: the main thread of the worker.

#pragma once

#include <algorithm>
#include <vector>

#include "base/clock.h"
#include "bench/load/tcp_course.h"
#include "bench/protocol/control.h"
#include "bench/worker/assignment.h"
#include "bench/worker/recording.h"
#include "measure/series_reader.h"

namespace sockmark {

// Sends figures of the run in progress about every second, and intervals of its series soon after
// they are settled, with what TCP knows at their edges, each if it was asked for. From the main
// thread: the threads that measure do nothing for them, and lose time only where they share its
// processor.
class ProgressReports {
 public:
  ProgressReports(ControlChannel& control, const Assignment& assignment)
      : control_(control),
        figures_(assignment.progress),
        intervals_(assignment.intervals),
        tcp_(assignment.tcp) {}

  void begin(Instant t0) {
    reader_ = {};
    sent_ = edges_sent_ = 0;
    next_figures_ = figures_ ? t0 + kPeriod : Instant::max();
    next_intervals_ = intervals_ || tcp_ ? t0 + kIntervalsPeriod : Instant::max();
  }
  // When to call send() next; Instant::max() for never.
  [[nodiscard]] Instant next() const { return std::min(next_figures_, next_intervals_); }
  template <class Threads>
  void send(const Threads& threads, Instant at) {
    if (at < next()) return;
    std::vector<const Series*> all;
    std::vector<const TcpCourse*> courses;
    for (const auto& thread : threads) {
      all.push_back(thread->series());
      courses.push_back(thread->tcp());
    }
    if (at >= next_figures_) {
      next_figures_ = at + kPeriod;
      send_figures(all);
    }
    if (at >= next_intervals_) {
      next_intervals_ = at + kIntervalsPeriod;
      send_intervals(all, courses);
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

  void send_intervals(const std::vector<const Series*>& all,
                      const std::vector<const TcpCourse*>& courses) {
    std::size_t settled = intervals_ ? sent_ + kIntervalsMax : 0;
    for (const Series* series : all)
      settled = std::min(settled, series == nullptr ? 0 : series->settled());
    std::size_t looks = tcp_ ? edges_sent_ + kIntervalsMax : 0;
    for (const TcpCourse* course : courses)
      looks = std::min(looks, course == nullptr ? 0 : course->looks());
    if (settled <= sent_ && looks <= edges_sent_) return;
    IntervalsMessage message{.first = sent_, .parts = {}, .first_edge = edges_sent_};
    for (std::size_t part = sent_; part < settled; ++part)
      message.parts.push_back(part_of(all, part));
    for (std::size_t edge = edges_sent_; edge < looks; ++edge) {
      TcpTotals& totals = message.at_edges.emplace_back();
      for (const TcpCourse* course : courses) totals.add(course->look(edge));
    }
    // Those that the channel does not take now are sent next time.
    const auto taken = control_.offer(IntervalsMessage::kType, body_of(message));
    if (!taken || !*taken) return;
    sent_ += message.parts.size();
    edges_sent_ += message.at_edges.size();
  }

  ControlChannel& control_;
  const bool figures_, intervals_, tcp_;  // wanted
  Instant next_figures_ = Instant::max(), next_intervals_ = Instant::max();
  SeriesReader reader_;
  std::size_t sent_ = 0;        // intervals
  std::size_t edges_sent_ = 0;  // of intervals
};

}  // namespace sockmark
