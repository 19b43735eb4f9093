// sockmark run --find-rate: what it reads, and the search with its progress, report and table.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/cli/measure_plan.h"
#include "bench/plan/plan_options.h"
#include "bench/search/find_rate.h"

namespace CLI {
class App;
}

namespace sockmark::cli {

// As the user gave them; empty what was not given.
struct SearchTexts {
  std::vector<std::string> goals;
  std::optional<std::string> min_rate, max_rate, width, exceed, trial, trial_sum, budget;
};

void add_search_options(CLI::App& command, SearchTexts& texts);

// The texts that were given, by the name of their option.
[[nodiscard]] OptionTexts supplied_texts(const SearchTexts& texts);

// `suite`: absent, or what the cases are from. Errors name the option.
[[nodiscard]] Result<SearchPlan> read_search(const std::optional<std::string>& suite,
                                             const OptionTexts& options, const SearchTexts& texts);

// What --dry-run prints.
[[nodiscard]] std::string search_description(const SearchPlan& search);

// Answers the exit status: 3 where a search did not come to its end, 4 where a case gave no valid
// trial. `supplied`: the options as the user gave them, for the report.
[[nodiscard]] int find_rate(const SearchPlan& search, const OptionTexts& supplied,
                            const Output& output, bool show_progress);

}  // namespace sockmark::cli
