// The ways in which a thread can wait; drive.h has what they do.

#pragma once

#include <cstdint>
#include <string_view>

namespace sockmark {

// How a thread waits when there is nothing to do (docs/terminology.md#workloads-and-waiting).
enum class WaitMode : std::uint8_t {
  sleep,   // in the poller
  block,   // in a blocking receive of the only descriptor: one system call fewer
  hybrid,  // spins for a bounded time, then sleeps
  spin,    // never sleeps
};

inline constexpr WaitMode kWaitModes[] = {WaitMode::sleep, WaitMode::block, WaitMode::hybrid,
                                          WaitMode::spin};

[[nodiscard]] constexpr std::string_view name_of(WaitMode mode) {
  switch (mode) {
    case WaitMode::sleep:
      return "sleep";
    case WaitMode::block:
      return "block";
    case WaitMode::hybrid:
      return "hybrid";
    case WaitMode::spin:
      return "spin";
  }
  return "";
}

}  // namespace sockmark
