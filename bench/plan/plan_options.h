// The options of a plan by name. One table serves the command line, whose values are text, and
// suites, whose values are JSON: a new option is one row.
//
// Pure functions; any thread.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bench/plan/plan.h"

namespace sockmark {

struct PlanOption {
  enum class Scope {
    matrix,    // a list; each value makes cases
    axis,      // likewise, and a suite may override it with one value for some of its cases
    each_run,  // one value; a suite may override it for some of its cases
    plan,      // one value for the whole plan
  };
  const char* name;     // in a suite, on the command line and in plan.supplied of the report
  const char* letters;  // "-t", or empty
  Scope scope;
  const char* kind;  // type of the value in the help: "LIST", "TIME"; empty: a flag, true or false
  const char* help;
  Result<> (*read)(std::string_view text, PlanOptions& options);
};

using OptionTexts = std::map<std::string, std::string>;  // name -> text

[[nodiscard]] const std::vector<PlanOption>& plan_options();

// Null if there is no option of that name.
[[nodiscard]] const PlanOption* find_plan_option(std::string_view name);

// Reads every option of `texts` into `options`. Errors name the option: "--size: ...".
[[nodiscard]] Result<> read_options(const OptionTexts& texts, PlanOptions& options);

// Options that only some cases have: --arrivals, of open loops, --depth, of closed-loop rr,
// --response and --think, of workloads with answers, --direction, of streams, and --ramp, of
// several connections. Error: one was given
// (`texts`), and no case of the plan has it.
[[nodiscard]] Result<> check_applies(const OptionTexts& texts, const Plan& plan);

// Lines for the user: --depth, --response, --think, --direction or --ramp was given and some cases
// are measured without it, or cases are left out, because their transports lack an option.
[[nodiscard]] std::vector<std::string> partly_applied(const OptionTexts& texts, const Plan& plan);

// "0,1", or "0,-" without a responder.
[[nodiscard]] std::string text_of(const Pin& pin);

// "40000-40999".
[[nodiscard]] Result<PortRange> parse_ports(std::string_view text);
[[nodiscard]] std::string text_of(const PortRange& ports);

// The options that make exactly this case; read_options() of them returns it.
[[nodiscard]] OptionTexts texts_of(const CaseSpec& spec);

}  // namespace sockmark
