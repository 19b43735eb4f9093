// Introduces a connection to a responder that sends a stream: until the responder knows which
// connection of the case has reached it, it has nothing to send on it.
//
// The generator sends a message with a flow id of its own, and the responder sends it back. Over
// datagrams either may be lost: the message is then sent again.

#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/result.h"
#include "bench/load/session.h"
#include "transports/transport.h"

namespace sockmark {

// Blocks until the responder has answered. Must: the channel is established. Errors: it was closed,
// or there was no answer before the deadline.
[[nodiscard]] Result<> introduce(Channel& channel, Scratch& scratch, FlowIds flows,
                                 std::uint64_t connection, Instant deadline);

}  // namespace sockmark
