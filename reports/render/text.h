// The table that a run prints: which transport is faster for which workload and size.
//
// A pure function of the report. Cases that differ in nothing but the transport stand beneath one
// another, in one unit, and where colour is on the best of each column among them is emphasised. A
// quantity that is undefined is "-" with its reason beneath the table; an invalid run is flagged in
// its row and explained under it. Nothing that a report calls itself reaches the terminal as
// control.

#pragma once

#include <string>

#include "reports/format/text_style.h"
#include "reports/model/report.h"

namespace sockmark::report {

// Ends with a newline. Values are medians over the valid runs of a case (summary.h).
[[nodiscard]] std::string text_table(const Report& report, TextStyle style = {});

}  // namespace sockmark::report
