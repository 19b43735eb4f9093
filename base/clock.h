// The one clock: CLOCK_MONOTONIC in signed nanoseconds (docs/definitions/conventions.md#time).
//
// Instants are parameters. Only the loop and the transports call now(); everything else receives
// the time from its caller, so that tests can choose it.

#pragma once

#include <time.h>

#include <chrono>
#include <cstdint>

namespace sockmark {

// libstdc++ and libc++ read CLOCK_MONOTONIC here on Linux, which all processes of one boot (and
// one time namespace) share; an Instant may therefore cross to another process of this machine.
using Clock = std::chrono::steady_clock;
using Instant = Clock::time_point;
using Nanoseconds = std::chrono::nanoseconds;
static_assert(std::is_same_v<Clock::duration, Nanoseconds>);
static_assert(sizeof(Nanoseconds::rep) == 8);

// As Clock::now(), without the call into the standard library: it runs once for each system call.
[[nodiscard]] inline Instant now() {
  timespec time;
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return Instant(std::chrono::seconds(time.tv_sec) + Nanoseconds(time.tv_nsec));
}

[[nodiscard]] constexpr std::int64_t ns(Nanoseconds duration) { return duration.count(); }
[[nodiscard]] constexpr std::int64_t ns(Instant instant) {
  return instant.time_since_epoch().count();
}
[[nodiscard]] constexpr Instant instant_from_ns(std::int64_t value) {
  return Instant(Nanoseconds(value));
}

}  // namespace sockmark
