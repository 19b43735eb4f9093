// One run of an arm: another program measures the case, as `sockmark run`, and writes a report.
//
// Blocking; the calling thread's.

#pragma once

#include "base/result.h"
#include "bench/run/run_context.h"
#include "reports/model/report.h"

namespace sockmark {

// A report of one case with one run.
[[nodiscard]] Result<report::Report> run_program(const RunContext& context);

}  // namespace sockmark
