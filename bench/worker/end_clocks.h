// What each end of a run does, in its main thread, to compare its clock with that of the other end
// (docs/definitions/clocks.md): exchanges over UDP beside the data, and readings of its own clocks.
// The threads that measure take no part.
//
// Used where an end was started elsewhere. A connection for the exchanges that cannot be made (a
// firewall) is no error: there is then no one-way delay, and the report says why.
// Threading: one thread.

#pragma once

#include <poll.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bench/load/time_exchange.h"
#include "bench/worker/assignment.h"
#include "bench/worker/run_clock.h"
#include "measure/clock_lines.h"
#include "measure/clock_straightness.h"

namespace sockmark {

// Whether the ends of this run need it: an end is elsewhere, and the clock is not one because the
// ends share a kernel, as those of a UNIX socket do.
[[nodiscard]] bool compares_clocks(const Assignment& assignment);

// Reads the clocks of this machine.
class OwnClockReader {
 public:
  OwnClockReader();
  // Reads them if it is time. Returns when to call it next.
  Instant observe(Instant at);
  [[nodiscard]] OwnClocks finish();

 private:
  void sample();

  ClockStraightness straightness_;
  OwnClocks own_;
  Nanoseconds boot_time_ahead_;  // CLOCK_BOOTTIME - CLOCK_MONOTONIC at the beginning
  Instant next_;
};

class GeneratorClocks {
 public:
  // Connects to the responder's TimeServer and makes the round before the run. Blocks.
  explicit GeneratorClocks(const Assignment& assignment);

  [[nodiscard]] Maybe<std::int64_t> estimate() const { return estimate_; }
  // -1 without a connection.
  [[nodiscard]] int descriptor() const { return client_ ? client_->descriptor() : -1; }
  // Takes replies, sends a request if it is time. Returns when to call it next.
  Instant observe(Instant at);
  // Makes the round after the run. Blocks. `end` of the drain.
  [[nodiscard]] GeneratorClock finish(Instant t0, Instant end);

 private:
  OwnClockReader own_;
  const bool same_identity_;
  std::optional<TimeClient> client_;
  std::string path_;
  ClockConstraints constraints_;
  std::uint64_t before_ = 0;
  Maybe<std::int64_t> estimate_;
  Instant next_;
};

class ResponderClocks {
 public:
  // Beside a data listener at `data`.
  ResponderClocks(const Address& data, const Assignment& assignment);

  // Of the TimeServer; empty if there is none.
  [[nodiscard]] std::string address() const;
  void watch(std::vector<pollfd>& entries) const;
  // Answers requests, reads clocks. Returns when to call it next at the latest.
  Instant observe(Instant at);
  [[nodiscard]] OwnClocks finish() { return own_.finish(); }

 private:
  OwnClockReader own_;
  std::optional<TimeServer> server_;
};

}  // namespace sockmark
