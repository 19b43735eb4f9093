// Compares a candidate with a baseline, metric by metric (docs/definitions/comparing.md).
//
// Within one report: cases that differ in one parameter ("is unix-stream faster than tcp?"), paired
// by the blocks that they were measured in. Of two reports: cases with the same id, or cases that
// differ in one parameter. Their runs are not paired, so that a difference may come from the time
// between the two measurements. The result is data (report.h, Comparison); compare_text.h prints
// it, compare_json.h writes it.
//
// A gate limits how much worse the candidate may be. Only a gate fails; without gates a difference
// is an answer (docs/decisions/0016-comparisons.md).
//
// Pure functions of the reports, any thread; deterministic. A report may hold any number: a figure
// that cannot be computed from it is undefined, with a reason.

#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "reports/compare/gates.h"
#include "reports/model/metrics.h"
#include "reports/model/report.h"

namespace sockmark::report {

// The exit status of an inconclusive comparison: one of its own, or that of a pass or a fail.
enum class Inconclusive { own, pass, fail };
constexpr auto enum_names(Inconclusive) {
  return std::to_array<EnumName<Inconclusive>>(
      {{Inconclusive::own, "own"}, {Inconclusive::pass, "pass"}, {Inconclusive::fail, "fail"}});
}

// The answer of a whole comparison. invalid: too many of its runs are unusable. refused: two
// reports differ in what must be equal. no_gate: none was set, or none applies.
enum class ComparisonVerdict { pass, fail, inconclusive, invalid, refused, no_gate };
constexpr auto enum_names(ComparisonVerdict) {
  using enum ComparisonVerdict;
  return std::to_array<EnumName<ComparisonVerdict>>({{pass, "pass"},
                                                     {fail, "fail"},
                                                     {inconclusive, "inconclusive"},
                                                     {invalid, "invalid"},
                                                     {refused, "refused"},
                                                     {no_gate, "no_gate"}});
}

struct CompareOptions {
  // Empty: p50, p99, goodput, CPU and loss, of both directions. Metrics of the gates are added.
  std::vector<const Metric*> metrics = {};
  std::vector<GateSpec> gates = {};
  // Judge gates although the runs are not paired.
  bool accept_unpaired = false;
  Inconclusive inconclusive = Inconclusive::own;
};

// A fact in which two reports, or the machines that made them, differ. The values are JSON texts,
// or "not recorded".
struct Mismatch {
  std::string item, baseline, candidate;
  bool operator==(const Mismatch&) const = default;
};

struct Counts {  // of gates
  void add(Gate verdict);
  std::size_t pass = 0, fail = 0, inconclusive = 0;
  [[nodiscard]] std::size_t total() const { return pass + fail + inconclusive; }
};

struct CompareOutcome {
  // The parameter in which the cases differ, and its value in the baseline. None where two reports
  // are compared case by case.
  Maybe<std::string> parameter = Maybe<std::string>::none("two_reports");
  Maybe<std::string> baseline_value = Maybe<std::string>::none("two_reports");
  Design design = Design::unpaired;
  bool accept_unpaired = false;
  std::vector<Comparison> comparisons;
  std::vector<ExcludedRun> excluded_runs;
  Maybe<Stopping> stopping = Maybe<Stopping>::none("none");  // of the report with the arms
  // Of two reports: differences that make the comparison meaningless, so that it is refused, and
  // those that are only shown (docs/definitions/environment.md#fingerprint).
  std::vector<Mismatch> hard_mismatches, soft_mismatches;
  // One line each: why the comparison is invalid; remarks.
  std::vector<std::string> invalid, notes;
  Counts gates;
  ComparisonVerdict verdict = ComparisonVerdict::no_gate;
  Inconclusive inconclusive = Inconclusive::own;
  // 0 pass or no gate, 1 fail, 3 inconclusive (or what the policy makes of it), 4 invalid, refused.
  int exit_status = 0;
};

// Which gates were set, and whether each case of the baseline has a counterpart to judge them by.
enum class GatesAsked { none, of_some, of_all };
// Sets the verdict and the exit status, once everything else of the outcome is known.
void decide(CompareOutcome& outcome, GatesAsked asked);

// Compares the cases of one report that differ only in `parameter` and the parameters that follow
// from it. `parameter` is a name in Params or of the option that sets it ("transport", "size",
// "arm"). Each case is compared with the one whose value is `baseline`; the default is the baseline
// arm, or else the value of the first case. Errors: a parameter that does not exist or does not
// vary, a value that no case has; the message lists the alternatives.
[[nodiscard]] Result<CompareOutcome> compare_by(const Report& report, std::string_view parameter,
                                                const std::optional<std::string>& baseline,
                                                const CompareOptions& options);

// Compares the cases with equal ids. Errors: no case in common, or an id that occurs twice.
[[nodiscard]] Result<CompareOutcome> compare_reports(const Report& baseline,
                                                     const Report& candidate,
                                                     const CompareOptions& options);

// Compares the cases of the baseline whose `parameter` is `value` with the cases of the candidate
// that differ in it and in what follows from it alone. The default value is that of the baseline's
// first case. Errors: as of compare_by, with the parameter over the cases of both reports.
[[nodiscard]] Result<CompareOutcome> compare_reports_by(const Report& baseline,
                                                        const Report& candidate,
                                                        std::string_view parameter,
                                                        const std::optional<std::string>& value,
                                                        const CompareOptions& options);

}  // namespace sockmark::report
