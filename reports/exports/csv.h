// Comma-separated values (RFC 4180): one row per run, for a spreadsheet or a data frame.
//
// Cells with a comma, a quotation mark or a line break are quoted; an undefined figure is an empty
// cell. Rows end with a line feed alone, unlike the RFC's, because every reader takes that and the
// tools of a shell take nothing else. Pure functions.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/model/report.h"

namespace sockmark::report {

// One cell for each value, one line with its end.
[[nodiscard]] std::string csv_line(const std::vector<std::string>& cells);

// A text of the report as a cell's value. What begins like a formula (= + - @) has an apostrophe
// in front: a spreadsheet would compute it.
[[nodiscard]] std::string csv_text(std::string_view text);

// A header with units in its names, then every run, also the invalid ones: `valid` and
// `invalid_reasons` say which.
[[nodiscard]] std::string to_csv(const Report& report);

}  // namespace sockmark::report
