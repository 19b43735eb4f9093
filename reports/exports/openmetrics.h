// The medians of a report as metrics, in two dialects: OpenMetrics 1.0 text
// (https://github.com/prometheus/OpenMetrics), and the older text format of Prometheus, which is
// what node_exporter's textfile collector takes and promtool checks.
//
// Base units: seconds, bytes, ratios. Labels: `case`, `transport`, `workload`. What is undefined in
// a case has no sample. A latency's quantiles are medians over the valid runs, while its _count and
// _sum are of all of them together. Pure functions.

#pragma once

#include <string>

#include "reports/model/report.h"

namespace sockmark::report {

[[nodiscard]] std::string to_openmetrics(const Report& report);

// Without units and the end mark, and with a gauge of 1 for the info metric, which it does not
// have.
[[nodiscard]] std::string to_prometheus(const Report& report);

}  // namespace sockmark::report
