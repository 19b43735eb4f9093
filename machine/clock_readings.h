// Readings of the machine's clocks beside CLOCK_MONOTONIC, and what the kernel says of their
// discipline (docs/definitions/clocks.md#straightness). Any thread; no rights needed.

#pragma once

#include <time.h>

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace sockmark {

struct ClockPair {
  Instant monotonic;
  Nanoseconds other{0};  // of the other clock at that instant
  Nanoseconds error{0};  // of the reading
};

// CLOCK_MONOTONIC before and after another clock: the closest of several tries, as a thread may be
// interrupted between two of them.
[[nodiscard]] ClockPair read_clocks(clockid_t other);

// adjtimex(2), which changes nothing with modes = 0: how far CLOCK_REALTIME may be from true time.
struct ClockDiscipline {
  std::int64_t maxerror_us = 0;
  bool synchronised = false;  // STA_UNSYNC is not set
};
// None where the kernel refuses it, as a container may.
[[nodiscard]] std::optional<ClockDiscipline> read_clock_discipline();

}  // namespace sockmark
