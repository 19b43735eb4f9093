// The options of a comparison that run and compare share. Pure functions.

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

// What to compare. The places are those named in errors.
struct ComparedBy {
  std::string parameter;
  std::optional<std::string> baseline;  // as run reads it: "64k"
  std::string place_of_parameter = "--by", place_of_baseline = "--baseline";
};

// report::compare_by(), with errors that begin with their place.
[[nodiscard]] Result<report::CompareOutcome> compare_cases(const report::Report& report,
                                                           const ComparedBy& question,
                                                           const report::CompareOptions& options);

// Rejects a gate on loss if one side's transport does not lose messages: no run can decide it.
// Errors begin with `place`: "--gate".
[[nodiscard]] Result<> check_gates_apply(const report::CompareOutcome& outcome,
                                         std::string_view place);

// The same before measuring, from the promises of the plan's transports.
[[nodiscard]] Result<> check_gates_apply(const report::CompareOutcome& planned, const Plan& plan,
                                         const report::CompareOptions& options,
                                         std::string_view place);

}  // namespace sockmark::cli
