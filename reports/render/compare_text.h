// The table that `sockmark compare` prints: for each pair of cases a line for each metric.
//
// Each change has its interval and the smallest detectable change next to it, so that "not
// significant" is not read as "the same". Notes below a pair give other differences between the two
// cases, the reason for each undefined or inconclusive value, and the number of blocks that a
// decision needs. A pure function of the outcome. Names of a report cannot control the terminal.

#pragma once

#include <string>

#include "reports/compare/compare.h"
#include "reports/render/text.h"

namespace sockmark::report {

// Ends with a newline. At least about 80 columns wide; two blanks between columns if they fit.
[[nodiscard]] std::string comparison_table(const CompareOutcome& outcome, TextStyle style = {});

}  // namespace sockmark::report
