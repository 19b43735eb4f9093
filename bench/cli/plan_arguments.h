// The options of a plan (plan_options.h) on the command line of a command that measures one.

#pragma once

#include <memory>

#include "bench/cli/cli.h"
#include "bench/plan_options.h"

namespace sockmark::cli {

// What is given goes to `texts` as it was given, for read_options().
void add_plan_options(CLI::App& command, const std::shared_ptr<OptionTexts>& texts);

}  // namespace sockmark::cli
