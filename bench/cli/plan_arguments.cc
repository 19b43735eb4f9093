#include "bench/cli/plan_arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>

namespace sockmark::cli {

void add_plan_options(CLI::App& command, const std::shared_ptr<OptionTexts>& texts,
                      std::initializer_list<std::string_view> without) {
  for (const auto& option : plan_options()) {
    const std::string name = option.name;
    if (std::ranges::find(without, name) != without.end()) continue;
    const std::string names =
        (*option.letters != '\0' ? std::string(option.letters) + "," : "") + "--" + name;
    if (*option.kind == '\0') {
      command.add_flag_callback(
          names, [texts, name] { (*texts)[name] = "true"; }, option.help);
      continue;
    }
    command
        .add_option_function<std::string>(
            names, [texts, name](const std::string& text) { (*texts)[name] = text; }, option.help)
        ->type_name(option.kind);
  }
}

}  // namespace sockmark::cli
