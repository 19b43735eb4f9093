#include "machine/clock_readings.h"

#include <sys/timex.h>

namespace sockmark {

namespace {

constexpr int kTries = 8;

}  // namespace

ClockPair read_clocks(clockid_t other) {
  ClockPair closest{.monotonic = {}, .other = {}, .error = Nanoseconds::max()};
  for (int i = 0; i < kTries; ++i) {
    timespec time{};
    const Instant before = now();
    ::clock_gettime(other, &time);
    const Nanoseconds half = (now() - before) / 2;
    if (half >= closest.error) continue;
    closest = {.monotonic = before + half,
               .other = std::chrono::seconds(time.tv_sec) + Nanoseconds(time.tv_nsec),
               .error = half};
  }
  return closest;
}

std::optional<ClockDiscipline> read_clock_discipline() {
  timex state{};
  if (::adjtimex(&state) < 0) return std::nullopt;
  return ClockDiscipline{.maxerror_us = state.maxerror,
                         .synchronised = (state.status & STA_UNSYNC) == 0};
}

}  // namespace sockmark
