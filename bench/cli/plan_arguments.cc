#include "bench/cli/plan_arguments.h"

#include <algorithm>
#include <string>

namespace sockmark::cli {

void add_plan_options(Command& command, OptionTexts& texts,
                      std::initializer_list<std::string_view> without) {
  for (const auto& option : plan_options()) {
    const std::string name = option.name;
    if (std::ranges::find(without, name) != without.end()) continue;
    const std::string letter = *option.letters == '\0' ? "" : std::string(option.letters) + ",";
    command.on_text(letter + "--" + name, option.kind, option.help,
                    [&texts, name](const std::string& text) { texts[name] = text; });
  }
}

}  // namespace sockmark::cli
