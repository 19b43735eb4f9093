// The options of sockmark run --find-rate: their declaration, what the user gave, and the search
// that they describe.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/cli/options.h"
#include "bench/plan/plan_options.h"
#include "bench/remote/ends.h"
#include "bench/search/find_rate.h"

namespace sockmark::cli {

// As the user gave them; empty if not given.
struct SearchTexts {
  std::vector<std::string> goals;
  std::optional<std::string> min_rate, max_rate, width, exceed, trial, trial_sum, budget;
};

void add_search_options(Command& command, SearchTexts& texts);

// The texts that were given, by the name of their option.
[[nodiscard]] OptionTexts supplied_texts(const SearchTexts& texts);

// The cases are those of `suite`, or without one those of `options`. Errors name the option.
[[nodiscard]] Result<SearchPlan> read_search(const std::optional<std::string>& suite,
                                             const OptionTexts& options, const SearchTexts& texts,
                                             const EndsOptions& ends = {});

}  // namespace sockmark::cli
