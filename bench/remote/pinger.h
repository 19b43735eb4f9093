// Tells the far end of a control channel that this process is alive, every kPingInterval, also
// while its other threads wait for something else: a slow disk, a terminal that is paused, a search
// between two runs. A process that is stopped sends nothing.
//
// Threading: has a thread of its own. Must: the channel outlives it.

#pragma once

#include <memory>
#include <thread>

#include "base/result.h"
#include "bench/protocol/control.h"

namespace sockmark {

class Pinger {
 public:
  // Errors: the system has no thread left.
  [[nodiscard]] static Result<std::unique_ptr<Pinger>> start(ControlChannel& channel);

 private:
  std::jthread thread_;  // the destructor ends it
};

}  // namespace sockmark
