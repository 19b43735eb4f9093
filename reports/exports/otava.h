// A row for Apache Otava's CSV importer, which looks for change points in a history
// (https://github.com/apache/otava/blob/master/docs/CSV.md): time, commit, branch, then the
// metrics, each the median over the valid runs.
//
// One file per case, one row per report: header and row are written, and the row is appended to the
// history. Otava has no undefined value: a metric without one is an empty cell, and a test whose
// `metrics` name that column fails to import it. Pure function.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "reports/model/report.h"

namespace sockmark::report {

// The commit is the one that sockmark was built from, the time that of the first run. An error
// where the report has not exactly one case, or no run of it says when it began.
[[nodiscard]] Result<std::string> to_otava(const Report& report, std::string_view branch);

}  // namespace sockmark::report
