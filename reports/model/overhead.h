// What sockmark adds to the floor: ours over what bare system calls took for the same exchange in
// the same blocks (bench/run/floor.h). Pure functions.

#pragma once

#include <string>

#include "reports/model/report.h"

namespace sockmark::report {

// Over the valid runs that have a floor: the mean of the logarithms of the blocks' ratios, and the
// interval of docs/definitions/comparing.md#interval-and-test. Absent with the reason of the first
// run that has none.
[[nodiscard]] Maybe<Overhead> overhead_of(const Case& one);

// A line for each case that has a floor, beneath a line that says what they are; empty where none
// has.
[[nodiscard]] std::string overhead_text(const Report& report);

}  // namespace sockmark::report
