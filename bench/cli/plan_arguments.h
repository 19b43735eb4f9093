// The options of a plan (plan_options.h) on the command line of a command that measures one.

#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>

#include "bench/cli/cli.h"
#include "bench/plan/plan_options.h"

namespace CLI {
class App;
}

namespace sockmark::cli {

// What is given goes to `texts` as it was given, for read_options(). Those of `without` are left
// out, by their names.
void add_plan_options(CLI::App& command, const std::shared_ptr<OptionTexts>& texts,
                      std::initializer_list<std::string_view> without = {});

}  // namespace sockmark::cli
