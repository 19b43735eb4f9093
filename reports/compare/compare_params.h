// The parameters of cases as comparing sees them: which there are, which vary, what else differs
// between two cases. Pure functions.

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
  // As the user would spell it; why there is none, where there is none ("closed_loop").
  std::string (*text)(const Params&);
  // Parameters that follow from this one, so that cases that differ in it may differ in them too: a
  // closed loop has no law of arrivals.
  std::span<const std::string_view> followers;
};

// Every member of Params but the socket options, which are what the kernel made of things.
[[nodiscard]] std::span<const Parameter> parameters();

// By name, or by the option's. Null where there is no such parameter.
[[nodiscard]] const Parameter* find_parameter(std::string_view name);

// The distinct values, in the order of the cases.
[[nodiscard]] std::vector<std::string> values_of(const Parameter& parameter,
                                                 std::span<const Case> cases);

// Names of those that have more than one value.
[[nodiscard]] std::vector<std::string> varying_parameters(std::span<const Case> cases);

// What a comparison of these cases is asked by: the parameter of that name, and the value of its
// baseline, which is `wanted`, or else "baseline" of the arms, or that of the first case. Errors
// say what there is instead: no case, no such parameter, one that does not vary, a value that no
// case has.
[[nodiscard]] Result<const Parameter*> choose_parameter(std::span<const Case> cases,
                                                        std::string_view name);
[[nodiscard]] Result<std::string> choose_baseline(std::span<const Case> cases,
                                                  const Parameter& parameter,
                                                  const std::optional<std::string>& wanted);

// Equal for cases that differ in nothing but the parameter and its followers.
[[nodiscard]] std::string key_without(const Parameter& parameter, const Params& params);

// What differs between two cases beside the parameter in question: "SO_SNDBUF: 2626560, 212992",
// the baseline's first. Promises are read from what the runs say is not applicable.
[[nodiscard]] std::vector<std::string> unequal_things(const Parameter* question,
                                                      const Case& baseline, const Case& candidate);

}  // namespace sockmark::report
