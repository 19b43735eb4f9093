// The table that a search for rates prints: a line for each goal of each case. A pure function of
// the report.

#pragma once

#include <string>

#include "reports/report.h"
#include "reports/text.h"

namespace sockmark::report {

// How a search ended, in a word.
enum class SearchEnd {
  found,       // the highest rate, or a lower bound of it where the path was not the limit
  none,        // no rate that was searched reaches the goal
  incomplete,  // the time was over, trials failed, or somebody interrupted it
  invalid,     // no trial said anything
};
[[nodiscard]] SearchEnd end_of(const RateSearch& search);

// Ends with a newline.
[[nodiscard]] std::string search_table(const Report& report, TextStyle style = {});

}  // namespace sockmark::report
