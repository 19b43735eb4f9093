// Calibration: what the comparison of a program with itself shows about the machine. How much d,
// the effect of one block, varies; the smallest change that a number of blocks detects; and how
// often a difference is significant although there is none
// (docs/definitions/comparing.md#smallest-detectable-change, #calibration).
//
// A calibration is computed from a report with two arms of every case, as `sockmark calibrate`
// writes it. Any comparison by arms will do if only the variation counts, because a shift common to
// all blocks does not affect it.
//
// Pure functions of the report, any thread; deterministic.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "reports/compare/compare.h"
#include "reports/compare/gates.h"
#include "reports/model/metrics.h"
#include "reports/model/report.h"

namespace sockmark::report {

// Numbers of blocks for which the smallest effect is reported: the fewest with an interval, and the
// planned looks of a comparison (stats/stopping_rule.h).
inline constexpr std::array<std::size_t, 5> kCalibratedBlocks = {6, 10, 16, 24, 40};

// The metrics of `sockmark calibrate`: p50, p99, goodput, CPU per message.
[[nodiscard]] std::vector<const Metric*> calibrated_metrics();

// Of a metric, as a change for the worse: a ratio less 1, or a difference (Comparison::mde90).
struct Detectable {
  std::uint64_t blocks = 0;
  Maybe<double> mde90 = {};
};

// How often a random subset of the blocks, without replacement, shows a difference at 5 %.
//
// Averaged over machines with independent blocks that is 5 %. On one machine it is no estimate of
// that rate, because the subsets overlap: they carry no more information than the disjoint subsets.
// The limit is therefore the share that a binomial of the disjoint subsets exceeds in less than 5 %
// of the cases.
struct FalseAlarms {
  std::uint64_t blocks = 0, draws = 0, shown = 0;
  std::uint64_t disjoint = 0;  // draws that would share no block
  double rate = 0, limit = 0;
};

// One metric of one case.
struct CalibratedMetric {
  std::string id;  // of the case, without its arm
  Params params;   // of its baseline
  std::string metric;
  EffectKind effect = EffectKind::ratio;
  std::uint64_t blocks = 0;
  Maybe<double> sd = {};                    // of d: of ln(ratio), or of the difference
  Maybe<double> p_value = {}, p_holm = {};  // of: no effect; adjusted over the whole calibration
  Maybe<Difference> difference = {};        // as in a Comparison
  std::vector<Detectable> detectable = {};
  // A metric's default gate, and the fewest blocks that find a change as large.
  double margin = 0;
  Maybe<std::uint64_t> blocks_needed = {};
  Maybe<FalseAlarms> false_alarms = {};
  Maybe<double> trend_p_holm = {};  // of: d has no trend over the blocks (Mann and Kendall)
};

// Whether any metric shows a difference, after Holm over all of them. undecidable: the blocks are
// too few to show any. Exit statuses, in this order: 0, 1, 3, 4.
enum class CalibrationVerdict { no_difference_shown, difference_shown, undecidable, invalid };
constexpr auto enum_names(CalibrationVerdict) {
  using enum CalibrationVerdict;
  return std::to_array<EnumName<CalibrationVerdict>>({{no_difference_shown, "no_difference_shown"},
                                                      {difference_shown, "difference_shown"},
                                                      {undecidable, "undecidable"},
                                                      {invalid, "invalid"}});
}

struct Calibration {
  std::vector<CalibratedMetric> metrics;
  std::vector<ExcludedRun> excluded_runs;
  // One line each: why the calibration is invalid; caveats.
  std::vector<std::string> invalid, warnings;
  CalibrationVerdict verdict = CalibrationVerdict::undecidable;
  int exit_status = 0;
};

// Errors as compare_by() of "arm": a report without arms.
[[nodiscard]] Result<Calibration> calibration_of(const Report& report,
                                                 std::span<const Metric* const> metrics);

// The fewest blocks, but enough for an interval, whose smallest detectable effect (at 90 % power,
// mde90_difference()) is at most the bound. Absent if kMaxBlocks are too few. Must: bound > 0,
// sd >= 0.
[[nodiscard]] Maybe<std::uint64_t> blocks_to_find(double bound, double sd);

// The gates of a comparison that has not been measured yet.
struct PlannedGates {
  const CompareOutcome& outcome;  // compare_by() of a report without runs
  std::span<const Case> cases;    // of that report
  std::span<const GateSpec> gates;
  std::uint64_t blocks = 0;
};

// Whether the margins of the gates are at least the smallest effect that the calibrated machine
// detects with that number of blocks. A pair of cases is checked against the calibrated cases that
// share the parameters of one of them, or else against all; the largest sd counts. Errors: one line
// for the first gate with a smaller margin, with the blocks that it needs; a gate that was asked
// for and whose metric the calibration, called `name` there, does not have.
[[nodiscard]] Result<> check_gates(const PlannedGates& planned, const Calibration& calibration,
                                   std::string_view name);

// "+3.13 %", "×12" from ten times on, or "+0.0210 pp" of a difference of ratios.
[[nodiscard]] std::string detectable_text(double mde90, EffectKind effect);

}  // namespace sockmark::report
