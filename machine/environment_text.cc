#include <algorithm>
#include <utility>

#include "base/text.h"
#include "machine/environment_items.h"

namespace sockmark::environment {

std::string_view view(const std::optional<std::string>& text) {
  return text ? std::string_view(*text) : std::string_view();
}

Value text_value(const std::optional<std::string>& text) {
  if (!text || text->empty()) return {};
  return *text;
}

Value number_value(const std::optional<std::string>& text) {
  if (!text) return {};
  std::vector<std::int64_t> numbers;
  for (const std::string_view part : split(*text, " \t\n")) {
    const auto number = to_integer(part);
    // Text also where jq and JavaScript would round the number.
    constexpr std::int64_t kExactMax = (std::int64_t{1} << 53) - 1;
    if (!number || *number > kExactMax || *number < -kExactMax) return text_value(text);
    numbers.push_back(*number);
  }
  if (numbers.empty()) return {};
  return numbers.size() == 1 ? Value(numbers.front()) : Value(std::move(numbers));
}

Value words_of(const std::optional<std::string>& text, std::string_view separators) {
  std::vector<std::string> words;
  for (const std::string_view word : split(view(text), separators)) words.emplace_back(word);
  if (words.empty()) return {};
  return words;
}

Value one_or_list(std::vector<std::string> values) {
  if (values.empty()) return {};
  return values.size() == 1 ? Value(std::move(values.front())) : Value(std::move(values));
}

std::vector<std::string> distinct(std::string_view cpuinfo, std::string_view key) {
  std::vector<std::string> values;
  for (const std::string_view line : split(cpuinfo, "\n")) {
    const auto colon = line.find(':');
    if (colon == line.npos || trimmed(line.substr(0, colon)) != key) continue;
    std::string value(trimmed(line.substr(colon + 1)));
    if (std::ranges::find(values, value) == values.end()) values.push_back(std::move(value));
  }
  return values;
}

std::optional<std::string> line_of(const std::optional<std::string>& text, std::string_view key) {
  for (const std::string_view line : split(view(text), "\n")) {
    if (line.starts_with(key) && line.substr(key.size()).starts_with(':')) {
      return std::string(trimmed(line.substr(key.size() + 1)));
    }
  }
  return std::nullopt;
}

}  // namespace sockmark::environment
