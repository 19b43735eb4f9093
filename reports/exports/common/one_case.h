// For formats that hold one case.

#pragma once

#include "base/result.h"
#include "reports/model/report.h"

namespace sockmark::report {

// The report's only case; lives as long as the report. The error names the cases to choose from.
[[nodiscard]] Result<const Case*> only_case(const Report& report);

}  // namespace sockmark::report
