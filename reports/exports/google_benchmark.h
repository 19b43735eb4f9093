// The JSON of Google Benchmark 1.7.1 (src/json_reporter.cc), for its compare.py and for services
// that read its results.
//
// That format has a name and two times per entry, and readers see nothing else of it: so each case
// becomes one entry per metric that is a time, "<case>/p99_ns", with the metric as real_time and
// the CPU per message of both ends as cpu_time. Throughput stands there as ns_per_message, its
// inverse, so that less is better in every entry. Goodput and loss are counters beside it.
//
// One entry per valid run, then the median over them, "<case>/p99_ns_median". What a run does not
// define has no entry; cpu_time, which readers insist on, is then 0. All numbers are finite: their
// JSON parsers refuse a whole file for one NaN. Pure functions.

#pragma once

#include <string>

#include "reports/model/report.h"

namespace sockmark::report {

[[nodiscard]] std::string to_google_benchmark(const Report& report);

// The medians only, each under a name of its own without a suffix: for services that make one chart
// of each name.
[[nodiscard]] std::string to_google_benchmark_medians(const Report& report);

}  // namespace sockmark::report
