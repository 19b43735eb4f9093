// Constants that the generator and the responder share.

#pragma once

#include <chrono>
#include <cstddef>

#include "base/clock.h"
#include "bench/plan/plan.h"
#include "transports/transport.h"

namespace sockmark {

// Period of the timer that detects the edges of the window, messages given up and stop requests
// when no other event does.
inline constexpr Nanoseconds kTick = std::chrono::milliseconds(10);

// For how long a thread may wait for an event and not observe itself.
[[nodiscard]] constexpr Nanoseconds longest_wait(WaitMode mode) {
  return mode == WaitMode::block ? kBlockingReceiveLimit : kTick;
}

// For what is in flight when a run is interrupted, if Tmax is longer.
inline constexpr Nanoseconds kInterruptedDrain = std::chrono::milliseconds(200);

// In spin and hybrid, up to this number of descriptors are tried one by one; for more, the poller
// is cheaper.
inline constexpr std::size_t kTriedDirectlyMax = 16;

// Whether a thread with this number of connections does not register them with the poller. It never
// waits for them, and the kernel would run a callback of the poller within the peer's send call for
// every message (docs/decisions/0004-own-descriptors-polled-by-libuv.md).
[[nodiscard]] constexpr bool only_tried(WaitMode mode, std::size_t connections) {
  return mode == WaitMode::spin && connections <= kTriedDirectlyMax;
}

}  // namespace sockmark
