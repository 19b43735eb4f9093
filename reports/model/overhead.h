// The overhead of sockmark over the floor: the same exchange by bare system calls in the same
// blocks (bench/worker/floor.h). Pure functions, any thread.

#pragma once

#include <string>

#include "reports/model/report.h"

namespace sockmark::report {

// Over the valid runs that have a floor: the mean of the logarithms of the blocks' ratios, and the
// interval of docs/definitions/comparing.md#interval-and-test. Absent with the reason of the first
// run that has none.
[[nodiscard]] Maybe<Overhead> overhead_of(const Case& one);

// A title and a line for each case with a floor; empty if there is none.
[[nodiscard]] std::string overhead_text(const Report& report);

}  // namespace sockmark::report
