// A window of N messages (--messages): how many each connection sends, and when the window ends
// (docs/decisions/0032-messages-of-a-window.md).
//
// Pure functions; any thread.

#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "bench/plan/case_spec.h"

namespace sockmark {

inline constexpr std::uint64_t kMaxMessages = 1'000'000'000'000;
// With random arrivals, whose schedule is computed before the run at about 100 ns a message.
inline constexpr std::uint64_t kMaxRandomMessages = 10'000'000;

struct MessageWindow {
  // Of an open loop: until the last message is due, at most the duration of the case and at least
  // 1 ms. Of a closed loop, the duration, before which the window may end.
  Nanoseconds length{0};
  std::vector<std::uint64_t> messages;  // of the window, by connection
};

// `seed`: of the run. Must: CaseSpec::messages, and the limits of a case hold.
[[nodiscard]] MessageWindow message_window(const CaseSpec& spec, std::uint64_t seed);

// The duration of a case with CaseSpec::messages for which the user gave none: an upper limit.
[[nodiscard]] Nanoseconds default_time_limit(const CaseSpec& spec);

}  // namespace sockmark
