// What --impair asks for, as a value, and what it makes of each message.
//
//   loss=RATIO             never forwarded
//   duplicate=RATIO[:TIME] forwarded twice, at once or TIME later
//   reorder=RATIO:DISTANCE forwarded behind DISTANCE messages that came after it, 1 to 1000
//   corrupt=RATIO          one bit is flipped
//   truncate=RATIO         the last byte is cut off
//   cut=NUMBER             of each connection's messages of the window, counted from 0, this one
//   and
//                          all after it are never forwarded: a loss that no later arrival shows
//   delay=TIME[:JITTER]    forwarded so much later, uniform in [TIME - JITTER, TIME + JITTER]
//   seed=N                 1 if absent
//
// RATIO is a part of the messages: 0.01 or 1%. A message suffers at most one of the first five, so
// that a ledger and a meter can be compared message by message; delay is independent of them, and
// cut comes before all others.
//
// Pure functions; any thread.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "transports/fault_injection.h"

namespace sockmark {

struct ImpairmentSpec {
  // Parts of the messages, 0 to 1; together at most 1.
  double loss = 0, duplicate = 0, reorder = 0, corrupt = 0, truncate = 0;
  Nanoseconds duplicate_delay{0};
  std::uint32_t reorder_distance = 1;     // messages
  Nanoseconds delay{0}, jitter{0};        // jitter <= delay
  std::optional<std::uint64_t> cut = {};  // number of a message
  std::uint64_t seed = 1;

  bool operator==(const ImpairmentSpec&) const = default;
};

inline constexpr std::uint32_t kMostReorderDistance = 1000;
// Messages that are delayed are kept; beyond the longest Tmax they would be lost anyway.
inline constexpr Nanoseconds kLongestImpairment = std::chrono::minutes(1);

// "loss=1%,reorder=2%:3,seed=42", in any order. Errors name the part and what was expected there.
[[nodiscard]] Result<ImpairmentSpec> parse_impairment(std::string_view text);

// The same in a fixed order, without what is at its default but for the seed: "loss=0.01,seed=42".
// Must: a specification that parse_impairment() could have given; parsing the text gives it again.
[[nodiscard]] std::string text_of(const ImpairmentSpec& spec);

enum class Direction : std::uint8_t {
  forward,  // to the responder
  reverse,  // to the generator
};

// Messages that are not counted are not damaged: a damaged one could not be recognised as warm-up.
//
// Uses a random generator seeded by the seed, the flow and the number: the two ends of a path
// agree, and the decisions for two messages are independent. One-way messages have all faults on
// the way forward. A message of a round trip has its one fault on the way forward or in reverse,
// half of them each, so that a ratio counts messages in every workload; its delay is on the way
// forward.
[[nodiscard]] FaultDecision decide_fault(const ImpairmentSpec& spec,
                                         const MessageIdentity& identity, Direction direction,
                                         bool round_trip);

// The identity of a message of sockmark; absent unless it is intact. `first_flow` is the lowest
// flow id of the run: it is random per run, and a decision must depend on the seed alone.
[[nodiscard]] std::optional<MessageIdentity> identity_of(Message message, std::uint32_t first_flow);

}  // namespace sockmark
