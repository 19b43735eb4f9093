// Comma-separated values (RFC 4180): one row per run, for a spreadsheet or a data frame.
//
// Cells with a comma, a quotation mark or a line break are quoted; an undefined value is an empty
// cell. Rows end with a line feed, without the carriage return of the RFC: every reader accepts
// that, and shell tools accept nothing else. Pure functions.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/model/report.h"

namespace sockmark::report {

// One line, with its end.
[[nodiscard]] std::string csv_line(const std::vector<std::string>& cells);

// A text of the report as a cell. An apostrophe precedes a text that begins like a formula (= + -
// @), which a spreadsheet would compute.
[[nodiscard]] std::string csv_text(std::string_view text);

// A header whose names have units, then every run. The columns `valid` and `invalid_reasons` mark
// the invalid ones.
[[nodiscard]] std::string to_csv(const Report& report);

}  // namespace sockmark::report
