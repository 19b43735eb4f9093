// What the runs of two cases say of one metric: effect, interval, tests, and what could have been
// found (docs/definitions/comparing.md#effect, #interval-and-test, #smallest-detectable-change,
// #two-reports). Everything of a Comparison but its gate and what stands around it. Pure functions.

#pragma once

#include <optional>

#include "reports/compare/compare_runs.h"
#include "reports/model/metrics.h"
#include "reports/model/reasons.h"
#include "reports/model/report.h"
#include "stats/interval.h"

namespace sockmark::report {

// The percentile of a run as it is compared: over all that was sent, where a lost message is
// infinitely late (RFC 7679 section 5.1), so that who loses the slow ones does not win. Metrics
// that are no percentiles are those of metrics.h.
[[nodiscard]] Maybe<double> compared_value(const Run& run, const Metric& metric);

// The effect is on the scale of d, ln(ratio) or a difference, and turned so that more is worse.
struct Effect {
  Comparison comparison;
  std::vector<double> worse;                // of each block; empty where unpaired or undefined
  std::vector<double> baseline, candidate;  // unpaired: the two sides, turned too
  std::optional<Interval> interval;
  std::optional<double> sd;  // of one block, also of a pair that nothing made one
};

// The level of the interval is 1 - alpha.
[[nodiscard]] Effect effect_of(const ComparedRuns& runs, const Metric& metric, double alpha);

// One-sided, of: not worse than the bound, on the scale of the effect. None where undefined.
[[nodiscard]] std::optional<double> p_worse_than(const Effect& effect, double bound);

}  // namespace sockmark::report
