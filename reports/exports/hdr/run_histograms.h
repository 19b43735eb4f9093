// The latency histograms of a report in the formats of HdrHistogram tools: response time, or
// one-way delay if messages are not echoed, of the valid runs. Pure functions.
//
// Error: a histogram that cannot be decoded, with the run that it belongs to.

#pragma once

#include <string>

#include "base/result.h"
#include "reports/model/report.h"

namespace sockmark::report {

// The runs of the only case, merged, which is exact because counters add up (hgrm.h). An error if
// there is not exactly one case, or if no valid run has a latency.
[[nodiscard]] Result<std::string> to_hgrm(const Report& report);

// A line per case and run, tagged with the name of the case (hlog.h), in which characters that a
// tag cannot hold are percent-encoded. Intervals are the measurement windows of the runs, sorted by
// their start; a run without a start time is at 0.
[[nodiscard]] Result<std::string> to_hlog(const Report& report);

}  // namespace sockmark::report
