// Decides which faults --impair applies to each message
// (transports/fault_injection.h).
//
// Pure functions; any thread.

#pragma once

#include <cstdint>
#include <optional>

#include "bench/plan/impairment.h"
#include "transports/fault_injection.h"

namespace sockmark {

enum class Direction : std::uint8_t {
  forward,  // to the responder
  reverse,  // to the generator
};

enum class Trip : std::uint8_t { one_way, round_trip };

// The faults of a message in one direction. Messages that are not counted are not damaged: a
// damaged one cannot be recognised as a message of the warm-up.
//
// The random numbers depend on the seed, the flow and the number of the message alone: both ends
// agree without communicating, and the decisions for two messages are independent. In a one-way
// exchange every fault happens in the direction of the message; the streams of two directions have
// different flows. In a round trip the one fault of a message
// happens in either direction with equal probability, so that a ratio is a fraction of messages in
// every workload; its delay is in the forward direction.
[[nodiscard]] FaultDecision decide_fault(const ImpairmentSpec& spec,
                                         const MessageIdentity& identity, Direction direction,
                                         Trip trip);

// Flow and number of a message of sockmark; absent if it is damaged. `first_flow` is the lowest
// flow id of the run: it is random, and a decision depends on the seed alone.
[[nodiscard]] std::optional<MessageIdentity> identity_of(Message message, std::uint32_t first_flow);

}  // namespace sockmark
