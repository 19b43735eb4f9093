// The specification of injected faults, as --impair takes it. fault_decision.h decides from it what
// happens to each message.
//
//   loss=RATIO             dropped
//   duplicate=RATIO[:TIME] forwarded twice, at once or TIME later
//   reorder=RATIO:DISTANCE forwarded after DISTANCE later messages, 1 to 1000
//   corrupt=RATIO          one bit is flipped
//   truncate=RATIO         the last byte is removed
//   cut=NUMBER             drops message NUMBER of the window (from 0) of each connection and all
//                          after it: loss at the end, which no later arrival reveals
//   delay=TIME[:JITTER]    delayed, uniform in [TIME - JITTER, TIME + JITTER]
//   seed=N                 1 if absent
//
// RATIO is a fraction of the messages: 0.01 or 1%. At most one of the first five applies to a
// message, so that ledger and measurement can be compared message by message. delay is independent
// of them; cut takes precedence over all.
//
// Pure functions; any thread.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace sockmark {

struct ImpairmentSpec {
  // Fractions of the messages, 0 to 1; the sum is at most 1.
  double loss = 0, duplicate = 0, reorder = 0, corrupt = 0, truncate = 0;
  Nanoseconds duplicate_delay{0};
  std::uint32_t reorder_distance = 1;     // messages
  Nanoseconds delay{0}, jitter{0};        // jitter <= delay
  std::optional<std::uint64_t> cut = {};  // number of a message
  std::uint64_t seed = 1;

  bool operator==(const ImpairmentSpec&) const = default;
};

inline constexpr std::uint32_t kMaxReorderDistance = 1000;
// Delayed messages are kept in memory. A longer delay exceeds every Tmax: the message is lost.
inline constexpr Nanoseconds kMaxInjectedDelay = std::chrono::minutes(1);

// "loss=1%,reorder=2%:3,seed=42", in any order. Errors name the part and what was expected.
[[nodiscard]] Result<ImpairmentSpec> parse_impairment(std::string_view text);

// The text in a fixed order, without values at their defaults except the seed: "loss=0.01,seed=42".
// parse_impairment() reads the same specification back. Must: parse_impairment() can return `spec`.
[[nodiscard]] std::string text_of(const ImpairmentSpec& spec);

}  // namespace sockmark
