#include "bench/remote/command_words.h"

#include <optional>

namespace sockmark {

Result<std::vector<std::string>> split_words(std::string_view command) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  char quote = '\0';
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    const bool blank = c == ' ' || c == '\t' || c == '\n';
    if (quote == '\0' && blank) {
      if (word) words.push_back(*std::move(word));
      word.reset();
      continue;
    }
    if (!word) word.emplace();
    if (c == '\\' && quote != '\'') {
      if (i + 1 == command.size()) return Error{"a backslash at the end"};
      const char next = command[i + 1];
      const bool escapes = quote == '\0' || next == '"' || next == '\\';
      *word += escapes ? next : c;
      if (escapes) ++i;
    } else if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
    } else {
      *word += c;
    }
  }
  if (quote != '\0') return Error{quote == '"' ? "a \" without its end" : "a ' without its end"};
  if (word) words.push_back(*std::move(word));
  if (words.empty()) return Error{"the command is empty"};
  return words;
}

}  // namespace sockmark
