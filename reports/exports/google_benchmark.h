// The JSON of Google Benchmark 1.7.1 (src/json_reporter.cc), for its compare.py and for services
// that read its results.
//
// An entry of that format has a name and two times, and readers use nothing else. So each case has
// an entry per metric that is a time, "<case>/p99_ns", with the metric as real_time and the CPU
// time per message of both ends as cpu_time. Throughput is ns_per_message, its inverse, so that
// lower is better in every entry. Goodput and loss are counters.
//
// One entry per valid run, then their median, "<case>/p99_ns_median". Undefined values have no
// entry; cpu_time, which readers require, is then 0. All numbers are finite: the JSON parsers of
// readers reject a file with a NaN. Pure functions.

#pragma once

#include <string>

#include "reports/model/report.h"

namespace sockmark::report {

[[nodiscard]] std::string to_google_benchmark(const Report& report);

// Only the medians, under names without a suffix, for services that draw a chart per name.
[[nodiscard]] std::string to_google_benchmark_medians(const Report& report);

}  // namespace sockmark::report
