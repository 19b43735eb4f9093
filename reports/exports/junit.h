// The gates of a comparison as JUnit XML, which CI services show as tests. A gate is a testcase:
// empty if it passed, with a <failure> if it failed, <skipped> if it is inconclusive. Whether an
// inconclusive gate fails the job is the decision of the job.
//
// A report without gates gives a suite without tests. If the comparison is invalid, one more
// testcase has an <error> with the reason. Pure functions.

#pragma once

#include <string>

#include "reports/compare/compare_json.h"
#include "reports/model/report.h"

namespace sockmark::report {

[[nodiscard]] std::string to_junit(const Report& report);
[[nodiscard]] std::string to_junit(const ComparisonDocument& document);

}  // namespace sockmark::report
