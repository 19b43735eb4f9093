// Chart data as JSON: what the charts in a page and of scripts/plot are drawn from, and what users
// draw charts of their own from (docs/exports.md). Pure functions, any thread.
//
//   {"schema_version": "1.0.0", "title": "...",
//    "groups": [{"name": "rr 64 B", "file": "rr-64B"}],
//    "series": [{"name": "tcp", "colour": 0, "dash": 0}],
//    "tables": {"percentiles": {"columns": [{"name": "latency_ns", "title": "Latency", "unit":
//    "ns"}],
//                               "rows": [["rr 64 B", "tcp", ...], ...]}, ...}}
//
// Undefined is null. A table without rows has "why_empty". Valid JSON whatever the report holds;
// "<" is written as it is, so whoever puts it into HTML escapes it.

#pragma once

#include <string>

#include "reports/chart_data/chart_data.h"

namespace sockmark::report {

inline constexpr const char* kChartsSchemaVersion = "1.0.0";

// A row of a table on a line of its own, a newline at the end.
[[nodiscard]] std::string charts_json(const ChartData& data);

// The same of a report, as an export; of a baseline and a candidate.
[[nodiscard]] std::string to_charts(const Report& report);
[[nodiscard]] std::string to_charts(const Report& baseline, const Report& candidate);

}  // namespace sockmark::report
