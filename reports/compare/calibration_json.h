// A calibration as a document of its own, for machines (docs/calibrate.md). Pure function.

#pragma once

#include <string>

#include "reports/compare/calibration.h"

namespace sockmark::report {

// Indented by two spaces, with a newline at the end.
[[nodiscard]] std::string to_json(const Calibration& calibration);

}  // namespace sockmark::report
