// The options of a plan (plan_options.h) on the command line of a command that measures one.

#pragma once

#include <initializer_list>
#include <string_view>

#include "bench/cli/options.h"
#include "bench/plan/plan_options.h"

namespace sockmark::cli {

// Adds them all, except for those named in `without`. What the user gives is put into `texts`
// unread, for read_options().
void add_plan_options(Command& command, OptionTexts& texts,
                      std::initializer_list<std::string_view> without = {});

}  // namespace sockmark::cli
