// sockmark serve: accepts control connections, lets each client prove that it knows the key, and
// hands each proven connection to a session process of its own (session.h). A session that crashes
// or stalls touches no other, and no client that has not proven itself costs more than a slot
// (half_open.h).
//
// Threading: the main thread of the process. Must: SIGPIPE is ignored.

#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/serve/key.h"
#include "transports/address.h"

namespace sockmark {

struct ServeOptions {
  Address listen;                      // of TCP, or a UNIX stream socket
  const SecretKey* key = nullptr;      // null: none is required
  std::string program;                 // this binary, for the sessions
  std::vector<std::string> arguments;  // of every session, and so of its agent
  std::size_t sessions_max = 8;
  Nanoseconds drain_limit = std::chrono::seconds(60);
};

// The descriptors of a session process: the connection, and the lifeline, over which it receives
// its keys, and whose end means that the server has ended. It writes there why it ends.
inline constexpr int kSessionConnection = 3, kSessionLifeline = 4;

// Serves until a signal: SIGTERM, SIGINT and SIGHUP end it when the sessions have ended, or after
// the drain limit; a second one ends it at once. Returns 0, or the number of the second signal.
// Errors: it could not listen.
[[nodiscard]] Result<int> serve(const ServeOptions& options);

}  // namespace sockmark
