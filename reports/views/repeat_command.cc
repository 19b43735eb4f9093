#include "reports/views/repeat_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>

#include "base/printable.h"

namespace sockmark::report {
namespace {

bool is_safe(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("%+,-./:=@_").find(c) != std::string_view::npos;
}

}  // namespace

std::string shell_quoted(std::string_view word) {
  if (!word.empty() && std::ranges::all_of(word, is_safe)) return std::string(word);
  const bool printable_as_it_is = printable(word) == word;
  std::string text = printable_as_it_is ? "'" : "$'";
  for (const char c : word) {
    if (printable_as_it_is) {
      text += c == '\'' ? "'\\''" : std::string(1, c);
    } else if (c == '\'' || c == '\\') {
      text.append("\\").append(1, c);
    } else if (c >= ' ' && c <= '~') {
      text += c;
    } else {
      text += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(c));
    }
  }
  return text + '\'';
}

// "tcp,udp" is one value; gates, and the generators of lines, are given one by one.
std::string option_words(const std::string& name, std::string_view value) {
  const std::string word = ' ' + shell_quoted("--" + name);
  const bool program = name == "against" || name == "candidate";  // true is one, too
  if (value == "true" && !program) return word;
  const bool generators = name == "generator-via";
  if (name != "gate" && !generators) return word + ' ' + shell_quoted(value);
  std::string text;
  for (std::size_t begin = 0; begin <= value.size();) {
    const std::size_t end = std::min(value.find(generators ? '\n' : ',', begin), value.size());
    text += word + ' ' + shell_quoted(value.substr(begin, end - begin));
    begin = end + 1;
  }
  return text;
}

std::string repeat_command(const Report& report) {
  const auto& supplied = report.plan_supplied;
  // A calibration compares a program with itself, without the option --against.
  const bool calibration =
      report.plan_effective.contains("against") && !supplied.contains("against");
  std::string command = calibration ? "sockmark calibrate" : "sockmark run";
  if (const auto suite = supplied.find("suite"); suite != supplied.end())
    command += ' ' + shell_quoted(suite->second);
  for (const auto& [name, value] : supplied) {
    if (name != "suite") command += option_words(name, value);
  }
  return command;
}

}  // namespace sockmark::report
