// The generator of a run, in its worker process (worker.h). Internal to the worker.

#pragma once

#include <string>

#include "base/result.h"
#include "bench/protocol/control.h"

namespace sockmark {

// Follows the runner from the greeting to the result. `directory`: of the run's socket files; set
// as soon as it is known. Errors: one line for the runner.
[[nodiscard]] Result<> generate(ControlChannel& control, std::string& directory);

}  // namespace sockmark
