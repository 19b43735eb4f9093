// A session of sockmark serve: one authenticated client. Passes what it sends to an agent
// (bench/remote/agent.h), as a launcher would, and back.
//
// Threading: the main thread of a process of its own, which server.h starts.

#pragma once

#include <string>
#include <vector>

#include "base/clock.h"

namespace sockmark {

struct SessionOptions {
  std::string program;                 // this binary, for the agent
  std::vector<std::string> arguments;  // of the agent
  Nanoseconds time_limit{0};
};

// Returns when the session is over and its agent has ended; an exit status of the process. Must:
// the descriptors of server.h are open, and SIGPIPE is ignored.
[[nodiscard]] int run_session(const SessionOptions& options);

}  // namespace sockmark
