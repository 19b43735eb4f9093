// The responder of a run, in its worker process (worker.h). Internal to the worker.

#pragma once

#include <string>

#include "base/result.h"
#include "bench/protocol/control.h"
#include "bench/worker/run_limits.h"

namespace sockmark {

// As generate(). `limits`: of a run of sockmark serve, or null.
[[nodiscard]] Result<> respond(ControlChannel& control, std::string& directory,
                               const RunLimits* limits);

}  // namespace sockmark
