// What the exports share: names that are safe and unique, the runs that count, numbers as text.
// Pure functions, any thread.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/model/report.h"

namespace sockmark::report {

// One for each case, in their order: its id without control characters (printable.h). Cases of the
// same id, as the two sides of a comparison of two programs are, have their arm behind it, and
// where that does not tell them apart a number: other tools take what has one name for one thing.
[[nodiscard]] std::vector<std::string> case_names(const Report& report);

// In their order. What is invalid says nothing of the case.
[[nodiscard]] std::vector<const Run*> valid_runs(const Case& one);

// The shortest text that reads back the same; empty where it is not finite.
[[nodiscard]] std::string number_text(double value);

}  // namespace sockmark::report
