#include "base/parse.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "base/text.h"

namespace sockmark {

namespace {

struct NumberAndUnit {
  std::string_view number, unit;
};

NumberAndUnit split_unit(std::string_view text) {
  const auto end = text.find_first_not_of("0123456789.");
  if (end == std::string_view::npos) return {text, {}};
  return {text.substr(0, end), text.substr(end)};
}

// Typing errors of a word: a letter wrong, missing, doubled or swapped with the next; one in a word
// of two to four letters, two in a longer one. With more errors a suggestion is far-fetched.
constexpr std::size_t kLettersPerError = 3, kErrorsMax = 2;

std::optional<double> parse_decimal(std::string_view text) {
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> nanoseconds_per(std::string_view unit) {
  if (unit == "ns") return 1.0;
  if (unit == "us" || unit == "µs") return 1e3;
  if (unit == "ms") return 1e6;
  if (unit == "s") return 1e9;
  if (unit == "m") return 60e9;
  if (unit == "h") return 3600e9;
  return std::nullopt;
}

std::optional<std::uint64_t> bytes_per(std::string_view unit) {
  if (unit.empty() || unit == "B") return 1;
  if (unit == "k" || unit == "K" || unit == "Ki" || unit == "KiB" || unit == "kiB")
    return 1ULL << 10;
  if (unit == "M" || unit == "Mi" || unit == "MiB") return 1ULL << 20;
  if (unit == "G" || unit == "Gi" || unit == "GiB") return 1ULL << 30;
  if (unit == "kB") return 1'000;
  if (unit == "MB") return 1'000'000;
  if (unit == "GB") return 1'000'000'000;
  return std::nullopt;
}

}  // namespace

Result<Nanoseconds> parse_duration(std::string_view text) {
  constexpr double kLongest = 24 * 3600e9;
  const auto [number, unit] = split_unit(text);
  const auto value = parse_decimal(number);
  if (!value || (!unit.empty() && !nanoseconds_per(unit))) {
    return Error{fmt::format("\"{}\" is not a time; write one like 250ms, 5s or 2m", text)};
  }
  if (unit.empty() && *value == 0) return Nanoseconds(0);
  if (unit.empty())
    return Error{fmt::format("\"{0}\" has no unit; write {0}s, {0}ms or {0}m", text)};
  const double result = *value * *nanoseconds_per(unit);
  if (result > kLongest) return Error{fmt::format("\"{}\" is longer than the limit of 24h", text)};
  return Nanoseconds(std::llround(result));
}

Result<std::uint64_t> parse_size(std::string_view text) {
  const auto [number, unit] = split_unit(text);
  if (unit == "KB" || unit == "Kb") {
    return Error{
        fmt::format("\"{0}\" is ambiguous; write {1}KiB for units of 1024 bytes, or {1}kB "
                    "for units of 1000",
                    text, number)};
  }
  const auto factor = bytes_per(unit);
  const auto value = parse_count(number, 0, std::uint64_t{1} << 33);
  if (!factor || !value)
    return Error{fmt::format("\"{}\" is not a size; write bytes like 64, 1k or 1M", text)};
  return *value * *factor;
}

Result<double> parse_rate(std::string_view text) {
  const auto [number, unit] = split_unit(text);
  const auto value = parse_decimal(number);
  double factor = 0;
  if (unit.empty()) factor = 1;
  if (unit == "k" || unit == "K") factor = 1e3;
  if (unit == "M") factor = 1e6;
  if (unit == "G") factor = 1e9;
  if (!value || factor == 0)
    return Error{fmt::format("\"{}\" is not a rate; write messages/s like 800, 20k or 1.5M", text)};
  return *value * factor;
}

Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t min, std::uint64_t max) {
  std::uint64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failed != std::errc{} || end != text.data() + text.size() || value < min ||
      value > max) {
    return Error{fmt::format("\"{}\" is not a whole number from {} to {}", text, min, max)};
  }
  return value;
}

