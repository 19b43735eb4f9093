// Operations on plain text. Pure functions; any thread.

#pragma once

#include <string>
#include <string_view>

namespace sockmark {

// The text without leading and trailing white space. Points into `text`.
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text,
                                                 std::string_view white_space = " \t\n\v\f\r") {
  const auto first = text.find_first_not_of(white_space);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

// With ASCII letters in lower case.
[[nodiscard]] inline std::string lowercase(std::string_view text) {
  std::string result(text);
  for (char& letter : result) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return result;
}

}  // namespace sockmark
