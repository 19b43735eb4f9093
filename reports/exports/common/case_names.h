// Shared by the exports: safe and unique names, valid runs, numbers as text. Pure functions, any
// thread.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/report.h"

namespace sockmark::report {

// One for each case, in their order: its id without control characters (printable.h). Cases with
// the same id, such as the two arms of a comparison, have their arm appended, and then a number if
// they are still alike: other tools would merge entries with one name.
[[nodiscard]] std::vector<std::string> case_names(const Report& report);

// In their order.
[[nodiscard]] std::vector<const Run*> valid_runs(const Case& one);

// The number of valid runs with interference.
[[nodiscard]] std::size_t interfered_runs(const Case& one);

// The shortest text that reads back as the same value; empty if it is not finite.
[[nodiscard]] std::string number_text(double value);

}  // namespace sockmark::report
