// The body of a worker process: the generator or the responder of one run, or the floor of a case.
// For the memory transport one process runs generator and responder, on two threads.
//
// The runner is at the other end of the control channel. When it closes the channel early, the
// worker removes the socket files of the run and exits at once, whatever its threads are doing.

#pragma once

#include "bench/protocol/control.h"

namespace sockmark {

// Each returns when the run is over and the runner has closed the channel. An error is sent to the
// runner; the return value is whether there was none.
[[nodiscard]] bool run_generator(ControlChannel& control);
[[nodiscard]] bool run_responder(ControlChannel& control);
[[nodiscard]] bool run_floor(ControlChannel& control);

}  // namespace sockmark
