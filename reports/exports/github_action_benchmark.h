// The input of github-action-benchmark's tools customSmallerIsBetter and customBiggerIsBetter
// (v1.22.0, src/extract.ts): a list of named values, the medians over the valid runs.
//
// The tool name sets the direction for a whole file, so metrics that should be small and metrics
// that should be large are in two files, for two steps. Undefined metrics are absent. Pure
// function.

#pragma once

#include <string>

#include "reports/model/report.h"

namespace sockmark::report {

enum class Better { smaller, bigger };

[[nodiscard]] std::string to_github_action_benchmark(const Report& report, Better better);

}  // namespace sockmark::report
