// A row for Apache Otava's CSV importer, which looks for change points in a history
// (https://github.com/apache/otava/blob/master/docs/CSV.md): time, commit, branch, then the
// metrics, each the median over the valid runs.
//
// One file per case, one row per report: the output is a header and a row, and the user appends the
// row to the history. Otava has no undefined value: such a metric is an empty cell, and the import
// of a test whose `metrics` name that column fails. Pure function.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "reports/model/report.h"

namespace sockmark::report {

// The commit is that of the sockmark build, the time that of the first run. An error if the report
// does not have exactly one case, or if no run has a start time.
[[nodiscard]] Result<std::string> to_otava(const Report& report, std::string_view branch);

}  // namespace sockmark::report
