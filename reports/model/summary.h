// What one number says about a case: the median of a metric over its valid runs.
//
// A run is one observation (docs/definitions/comparing.md#replication). Percentiles of runs are
// medianed, never averaged, and no run is left out for its value
// (docs/definitions/stopping.md#outliers); a metric that one valid run does not define has no
// summary. Pure functions.

#pragma once

#include <vector>

#include "reports/model/metrics.h"
#include "reports/model/report.h"

namespace sockmark::report {

inline constexpr const char* kNoValidRun = "no_valid_run";

// Smallest value with at least half of them at or below it (RFC 2330 section 11.3 with p = 1/2),
// and not the mean of the middle two. Must: not empty, none of them NaN.
[[nodiscard]] Statistic statistic_of(std::vector<double> values);

// Over the valid runs. Absent with the first reason that a run gives, or "no_valid_run".
[[nodiscard]] Maybe<Statistic> summarise(const Case& one, const Metric& metric);

// Fills Case::summary and Case::overhead.
void summarise(Case& one);
void summarise(Report& report);

}  // namespace sockmark::report
