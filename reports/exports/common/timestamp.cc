#include "reports/exports/common/timestamp.h"

#include <charconv>
#include <cstddef>

namespace sockmark::report {
namespace {

// Reads a text from its front.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() const { return text_.empty(); }
  bool skip(std::string_view any_of) {
    if (text_.empty() || any_of.find(text_.front()) == any_of.npos) return false;
    text_.remove_prefix(1);
    return true;
  }
  // Exactly so many digits.
  bool digits(std::size_t count, int& value) {
    const std::string_view head = text_.substr(0, count);
    if (head.size() != count || head.find_first_not_of("0123456789") != head.npos) return false;
    std::from_chars(head.data(), head.data() + head.size(), value);
    text_.remove_prefix(count);
    return true;
  }
  // One digit and more, of which the first three count.
  bool fraction(int& milliseconds) {
    std::size_t length = 0;
    for (int scale = 100; length < text_.size() && text_[length] >= '0' && text_[length] <= '9';
         ++length, scale /= 10) {
      milliseconds += scale * (text_[length] - '0');
    }
    text_.remove_prefix(length);
    return length > 0;
  }

 private:
  std::string_view text_;
};

}  // namespace

std::optional<WallInstant> instant_of(std::string_view text) {
  using namespace std::chrono;
  Reader in(text);
  int y = 0, mon = 0, d = 0, h = 0, min = 0, s = 0, fraction = 0;
  const bool read = in.digits(4, y) && in.skip("-") && in.digits(2, mon) && in.skip("-") &&
                    in.digits(2, d) && in.skip("Tt ") && in.digits(2, h) && in.skip(":") &&
                    in.digits(2, min) && in.skip(":") && in.digits(2, s);
  if (!read || (in.skip(".") && !in.fraction(fraction))) return std::nullopt;
  minutes offset{0};
  if (!in.skip("Zz")) {
    int offset_h = 0, offset_min = 0;
    const bool ahead = in.skip("+");
    if ((!ahead && !in.skip("-")) || !in.digits(2, offset_h) || !in.skip(":") ||
        !in.digits(2, offset_min) || offset_h > 23 || offset_min > 59) {
      return std::nullopt;
    }
    offset = (hours(offset_h) + minutes(offset_min)) * (ahead ? 1 : -1);
  }
  const year_month_day date =
      year(y) / month(static_cast<unsigned>(mon)) / day(static_cast<unsigned>(d));
  // A leap second is second 60, which the next minute's first stands for.
  if (!in.at_end() || !date.ok() || h > 23 || min > 59 || s > 60) return std::nullopt;
  const auto instant =
      sys_days(date) + hours(h) + minutes(min) - offset + seconds(s) + milliseconds(fraction);
  if (y < 1970 || instant.time_since_epoch() < milliseconds(0)) return std::nullopt;
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
