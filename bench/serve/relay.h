// Passes bytes between plain descriptors and a sealed connection until both directions have ended:
// the body of `sockmark dial` and of a session of `sockmark serve`. What is between the descriptors
// knows nothing of keys.
//
// Memory is bounded: a direction that cannot be written is not read.
//
// Threading: one thread, which blocks in it. Must: SIGPIPE is ignored.

#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/result.h"
#include "bench/serve/handshake.h"
#include "bench/serve/key.h"

namespace sockmark {

struct RelayOptions {
  Descriptor connection;      // non-blocking
  Descriptor input, output;   // plain; become non-blocking
  int lifeline = -1;          // when it can be read or has been closed, the relay ends at once
  std::string received;       // of the connection, after its handshake
  Nanoseconds silence_limit;  // without a whole record of the peer
  Instant deadline = Instant::max();
};

// Returns when both directions have ended in order. Errors: why it ended otherwise.
[[nodiscard]] Result<> relay(RelayOptions options, const SecretKey& sending,
                             const SecretKey& receiving);

}  // namespace sockmark
