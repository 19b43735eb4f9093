// The parameters of a case as a report has them, which is also how they are sent to a worker. Pure
// functions, any thread.

#pragma once

#include "base/result.h"
#include "bench/plan/plan.h"
#include "reports/model/report.h"

namespace sockmark {

// The parameters of a case in the report. A run adds the
// effective socket options.
[[nodiscard]] report::Params params_of(const CaseSpec& spec);

// The case of parameters from a peer, checked. Errors name the field.
[[nodiscard]] Result<CaseSpec> case_of(const report::Params& params);

}  // namespace sockmark
