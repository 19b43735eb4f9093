// The body of a worker process: the generator or the responder of one run, or the floor of a case.
// For the memory transport one process runs generator and responder, on two threads.
//
// The runner is at the other end of the control channel. When it closes the channel early, the
// worker removes the socket files of the run and exits at once, whatever its threads are doing.

#pragma once

#include <string>

#include "bench/protocol/control.h"
#include "bench/worker/run_limits.h"

namespace sockmark {

// Each returns when the run is over and the runner has closed the channel. An error is sent to the
// runner; the return value is whether there was none.
[[nodiscard]] bool run_generator(ControlChannel& control);
// `directory`: for a socket file, if the runner, on another machine, names none. `limits`: of a run
// of sockmark serve, or null.
[[nodiscard]] bool run_responder(ControlChannel& control, std::string directory = {},
                                 const RunLimits* limits = nullptr);
[[nodiscard]] bool run_floor(ControlChannel& control);

}  // namespace sockmark
