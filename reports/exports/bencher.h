// Bencher Metric Format, the JSON that `bencher run --adapter json` reads
// (https://bencher.dev/docs/reference/bencher-metric-format/): measures of each case, each the
// median over its valid runs with the smallest and the largest run as its bounds.
//
// `latency` (p50, in ns) and `throughput` (messages/s) are measures that every project has; the
// others are made when they first arrive. A metric that is undefined in a case is not there, nor is
// a case without any. Pure function.

#pragma once

#include <string>

#include "reports/model/report.h"

namespace sockmark::report {

[[nodiscard]] std::string to_bencher(const Report& report);

}  // namespace sockmark::report
