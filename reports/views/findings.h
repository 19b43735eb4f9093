// The findings of a comparison: for each pair of cases, whether they differ significantly in their
// main metric, and by how much. headline.h chooses among them.
//
// Names are those of the summary table. Pure functions; a finding lives no longer than the report
// and the outcome.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/compare/compare.h"
#include "reports/model/metrics.h"
#include "reports/model/report.h"

namespace sockmark::report {

// The median latency; of a stream without a rate, whose latency is that of a full queue, goodput.
[[nodiscard]] const Metric& main_metric(const Params& params);

struct Finding {
  const Comparison* comparison = nullptr;  // of the main metric
  std::string_view workload = {};
  // Distance of the interval from no change, of logarithms or of differences; 0 if not significant.
  double strength = 0;
  std::string baseline = {}, candidate = {}, condition = {};
};

// One for each compared pair whose candidate is a case of the report. Requires: the metrics of the
// outcome are known.
[[nodiscard]] std::vector<Finding> findings_of(const Report& report, const CompareOutcome& outcome);

// Of a significant one: "udp has 38.0 % lower p50 latency than tcp (rr, 64 B; 95 % interval 35.0 to
// 41.0 %, 16 blocks)."
[[nodiscard]] std::string sentence_of(const Finding& finding);

}  // namespace sockmark::report
