// Runs the search of sockmark run --find-rate, with its progress, report and table.

#pragma once

#include <string>

#include "bench/cli/ends_arguments.h"
#include "bench/cli/measure_plan.h"
#include "bench/plan/plan_options.h"
#include "bench/search/find_rate.h"

namespace sockmark::cli {

// What --dry-run prints: cases, goals, time.
[[nodiscard]] std::string describe(const SearchPlan& search);

// Returns the exit status: 3 if a search is incomplete, 4 if a case has no valid trial. `supplied`:
// the options as the user gave them, for the report.
[[nodiscard]] int search_rates(const SearchPlan& search, const EndsOptions& where,
                               const OptionTexts& supplied, const Output& output,
                               bool show_progress);

}  // namespace sockmark::cli
