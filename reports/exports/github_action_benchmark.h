// The input of github-action-benchmark's tools customSmallerIsBetter and customBiggerIsBetter
// (v1.22.0, src/extract.ts): a list of named values, the medians over the valid runs.
//
// The name of the tool fixes the direction for a whole file, so what is better when it is more and
// what is better when it is less are two files, of two steps. A metric that is undefined in a case
// has no entry there. Pure function.

#pragma once

#include <string>

#include "reports/model/report.h"

namespace sockmark::report {

enum class Better { smaller, bigger };

[[nodiscard]] std::string to_github_action_benchmark(const Report& report, Better better);

}  // namespace sockmark::report
