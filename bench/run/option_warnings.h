// Socket options that an end did not get as requested: the kernel limits some without an error. On
// the runner's machine the checks before the run find this (bench/checks/preflight.h). Pure
// functions, any thread.

#pragma once

#include <vector>

#include "bench/plan/plan.h"
#include "reports/model/report.h"

namespace sockmark {

[[nodiscard]] std::vector<report::Warning> option_warnings(
    const CaseSpec& spec, const report::SocketOptionValues& generator,
    const report::SocketOptionValues& responder);

}  // namespace sockmark
