// A command line as the user writes it in one option, split into words without a shell.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sockmark {

// "ssh -p 22 'a b'" is ssh, -p, 22, "a b". Blanks separate words; single quotes keep everything,
// double quotes everything but a backslash before " or \, and a backslash the next character.
// Nothing is expanded. Errors: a quote without its end, a backslash at the end, no word.
[[nodiscard]] Result<std::vector<std::string>> split_words(std::string_view command);

}  // namespace sockmark