Result<double> parse_ratio(std::string_view text) {
  const Error wrong{fmt::format("\"{}\" is not a ratio; write 1% or 0.01, at most 100%", text)};
  const bool percent = text.ends_with('%');
  std::string number(text.substr(0, text.size() - (percent ? 1 : 0)));
  if (number.empty() || number.find_first_not_of("0123456789.") != std::string::npos) return wrong;
  // Shifted in the text, because 0.7 / 100 is not the number nearest to 0.007.
  if (percent) number += "e-2";
  double value = 0;
  const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (failed != std::errc{} || end != number.data() + number.size()) return wrong;
  // "1" is one per cent to some and all to others.
  if (value >= 1 && !percent)
    return Error{fmt::format("\"{0}\": write {0}%, or a fraction below 1", text)};
  if (value > 1) return wrong;
  return value;
}

std::string text_of_ratio(double ratio) {
  if (ratio == 1) return "100%";
  std::array<char, 400> buffer{};  // the smallest double has over 300 places
  const auto [end, failed] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), ratio, std::chars_format::fixed);
  return {buffer.data(), end};
}

std::string clock_text(Nanoseconds duration) {
  const auto seconds = std::chrono::round<std::chrono::seconds>(duration).count();
  if (seconds >= 3600)
    return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

std::string text_of_time(Nanoseconds time) {
  const std::pair<std::int64_t, std::string_view> units[] = {
      {1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "us"}};
  for (const auto& [unit, name] : units) {
    if (ns(time) % unit == 0) return fmt::format("{}{}", ns(time) / unit, name);
  }
  return fmt::format("{}ns", ns(time));
}

Result<std::vector<std::string>> split_list(std::string_view text) {
  std::vector<std::string> items;
  for (std::size_t start = 0; start <= text.size();) {
    const auto comma = std::min(text.find(',', start), text.size());
    if (comma == start) return Error{fmt::format("\"{}\" has an empty item", text)};
    items.emplace_back(text.substr(start, comma - start));
    start = comma + 1;
  }
  return items;
}

std::string nearest(std::string_view text, std::span<const std::string_view> candidates) {
  // Levenshtein, with the swap of two neighbours as one error (optimal string alignment).
  const auto distance = [&](std::string_view candidate) {
    std::vector<std::vector<std::size_t>> rows(text.size() + 1,
                                               std::vector<std::size_t>(candidate.size() + 1));
    std::iota(rows[0].begin(), rows[0].end(), std::size_t{0});
    for (std::size_t i = 1; i <= text.size(); ++i) {
      rows[i][0] = i;
      for (std::size_t j = 1; j <= candidate.size(); ++j) {
        const std::size_t replaced = rows[i - 1][j - 1] + (text[i - 1] == candidate[j - 1] ? 0 : 1);
        rows[i][j] = std::min({replaced, rows[i - 1][j] + 1, rows[i][j - 1] + 1});
        if (i > 1 && j > 1 && text[i - 1] == candidate[j - 2] && text[i - 2] == candidate[j - 1])
          rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
      }
    }
    return rows[text.size()][candidate.size()];
  };
  std::size_t best_distance = std::min((text.size() + 1) / kLettersPerError, kErrorsMax) + 1;
  std::string_view best;
  for (const auto candidate : candidates) {
    const auto [shorter, longer] = std::minmax({text.size(), candidate.size()});
    if (longer - shorter >= best_distance) continue;
    if (const auto d = distance(candidate); d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  }
  return std::string(best);
}

Error unknown_word(std::string_view what, std::string_view text,
                   std::span<const std::string_view> candidates, std::span<const WordHint> hints) {
  if (const auto hint = std::ranges::find(hints, lowercase(text), &WordHint::word);
      hint != hints.end())
    return Error{fmt::format("unknown {} \"{}\"; {}", what, text, hint->hint)};
  const auto near = nearest(text, candidates);
  if (!near.empty())
    return Error{fmt::format("unknown {} \"{}\"; did you mean \"{}\"?", what, text, near)};
  return Error{
      fmt::format("unknown {} \"{}\"; there are: {}", what, text, fmt::join(candidates, ", "))};
}

}  // namespace sockmark
