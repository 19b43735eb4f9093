// Figures of the run in progress, sent to the runner while it runs. Internal to the worker.
//
// Threading: the main thread of the worker.

#pragma once

#include <vector>

#include "base/clock.h"
#include "bench/protocol/control.h"
#include "bench/worker/assignment.h"
#include "measure/series_reader.h"

namespace sockmark {

// Sends figures of the run in progress about every second, if they were asked for, from the main
// thread: the threads that measure do nothing for them, and lose time only where they share its
// processor.
class ProgressReports {
 public:
  ProgressReports(ControlChannel& control, const Assignment& assignment)
      : control_(control), wanted_(assignment.progress) {}

  void begin(Instant t0) {
    reader_ = {};
    next_ = wanted_ ? t0 + kPeriod : Instant::max();
  }
  // When to call send() next; Instant::max() for never.
  [[nodiscard]] Instant next() const { return next_; }
  template <class Threads>
  void send(const Threads& threads, Instant at) {
    if (at < next_) return;
    next_ = at + kPeriod;
    std::vector<const Series*> all;
    for (const auto& thread : threads) all.push_back(thread->series());
    const auto figures = reader_.read(all);
    if (!figures) return;
    const ProgressMessage message{.from_ns = ns(figures->from),
                                  .until_ns = ns(figures->until),
                                  .messages = figures->messages,
                                  .p50_ns = maybe(figures->p50_ns, report::kNothingReceived)};
    // A runner that is gone is noticed elsewhere.
    static_cast<void>(control_.offer(ProgressMessage::kType, body_of(message)));
  }

 private:
  static constexpr Nanoseconds kPeriod = std::chrono::seconds(1);

  ControlChannel& control_;
  const bool wanted_;
  Instant next_ = Instant::max();
  SeriesReader reader_;
};

}  // namespace sockmark
