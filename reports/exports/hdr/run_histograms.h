// The latency histograms of a report in the formats of HdrHistogram's tools: response time, or
// one-way delay where messages are not echoed, of the valid runs. Pure functions.
//
// Errors: a histogram that is no encoding of one, with the run that it belongs to.

#pragma once

#include <string>

#include "base/result.h"
#include "reports/model/report.h"

namespace sockmark::report {

// The runs of the report's only case, merged: exact, as counters add up (hgrm.h). An error where
// there is not exactly one case, or no valid run has a latency.
[[nodiscard]] Result<std::string> to_hgrm(const Report& report);

// A line per case and run, tagged with the case's name (hlog.h); what a tag cannot hold is
// percent-encoded. Intervals are the runs' measurement windows, sorted by their start. One of an
// unknown start is at 0.
[[nodiscard]] Result<std::string> to_hlog(const Report& report);

}  // namespace sockmark::report
