#include "reports/json/json_reader.h"

#include "base/printable.h"

namespace sockmark::report {
namespace {

constexpr std::size_t kFoundColumns = 40;

// A found value, short enough for the line. Strings are shown as JSON, to distinguish "1" from 1.
std::string describe(JsonValue found) {
  if (found.is_object()) return "an object";
  if (found.is_list()) return "a list of " + std::to_string(found.size());
  return printable(found.text(), kFoundColumns);
}

Error mismatch(std::string_view what, const std::string& found, const Place& place) {
  const std::string where = place.text();
  const std::string prefix = where.empty() ? std::string() : where + ": ";
  return Error{prefix + "expected " + std::string(what) + ", found " + found};
}

}  // namespace

std::string Place::text() const {
  if (parent == nullptr) return printable(key, 60);
  const std::string before = parent->text();
  if (key.empty()) return before + '[' + std::to_string(index) + ']';
  const std::string own = printable(key, 60);
  return before.empty() ? own : before + '.' + own;
}

void JsonReading::expected(std::string_view what, JsonValue found, const Place& place) {
  error = mismatch(what, describe(found), place);
}

void JsonReading::expected_key(std::string_view what, const std::string& found,
                               const Place& place) {
  JsonWriter quoted(JsonWriter::Layout::one_line);
  quoted.string(found);
  error = mismatch(what, printable(std::move(quoted).take(), kFoundColumns), place);
}

void JsonReading::missing(const Place& place) { error = Error{place.text() + ": missing"}; }

void read_whole_text(JsonValue json, std::uint64_t& value, const Place& place,
                     JsonReading& reading) {
  if (!json.is_string()) return read_integer(json, value, place, reading, {});
  const std::string text = json.string();
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size())
    reading.expected("a whole number of at most 64 bits", json, place);
}

void read_number(JsonValue json, double& value, const Place& place, JsonReading& reading,
                 Range range) {
  const bool from = range.lowest != Range().lowest, to = range.highest != Range().highest;
  const double number = json.is_number() ? json.number() : 0;
  if (json.is_number() && (!from || number >= static_cast<double>(range.lowest)) &&
      (!to || number <= static_cast<double>(range.highest))) {
    value = number;
    return;
  }
  std::string what = "a number";
  if (from) what += (to ? " from " : " of at least ") + std::to_string(range.lowest);
  if (to) what += (from ? " to " : " of at most ") + std::to_string(range.highest);
  reading.expected(what, json, place);
}

std::string describe_names(std::span<const std::string_view> names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += '"' + std::string(names[i]) + '"';
  }
  return text;
}

std::string describe_range(std::int64_t lowest, std::uint64_t highest) {
  return "an integer from " + std::to_string(lowest) + " to " + std::to_string(highest);
}

}  // namespace sockmark::report
