// Chart data as JSON, from which the page, scripts/plot and users draw charts (docs/exports.md).
// Pure functions, any thread.
//
//   {"schema_version": "1.0.0", "title": "...",
//    "groups": [{"name": "rr 64 B", "file": "rr-64B"}],
//    "series": [{"name": "tcp", "colour": 0, "dash": 0}],
//    "tables": {"percentiles": {"columns": [{"name": "latency_ns", "title": "Latency", "unit":
//    "ns"}],
//                               "rows": [["rr 64 B", "tcp", ...], ...]}, ...}}
//
// Undefined is null. A table without rows has "why_empty". Always valid JSON; "<" is not escaped,
// so a caller that embeds it in HTML has to.

#pragma once

#include <string>

#include "reports/chart_data/chart_data.h"

namespace sockmark::report {

inline constexpr const char* kChartsSchemaVersion = "1.0.0";

// Each row of a table is a line. Ends with a newline.
[[nodiscard]] std::string charts_json(const ChartData& data);

// The exports of a report, and of a baseline and a candidate.
[[nodiscard]] std::string to_charts(const Report& report);
[[nodiscard]] std::string to_charts(const Report& baseline, const Report& candidate);

}  // namespace sockmark::report
