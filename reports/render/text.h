// The table that a run prints: which transport is faster for which workload and size.
//
// A line above it has the conditions of the runs. Cases that differ only in their transport are in
// consecutive rows with one unit per column; the best value of each column is coloured. An
// undefined value is "-" with a footnote, an invalid run is marked in its row and explained below
// it. A pure function of the report. Names of a report cannot control the terminal.

#pragma once

#include <string>

#include "reports/format/text_style.h"
#include "reports/model/report.h"
#include "reports/views/summary_table.h"

namespace sockmark::report {

// Ends with a newline. Values are medians over the valid runs of a case (summary.h).
[[nodiscard]] std::string text_table(const Report& report, TextStyle style = {},
                                     const TableOptions& options = {});

}  // namespace sockmark::report
