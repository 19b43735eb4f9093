// The gates of a comparison as JUnit's XML, which every CI service shows as tests: a gate is a
// testcase. One that passed has nothing inside, one that failed a <failure>, and an inconclusive
// one is <skipped>, which is neither: whether the job fails is for its own rule to say.
//
// Nothing else is in it: a figure without a gate is no test. A report without gates gives a suite
// without tests. Where nothing of a comparison counts, one testcase more is an <error> that says
// why. Pure functions.

#pragma once

#include <string>

#include "reports/compare/compare_json.h"
#include "reports/model/report.h"

namespace sockmark::report {

[[nodiscard]] std::string to_junit(const Report& report);
[[nodiscard]] std::string to_junit(const ComparisonDocument& document);

}  // namespace sockmark::report
