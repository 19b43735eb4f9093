// The table that `sockmark calibrate` prints: for each case a line for each metric, then notes on
// what the columns mean and on what the false-alarm rate does not say.
//
// A pure function of the calibration. Names of a report cannot control the terminal.

#pragma once

#include <string>

#include "reports/compare/calibration.h"
#include "reports/render/text.h"

namespace sockmark::report {

// Ends with a newline. About 110 columns wide.
[[nodiscard]] std::string calibration_table(const Calibration& calibration, TextStyle style = {});

}  // namespace sockmark::report
