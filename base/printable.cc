#include "base/printable.h"

#include <cstdint>

namespace sockmark::report {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

// The code point at the front of a non-empty text (RFC 3629 section 3: no overlong form, no
// surrogate, nothing above U+10FFFF). An invalid one takes one byte, so the next byte gets its own
// chance.
CodePoint decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  std::uint32_t value = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = (value << 6) | (byte(i) & 0x3F);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[length] || value > 0x10FFFF) return {};
  if (value >= 0xD800 && value <= 0xDFFF) return {};
  return {value, length, true};
}

bool is_unfit(std::uint32_t value) {
  const auto within = [value](std::uint32_t low, std::uint32_t high) {
    return value >= low && value <= high;
  };
  return value < 0x20 || within(0x7F, 0x9F)                   // C0, DEL, C1
         || value == 0x061C || within(0x200E, 0x200F)         // marks of direction
         || within(0x2028, 0x202E) || within(0x2066, 0x2069)  // separators, embeddings, isolates
         || value == 0xFEFF;                                  // byte order mark, no width
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = decode(text);
    if (!point.valid) {
      result += kReplacement;
    } else if (!is_unfit(point.value)) {
      result += text.substr(0, point.bytes);
    }
    text.remove_prefix(point.bytes);
  }
  return result;
}

std::string printable(std::string_view text, std::size_t columns) {
  std::string result = printable(text);
  if (columns_of(result) <= columns) return result;
  constexpr std::string_view kCut = "...";
  const std::size_t kept = columns > kCut.size() ? columns - kCut.size() : 0;
  std::size_t end = 0;
  for (std::size_t i = 0; i < kept; ++i) end += decode(std::string_view(result).substr(end)).bytes;
  return result.substr(0, end).append(kCut);
}

std::string with_references(std::string_view text, std::string_view characters) {
  std::string result;
  for (const char c : text) {
    if (characters.find(c) == characters.npos) {
      result += c;
      continue;
    }
    result += c == '&'    ? "&amp;"
              : c == '<'  ? "&lt;"
              : c == '>'  ? "&gt;"
              : c == '"'  ? "&quot;"
              : c == '\'' ? "&#39;"
                          : "";
  }
  return result;
}

std::string_view json_for_people(std::string_view json) {
  const bool plain_string =
      json.size() >= 2 && json.front() == '"' && json.back() == '"' && json.find('\\') == json.npos;
  if (plain_string) return json.substr(1, json.size() - 2);
  return json == "null" ? "not known" : json;
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for (const char c : text) columns += (static_cast<std::uint8_t>(c) & 0xC0) != 0x80;
  return columns;
}

}  // namespace sockmark::report
