// What every run of a plan needs: the loop to wait in, the case, the program, and what the user
// wants meanwhile: to see its progress, to interrupt it.

#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/clock.h"
#include "bench/loop/loop.h"
#include "bench/plan/plan.h"
#include "bench/remote/ends.h"
#include "measure/series_reader.h"
#include "reports/model/report.h"

namespace sockmark {

// Time for starting processes, and for establishing connections: milliseconds, and tens of
// microseconds for each connection.
inline constexpr Nanoseconds kSetupTimeout = std::chrono::seconds(10);
inline constexpr Nanoseconds kSetupPerConnection = std::chrono::milliseconds(1);
// Time for an end beyond its planned duration.
inline constexpr Nanoseconds kOverrunTimeout = std::chrono::seconds(5);

struct RunContext {
  Loop* loop = nullptr;
  CaseSpec spec;
  std::uint64_t seed = 1;  // of the schedule of an open loop
  std::string program;     // this binary, or the program of an arm
  // The user has interrupted the measurement; once more, and wants it to end at once.
  std::function<bool()> interrupted, abandoned;
  // Receives the figures of an interval of the run in progress about every second. Absent: the ends
  // do not send them.
  std::function<void(const IntervalFigures&)> progress = {};
  // Called when the window is known; absent: not called.
  std::function<void(Instant t0)> began = {};
  // Receives the points of the series of the run in progress, the first ones first, when nothing
  // in them can change any more; not all of them, and never the last. Absent: the ends do not send
  // them.
  std::function<void(std::size_t index, const report::SeriesPoint&)> interval = {};
  const Ends* ends = nullptr;  // null: both on this machine

  [[nodiscard]] bool ends_apart() const { return ends != nullptr && ends->apart(); }
  [[nodiscard]] Nanoseconds setup_timeout() const {
    return kSetupTimeout + spec.ramp_time() +
           kSetupPerConnection * static_cast<std::int64_t>(spec.connections);
  }
};

}  // namespace sockmark
