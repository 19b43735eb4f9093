// The effect of one metric between the runs of two cases, its interval, its tests and the smallest
// detectable change (docs/definitions/comparing.md#effect, #interval-and-test,
// #smallest-detectable-change, #two-reports): all fields of a Comparison but the gate and the
// names. Pure functions, any thread.

#pragma once

#include <optional>

#include "reports/compare/compare_runs.h"
#include "reports/model/metrics.h"
#include "reports/model/reasons.h"
#include "reports/model/report.h"
#include "stats/interval.h"

namespace sockmark::report {

// The value of a run that is compared. A percentile is over all sent messages, with a lost message
// as infinitely late (RFC 7679 section 5.1), so that losing slow messages is no advantage. Other
// metrics are those of metrics.h.
[[nodiscard]] Maybe<double> compared_value(const Run& run, const Metric& metric);

// On the scale of d, ln(ratio) or a difference, with the sign at which a larger value is worse.
struct Effect {
  Comparison comparison;
  std::vector<double> worse;                // of each block; empty where unpaired or undefined
  std::vector<double> baseline, candidate;  // of the two sides; empty if paired
  std::optional<Interval> interval;
  std::optional<double> sd;  // of one block; unpaired, of one candidate - baseline
  // The medians differ by less than the bounds of both: one-way delays between two clocks each
  // (docs/definitions/clocks.md#judgement).
  bool within_clock_bounds = false;
};

// The level of the interval is 1 - alpha.
[[nodiscard]] Effect effect_of(const ComparedRuns& runs, const Metric& metric, double alpha);

// The one-sided p-value of: not worse than the bound, on the scale of the effect. Empty if
// undefined.
[[nodiscard]] std::optional<double> p_worse_than(const Effect& effect, double bound);

}  // namespace sockmark::report
