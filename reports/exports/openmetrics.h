// The medians of a report as metrics, in two dialects: OpenMetrics 1.0 text
// (https://github.com/prometheus/OpenMetrics), and the older text format of Prometheus, which
// node_exporter's textfile collector reads and promtool checks.
//
// Base units: seconds, bytes, ratios. Labels: `case`, `transport`, `workload`. Undefined values
// have no sample. The quantiles of a latency are medians over the valid runs; its _count and _sum
// are totals of these runs. Pure functions.

#pragma once

#include <string>

#include "reports/model/report.h"

namespace sockmark::report {

[[nodiscard]] std::string to_openmetrics(const Report& report);

// Has no units, no end mark, and a gauge of 1 in place of the info metric.
[[nodiscard]] std::string to_prometheus(const Report& report);

}  // namespace sockmark::report
