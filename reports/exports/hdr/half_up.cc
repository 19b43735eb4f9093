#include "reports/exports/hdr/half_up.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

#include "base/assert.h"

namespace sockmark::report {

std::string half_up(double value, int decimals) {
  ASSERT(std::isfinite(value) && value >= 0 && decimals >= 1);
  // The longest: 309 digits in front of the point, or 324 zeros and 17 digits behind it.
  std::array<char, 352> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
  std::string text(digits.data(), end.ptr);
  std::size_t point = text.find('.');
  if (point == std::string::npos) {
    point = text.size();
    text += '.';
  }
  const std::size_t wanted = point + 1 + static_cast<std::size_t>(decimals);
  const bool up = text.size() > wanted && text[wanted] >= '5';
  text.resize(wanted, '0');
  if (!up) return text;
  for (std::size_t i = wanted; i-- > 0;) {
    if (text[i] == '.') continue;
    if (text[i] != '9') {
      ++text[i];
      return text;
    }
    text[i] = '0';
  }
  return "1" + text;
}

}  // namespace sockmark::report
