// The options of a comparison that run and compare share. Pure functions.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bench/plan/plan.h"
#include "reports/compare/compare.h"

namespace sockmark::cli {

// Errors name the option.
[[nodiscard]] Result<report::Inconclusive> parse_inconclusive(std::string_view text);

// Rejects a gate that follows another without an option of its own, as in --gate p50:5% p99:10%: it
// would be taken for `argument`, a suite or a file.
[[nodiscard]] Result<> check_stray_gate(const std::vector<std::string>& gates,
                                        const std::string& argument);

// What to compare. The places are those named in errors.
struct ComparedBy {
  std::string parameter;
  std::optional<std::string> baseline;  // as run reads it: "64k"
  std::string place_of_parameter = "--by", place_of_baseline = "--baseline";
};

// report::compare_by(), and of two reports report::compare_reports_by(), with errors that begin
// with their place.
[[nodiscard]] Result<report::CompareOutcome> compare_cases(const report::Report& report,
                                                           const ComparedBy& question,
                                                           const report::CompareOptions& options);
[[nodiscard]] Result<report::CompareOutcome> compare_cases(const report::Report& baseline,
                                                           const report::Report& candidate,
                                                           const ComparedBy& question,
                                                           const report::CompareOptions& options);

// Rejects a gate on loss if one side's transport does not lose messages: no run can decide it.
// Errors begin with `place`: "--gate".
[[nodiscard]] Result<> check_gates_apply(const report::CompareOutcome& outcome,
                                         std::string_view place);

// The same before measuring, for every gate that no run of the plan can decide: loss as above, a
// percentile above the median of a closed loop, one with too few messages beyond it in a run, and
// any gate of runs that are not paired. `planned` is the comparison of the plan without runs.
[[nodiscard]] Result<> check_gates_apply(const report::CompareOutcome& planned, const Plan& plan,
                                         std::string_view place);

// Whether a run of the case is due to send too few messages for a gate on this percentile. False of
// a closed loop, whose number of messages is not known before.
[[nodiscard]] bool too_few_messages(const CaseSpec& spec, const report::Metric& metric);

// The number of gates that the planned comparison will judge together. A gate on loss of two
// transports that do not lose messages is none of them.
[[nodiscard]] std::size_t gates_judged(const report::CompareOutcome& planned, const Plan& plan);

}  // namespace sockmark::cli
