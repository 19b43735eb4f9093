// The options of sockmark run that place the two ends of a run on other machines.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/cli/options.h"
#include "bench/plan/plan.h"
#include "bench/plan/plan_options.h"
#include "bench/remote/ends.h"

namespace sockmark::cli {

// Texts are as the user gave them.
struct EndsTexts {
  std::optional<std::string> responder_via, generators, worker_program, launch_timeout, listen,
      reach_at, remote, secret_file, clock_bound;
  std::vector<std::string> generators_via;
};

void add_ends_options(Command& command, EndsTexts& texts);

// Those that were given, by name.
[[nodiscard]] OptionTexts supplied_texts(const EndsTexts& texts);

// Errors name the option.
[[nodiscard]] Result<EndsOptions> read_ends(const EndsTexts& texts);

// Whether the cases of `plan` can be measured between these ends. Errors name the option.
[[nodiscard]] Result<> check_ends(const EndsOptions& ends, const Plan& plan);

// Tells the cases of `plan` how many generators there are. Errors: a case does not fit them.
[[nodiscard]] Result<> place_generators(const EndsOptions& ends, Plan& plan);

// Starts the agents, others for the background loads of `plan`, and prints what their launchers
// say.
[[nodiscard]] Result<Ends> launch(const EndsOptions& options, const Plan& plan);

}  // namespace sockmark::cli
