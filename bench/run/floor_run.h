// The floor of a case, measured by a worker process and its child (floor.h).
//
// Blocking; the calling thread's.

#pragma once

#include "base/result.h"
#include "bench/run/run_context.h"
#include "reports/model/report.h"

namespace sockmark {

// Must: why_no_floor() of the case is null.
[[nodiscard]] Result<report::Floor> run_floor_worker(const RunContext& context);

}  // namespace sockmark
