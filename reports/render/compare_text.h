// The table that `sockmark compare` prints: two cases at a time, a line for each metric.
//
// A pure function of the outcome. Beside each change stands its interval and the change that so
// many runs would have found, so that "none shown" is not read as "the same"; beneath it what else
// differs between the two, what is undefined or inconclusive and why, and how many blocks it would
// take. Nothing that a report calls itself reaches the terminal as control.

#pragma once

#include <string>

#include "reports/compare/compare.h"
#include "reports/render/text.h"

namespace sockmark::report {

// Ends with a newline. Needs some 80 columns; wider tables have more space between columns.
[[nodiscard]] std::string comparison_table(const CompareOutcome& outcome, TextStyle style = {});

}  // namespace sockmark::report
