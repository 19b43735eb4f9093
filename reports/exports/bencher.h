// Bencher Metric Format, the JSON that `bencher run --adapter json` reads
// (https://bencher.dev/docs/reference/bencher-metric-format/): for each case measures with the
// median over the valid runs as value, and the smallest and the largest run as bounds.
//
// Every Bencher project has the measures `latency` (here p50, in ns) and `throughput` (messages/s);
// the others are created by the first upload. Undefined metrics and cases without metrics are
// absent. Pure function.

#pragma once

#include <string>

#include "reports/model/report.h"

namespace sockmark::report {

[[nodiscard]] std::string to_bencher(const Report& report);

}  // namespace sockmark::report
