// The messages of the tests of fault injection, and random decisions for them.

#pragma once

#include <cstring>
#include <optional>

#include "base/random.h"
#include "tests/transports/harness.h"
#include "transports/fault_injection.h"

namespace sockmark::testing {

// What the tests send: flow, number, whether it counts, and a last byte that shows damage.
inline constexpr std::size_t kSize = 18;
inline constexpr std::byte kSound{0x5A};

inline Bytes message(std::uint64_t flow, std::uint64_t seq, bool counted = true) {
  Bytes bytes(kSize, kSound);
  std::memcpy(bytes.data(), &flow, sizeof flow);
  std::memcpy(bytes.data() + 8, &seq, sizeof seq);
  bytes[16] = std::byte{counted};
  return bytes;
}

inline MessageIdentity named(Message bytes) {
  MessageIdentity identity;
  std::memcpy(&identity.flow, bytes.data(), sizeof identity.flow);
  std::memcpy(&identity.seq, bytes.data() + 8, sizeof identity.seq);
  identity.counted = bytes[16] != std::byte{0};
  return identity;
}

inline std::optional<MessageIdentity> identify(Message bytes) {
  if (bytes.size() != kSize || bytes.back() != kSound) return std::nullopt;
  return named(bytes);
}

// Each kind by itself, and together with the others.
inline FaultDecision random_decision(Random& random, bool with_delays) {
  const auto once_in = [&](std::uint64_t n) { return random.below(n) == 0; };
  FaultDecision decision;
  decision.drop = once_in(10);
  decision.corrupt = once_in(20);
  decision.truncate = once_in(20);
  if (once_in(5)) decision.hold_for = static_cast<std::uint32_t>(1 + random.below(12));
  if (once_in(8)) decision.copies = static_cast<std::uint32_t>(1 + random.below(3));
  if (!with_delays) return decision;
  if (once_in(3)) decision.delay = Nanoseconds(random.below(20'000'000));
  if (once_in(2)) decision.copy_delay = Nanoseconds(random.below(20'000'000));
  return decision;
}

}  // namespace sockmark::testing
