// Waiting with poll(2) until an instant. Any thread; no state.

#pragma once

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace sockmark {

// The timeout of poll(2) that ends at `until`, in milliseconds, rounded up: 0 if it has passed, -1
// (no timeout) for Instant::max(). Limited to an hour; the caller looks at the clock again.
[[nodiscard]] inline int poll_timeout(Instant until, Instant at) {
  if (until == Instant::max()) return -1;
  const auto left = std::clamp<Nanoseconds>(until - at, Nanoseconds(0), std::chrono::hours(1));
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
}

// Waits until the descriptor has one of these events, or an error. Returns false after the
// deadline. A signal only shortens one wait.
[[nodiscard]] inline bool wait_for(int descriptor, short events, Instant deadline) {
  for (;;) {
    const Instant at = now();
    pollfd entry{descriptor, events, 0};
    if (::poll(&entry, 1, poll_timeout(deadline, at)) > 0) return true;
    if (at >= deadline) return false;
  }
}

}  // namespace sockmark
