// The assignment of a worker process: what the runner asks it to do, as received over the control
// channel.
//
// Threading: the main thread of the worker.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/load/fault_setup.h"
#include "bench/load/session.h"
#include "bench/plan/fault_decision.h"
#include "bench/plan/plan.h"
#include "bench/protocol/control.h"
#include "bench/worker/control_messages.h"
#include "bench/worker/run_limits.h"
#include "transports/transport.h"

namespace sockmark {

// The longest time between two messages of a runner that is alive, except during the run itself,
// where they follow each other within milliseconds.
inline constexpr Nanoseconds kControlTimeout = std::chrono::seconds(30);

struct WorkerRole {
  const char* name;
  int Pin::*cpu;
  bool listens;
};
inline constexpr WorkerRole kGeneratorRole{"generator", &Pin::generator, false};
inline constexpr WorkerRole kResponderRole{"responder", &Pin::responder, true};
inline constexpr WorkerRole kFloorRole{"floor", &Pin::generator, true};

struct Assignment {
  CaseSpec spec;
  ChannelOptions channel;
  FlowIds flows;
  std::uint64_t seed = 1;
  bool clock_shared = true, same_identity = true;  // as in PrepareMessage
  std::uint64_t generator = 0;                     // likewise
  bool progress = false;                           // send progress messages during the run
  bool intervals = false;                          // send intervals of the series during the run
  bool tcp = false;                                // and what TCP knows at their edges
  std::vector<Address> addresses;                  // one for each thread
  bool apart = false;                              // this and `hosts` as in PrepareMessage
  std::vector<std::string> hosts;
  std::string time_address = {};  // as in PrepareMessage
  std::vector<int> cpus = {};     // of this process, before it was pinned to one

  // The faults to inject in one direction; empty without --impair.
  [[nodiscard]] FaultDecider fault_decider(Direction direction) const;
};

// Sends the greeting, receives the assignment, and prepares the process for it: the directory of
// its socket files, the descriptor limit, the CPU. `directory` is that of the runner, if it names
// one; set as soon as it is known, so that the caller can remove it after an error too. `limits`:
// of a run of sockmark serve, whose client names no directory; null otherwise.
[[nodiscard]] Result<Assignment> receive_assignment(ControlChannel& control, const WorkerRole& role,
                                                    std::string& directory,
                                                    const RunLimits* limits = nullptr);

// The next message of the runner, which must be of this type.
template <class M>
[[nodiscard]] Result<M> await_message(ControlChannel& control, Nanoseconds timeout) {
  const auto frame = TRY(control.receive(now() + timeout));
  return as_message<M>(frame);
}

}  // namespace sockmark
