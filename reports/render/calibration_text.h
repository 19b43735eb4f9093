// The table that `sockmark calibrate` prints: a case at a time, a line for each metric.
//
// A pure function of the calibration. Beneath the tables stands what the figures are, and what the
// false-alarm rate is not. Nothing that a report calls itself reaches the terminal as control.

#pragma once

#include <string>

#include "reports/compare/calibration.h"
#include "reports/render/text.h"

namespace sockmark::report {

// Ends with a newline. Needs some 110 columns.
[[nodiscard]] std::string calibration_table(const Calibration& calibration, TextStyle style = {});

}  // namespace sockmark::report
