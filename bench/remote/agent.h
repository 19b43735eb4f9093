// The far side of a launcher: `sockmark worker --stdio`, whose standard input and output are the
// control channel to the runner. It starts a fresh worker for each run, and passes the messages of
// the run through. One agent serves a whole plan: starting a launcher takes up to seconds, a queue
// or a password.
//
// The agent ends with the channel: when the runner closes it, dies, or is silent for
// kRunnerSilenceLimit, the agent ends the worker, removes the run's socket files and exits. So
// nothing is left behind at the far side, whatever happens to the launcher or the path.
//
// Threading: the main thread of the process.

#pragma once

#include <string>
#include <vector>

#include "base/descriptor.h"
#include "bench/protocol/messages.h"
#include "bench/remote/agent_messages.h"

namespace sockmark {

struct AgentOptions {
  std::string program;  // this binary, for the workers
  HelloMessage hello;
  HostMessage host;
  // Of sockmark serve, whose clients may start responders only: arguments of every worker.
  bool responders_only = false;
  std::vector<std::string> worker_arguments{};
};

// Returns when the channel has ended; an exit status of the process. Must: SIGINT, SIGTERM and
// SIGHUP are ignored, as they may be sent to the whole process group.
[[nodiscard]] int run_agent(const AgentOptions& options);

}  // namespace sockmark
