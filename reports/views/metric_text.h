// Values of metrics as text, for tables and sentences. Pure functions.

#pragma once

#include <span>
#include <string>

#include "reports/format/units.h"
#include "reports/model/metrics.h"

namespace sockmark::report {

[[nodiscard]] std::span<const Unit> units_of(const Metric& metric);

// "20.4 ms", "49.0 k messages/s": in the unit that fits the value.
[[nodiscard]] std::string quantity(double value, const Metric& metric);

// The metric in a sentence: "p50 latency", "goodput".
[[nodiscard]] std::string noun_of(const Metric& metric);

}  // namespace sockmark::report
