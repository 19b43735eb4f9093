// A worker process: plays the generator or the responder of one run, as told over a control
// channel. (For the memory transport one process plays both, on two threads.) Or it measures the
// floor of a case, with a child of its own as the other end.
//
// The other side of the channel is the runner. When it is gone, so is the reason to exist: the
// worker removes what it knows of the run's socket files and ends at once, whatever its threads are
// doing.

#pragma once

#include "base/result.h"
#include "bench/protocol/control.h"

namespace sockmark {

// Each returns when the run is over and the runner has closed the channel. What fails is told to
// the runner; the answer is whether everything went well.
[[nodiscard]] bool play_generator(ControlChannel& control);
[[nodiscard]] bool play_responder(ControlChannel& control);
[[nodiscard]] bool play_floor(ControlChannel& control);

}  // namespace sockmark
