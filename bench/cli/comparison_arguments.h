// A comparison as a command line or a suite asks for it: what `run` and `compare` have in common.
// Pure functions.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bench/plan/plan.h"
#include "reports/compare/compare.h"

namespace sockmark::cli {

// Errors name the option.
[[nodiscard]] Result<report::Inconclusive> parse_inconclusive(std::string_view text);

// The question of a comparison, and in errors where it is from.
struct ComparedBy {
  std::string parameter;
  std::optional<std::string> baseline;  // as `run` takes it: "64k"
  std::string place_of_parameter = "--by", place_of_baseline = "--baseline";
};

// report::compare_by(), with errors that begin with their place.
[[nodiscard]] Result<report::CompareOutcome> compare_cases(const report::Report& report,
                                                           const ComparedBy& question,
                                                           const report::CompareOptions& options);

// A gate that was asked for, of what one side's transport rules out, could never be judged, however
// long is measured: the loss of one that loses nothing. `place` is where in errors: "--gate".
[[nodiscard]] Result<> check_gates_apply(const report::CompareOutcome& outcome,
                                         std::string_view place);

// The same before anything is measured, by what the plan's transports promise.
[[nodiscard]] Result<> check_gates_apply(const report::CompareOutcome& planned, const Plan& plan,
                                         const report::CompareOptions& options,
                                         std::string_view place);

}  // namespace sockmark::cli
