// What every run of a plan needs: the loop to wait in, the case, the program, and whether the user
// has interrupted the measurement.

#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/clock.h"
#include "bench/loop/loop.h"
#include "bench/plan/plan.h"

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
  std::function<bool()> interrupted;

  [[nodiscard]] Nanoseconds setup_timeout() const {
    return kSetupTimeout + kSetupPerConnection * static_cast<std::int64_t>(spec.connections);
  }
};

}  // namespace sockmark
