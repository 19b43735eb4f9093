// The options of sockmark run: their declaration, what the user gave, and which of them require or
// exclude each other.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/cli/commands/search_arguments.h"
#include "bench/cli/ends_arguments.h"
#include "bench/cli/measure_plan.h"
#include "bench/cli/options.h"
#include "bench/plan/plan_options.h"

namespace sockmark::cli {

// Texts are as the user gave them.
struct RunArguments {
  std::optional<std::string> suite;
  OptionTexts plan;
  std::optional<std::string> by, baseline, against, candidate, budget, inconclusive, calibration;
  std::vector<std::string> gates;
  SearchTexts search;
  EndsTexts ends;
  Output output;
  std::optional<std::string> percentiles, json_stream;
  bool bits = false;
  bool floor = false;
  bool until_precise = false, dry_run = false, resume = false, discard = false, no_progress = false;

  [[nodiscard]] bool shows_progress() const { return !output.quiet && !no_progress; }
};

void add_run_options(Command& command, RunArguments& arguments);

// Checks the options against each other, and that the output can be written. The values of a plan,
// a comparison and a search are checked where they are read.
[[nodiscard]] Result<> check(const RunArguments& arguments);

// The options that decide what is measured, by name, for plan.supplied of the report.
[[nodiscard]] OptionTexts supplied_texts(const RunArguments& arguments);

}  // namespace sockmark::cli
