// The parameters of cases for comparing: their names, which of them vary, and what else differs
// between two cases. Pure functions, any thread.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "reports/model/report.h"

namespace sockmark::report {

struct Parameter {
  const char* name;    // in Params
  const char* option;  // of the command line; empty: none of its own
  // As on a command line, or the reason why there is no value ("closed_loop").
  std::string (*text)(const Params&);
  // Parameters that follow from this one: cases that differ in it may differ in them too. A closed
  // loop, for example, has no arrivals.
  std::span<const std::string_view> followers;
};

// Every member of Params but the effective socket options, which the kernel decides; of the
// requested ones, each.
[[nodiscard]] std::span<const Parameter> parameters();

// By name, or by the option's. Null where there is no such parameter.
[[nodiscard]] const Parameter* find_parameter(std::string_view name);

// The distinct values, in the order of the cases.
[[nodiscard]] std::vector<std::string> values_of(const Parameter& parameter,
                                                 std::span<const Case> cases);

// Names of those that have more than one value.
[[nodiscard]] std::vector<std::string> varying_parameters(std::span<const Case> cases);

// The parameter of that name, and the value of its baseline: `wanted`, or else "baseline" if there
// are arms, or that of the first case. Errors list the alternatives: no case, no such parameter,
// one that does not vary, a value that no case has.
[[nodiscard]] Result<const Parameter*> choose_parameter(std::span<const Case> cases,
                                                        std::string_view name);
[[nodiscard]] Result<std::string> choose_baseline(std::span<const Case> cases,
                                                  const Parameter& parameter,
                                                  const std::optional<std::string>& wanted);

// A key that is equal for cases that differ only in the parameter and its followers.
[[nodiscard]] std::string key_without(const Parameter& parameter, const Params& params);

// The other differences between two cases: "SO_SNDBUF: 2626560, 212992", the baseline's value
// first. The promises of a transport are inferred from the metrics that are not applicable.
[[nodiscard]] std::vector<std::string> differing_fields(const Parameter* question,
                                                        const Case& baseline,
                                                        const Case& candidate);

}  // namespace sockmark::report
