// The summary of a case: the median of each metric over the valid runs.
//
// A run is one observation (docs/definitions/comparing.md#replication). The percentiles of runs are
// never averaged, and no run is left out for its value (docs/definitions/stopping.md#outliers). A
// metric that is undefined in one valid run has no summary: the runs with a value are not a fair
// sample (a slow run has too few messages for a p99). Pure functions, any thread.

#pragma once

#include <functional>
#include <vector>

#include "reports/model/metrics.h"
#include "reports/model/report.h"

namespace sockmark::report {

inline constexpr const char* kNoValidRun = "no_valid_run";

// The median is the smallest value with at least half of the values at or below it (RFC 2330
// section 11.3 with p = 1/2), not the mean of the middle two. Must: not empty, no NaN.
[[nodiscard]] Statistic statistic_of(std::vector<double> values);

// Which runs a figure is of. `measured` is for showing only, not for comparing: the valid runs that
// have a value, or the invalid ones of a case without a valid run.
enum class RunsOf { valid, measured };

// Absent with the reason of the first run without a value, or "no_valid_run".
[[nodiscard]] Maybe<Statistic> summarise(const Case& one, const Metric& metric,
                                         RunsOf runs = RunsOf::valid);
// The same of any value of a run.
using ValueOfRun = std::function<Maybe<double>(const Run&)>;
[[nodiscard]] Maybe<Statistic> summarise(const Case& one, const ValueOfRun& value_of_run,
                                         RunsOf runs = RunsOf::valid);

// Whether the p50s of the valid runs fall into two groups. Reason "none": one group;
// "too_few_runs".
[[nodiscard]] Maybe<RunGroups> groups_of(const Case& one);

// Fills Case::summary, Case::overhead and Case::groups.
void summarise(Case& one);
void summarise(Report& report);

}  // namespace sockmark::report
