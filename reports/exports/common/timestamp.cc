#include "reports/exports/common/timestamp.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>

namespace sockmark::report {
namespace {

constexpr std::string_view kDigits = "0123456789";

// In the shape '0' matches any digit, and 'T' also 't' and ' '.
bool has_shape(std::string_view text, std::string_view shape) {
  return std::ranges::equal(text, shape, [](char c, char of_shape) {
    if (of_shape == '0') return kDigits.find(c) != kDigits.npos;
    return c == of_shape || (of_shape == 'T' && (c == 't' || c == ' '));
  });
}

int number(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

}  // namespace

std::optional<WallInstant> instant_of(std::string_view text) {
  using namespace std::chrono;
  constexpr std::string_view kShape = "0000-00-00T00:00:00";
  if (!has_shape(text.substr(0, kShape.size()), kShape)) return std::nullopt;
  const auto field = [text](std::size_t at) { return number(text.substr(at, 2)); };
  const auto date = year(number(text.substr(0, 4))) / field(5) / field(8);
  const int h = field(11), min = field(14), s = field(17);
  // Second 60 is a leap second: it becomes the first of the next minute.
  if (!date.ok() || h > 23 || min > 59 || s > 60) return std::nullopt;
  std::string_view rest = text.substr(kShape.size());
  int ms = 0;
  if (rest.starts_with('.')) {
    const std::size_t end = std::min(rest.find_first_not_of(kDigits, 1), rest.size());
    if (end == 1) return std::nullopt;
    ms = number((std::string(rest.substr(1, end - 1)) + "00").substr(0, 3));
    rest.remove_prefix(end);
  }
  minutes offset{0};
  if (has_shape(rest, "+00:00") || has_shape(rest, "-00:00")) {
    const int offset_h = number(rest.substr(1, 2)), offset_min = number(rest.substr(4, 2));
    if (offset_h > 23 || offset_min > 59) return std::nullopt;
    offset = (hours(offset_h) + minutes(offset_min)) * (rest[0] == '+' ? 1 : -1);
  } else if (rest != "Z" && rest != "z") {
    return std::nullopt;
  }
  const WallInstant instant =
      sys_days(date) + hours(h) + minutes(min) - offset + seconds(s) + milliseconds(ms);
  if (instant.time_since_epoch() < milliseconds(0)) return std::nullopt;
  return instant;
}

std::optional<WallInstant> started_at(const Report& report) {
  std::optional<WallInstant> first;
  for (const Case& one : report.cases) {
    for (const Run& run : one.runs) {
      if (const auto instant = instant_of(run.started_at); instant && (!first || *instant < *first))
        first = instant;
    }
  }
  return first;
}

}  // namespace sockmark::report
