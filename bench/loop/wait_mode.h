// The ways in which a thread can wait; drive.h implements them.

#pragma once

#include <array>
#include <cstdint>

#include "base/enum_names.h"

namespace sockmark {

// How a thread waits when there is nothing to do (docs/terminology.md#workloads-and-waiting).
enum class WaitMode : std::uint8_t {
  sleep,   // in the poller
  block,   // in a blocking receive of the only descriptor: one system call fewer
  hybrid,  // spins for a bounded time, then sleeps
  spin,    // never sleeps
};

[[nodiscard]] constexpr auto enum_names(WaitMode) {
  return std::to_array<EnumName<WaitMode>>({{WaitMode::sleep, "sleep"},
                                            {WaitMode::block, "block"},
                                            {WaitMode::hybrid, "hybrid"},
                                            {WaitMode::spin, "spin"}});
}

inline constexpr auto kWaitModes = values_of<WaitMode>();

}  // namespace sockmark
