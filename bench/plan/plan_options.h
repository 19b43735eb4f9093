// The options of a plan by name: what a command line gives as text and a suite as JSON. One table,
// so that both read the same words, and a new option is one row.
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
    matrix,    // a list, whose values make cases
    each_run,  // one value; a suite may override it for some of its cases
    plan,      // of the whole
  };
  const char* name;     // as a suite spells it, and the report's plan.supplied
  const char* letters;  // "-t", or empty
  Scope scope;
  const char* kind;  // of the value, for the help: "LIST", "TIME"; empty: a flag, true or false
  const char* help;
  Result<> (*read)(std::string_view text, PlanOptions& options);
};

using OptionTexts = std::map<std::string, std::string>;  // name -> text

[[nodiscard]] const std::vector<PlanOption>& plan_options();

// Nothing where there is none of that name.
[[nodiscard]] const PlanOption* find_plan_option(std::string_view name);

// Every option of `texts`, over what `options` hold. Errors name the option: "--size: ...".
[[nodiscard]] Result<> read_options(const OptionTexts& texts, PlanOptions& options);

// The options that make just this case: reading them gives it back.
[[nodiscard]] OptionTexts texts_of(const CaseSpec& spec);

}  // namespace sockmark
