// Reads structs from parsed JSON through fields(), with a one-line error for the first mistake:
//
//   cases[3].params.size_bytes: expected an integer from 1 to 16777216, found "x"
//
// Unknown keys are ignored and counted, so that a file of a later minor version can be read. A
// Maybe that the file lacks (an earlier minor version) is absent with the reason "not_recorded";
// every other field is required. Integers are checked against their type and Range, fractions
// against their Range, names against their enum; a key of a map of counts must be a whole number.
//
// report_json.h declares the functions of the structs of a report, which are compiled once. No
// function throws. Stateless but for the JsonReading that is passed along.

#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "reports/json/json_value.h"
#include "reports/json/json_writer.h"
#include "reports/json/visit.h"

namespace sockmark::report {

// A place in the document: a chain of keys and indices, formatted only for an error.
struct Place {
  const Place* parent = nullptr;
  std::string_view key;  // empty in a list
  std::size_t index = 0;

  [[nodiscard]] std::string text() const;  // "cases[3].params"
};

struct JsonReading {
  std::optional<Error> error;  // the first one, which ends the reading
  std::uint64_t unknown_keys = 0;

  void expected(std::string_view what, JsonValue found, const Place& place);
  void expected_key(std::string_view what, const std::string& found, const Place& place);
  void missing(const Place& place);
};

template <class T>
void read_json(JsonValue json, T& value, const Place& place, JsonReading& reading,
               Range range = {});

// "an integer from 1 to 64".
[[nodiscard]] std::string describe_range(std::int64_t lowest, std::uint64_t highest);

// The visitor of fields() that reads an object's members.
class FieldReader {
 public:
  // Must: `object` is an object.
  FieldReader(JsonValue object, const Place& place, JsonReading& reading)
      : object_(object), place_(place), reading_(reading) {}

  template <class T>
  void operator()(std::string_view name, T&& value, Range range = {}) {
    if (reading_.error) return;
    const Place place{.parent = &place_, .key = name};
    const std::optional<JsonValue> found = find(name);
    if constexpr (kIsMaybe<std::decay_t<T>>) {
      read_maybe(found, value, place, range);
    } else {
      if (!found) return reading_.missing(place);
      if constexpr (std::same_as<std::decay_t<T>, double>) {
        // The writer writes a number that is not finite as null with a reason.
        if (found->is_null() && reason(name)) {
          value = std::numeric_limits<double>::quiet_NaN();
          return;
        }
      }
      read_json(*found, value, place, reading_, range);
    }
  }

  template <class T>
  void operator()(std::string_view name, T&& list, AddedLater) {
    if (object_.find(name)) (*this)(name, list);
  }

  void constant(std::string_view name, const auto&) { (void)find(name); }

  [[nodiscard]] std::size_t unknown_keys() const { return object_.size() - known_; }

 private:
  std::optional<JsonValue> find(std::string_view name) {
    const auto found = object_.find(name);
    if (found) ++known_;
    return found;
  }

  std::optional<std::string> reason(std::string_view name) {
    const auto found = find(std::string(name) + "_reason");
    if (!found || !found->is_string()) return std::nullopt;
    return found->string();
  }

  template <class T>
  void read_maybe(std::optional<JsonValue> found, Maybe<T>& value, const Place& place,
                  Range range) {
    if (!found) {
      value = Maybe<T>::none(reason(place.key).value_or(kNotRecorded));
    } else if (found->is_null()) {
      std::optional<std::string> why = reason(place.key);
      if (!why)
        return reading_.missing({.parent = &place_, .key = std::string(place.key) + "_reason"});
      value = Maybe<T>::none(std::move(*why));
    } else {
      T content{};
      read_json(*found, content, place, reading_, range);
      value = std::move(content);
    }
  }

  JsonValue object_;
  const Place& place_;
  JsonReading& reading_;
  std::size_t known_ = 0;
};

template <class T>
void read_integer(JsonValue json, T& value, const Place& place, JsonReading& reading, Range range) {
  const std::int64_t lowest = std::cmp_less(range.lowest, std::numeric_limits<T>::min())
                                  ? static_cast<std::int64_t>(std::numeric_limits<T>::min())
                                  : range.lowest;
  const std::uint64_t highest = std::cmp_greater(range.highest, std::numeric_limits<T>::max())
                                    ? static_cast<std::uint64_t>(std::numeric_limits<T>::max())
                                    : range.highest;
  const auto take = [&](auto number) {
    if (std::cmp_less(number, lowest) || std::cmp_greater(number, highest)) return false;
    value = static_cast<T>(number);
    return true;
  };
  const auto whole = json.whole();
  const auto integer = whole ? std::nullopt : json.integer();
  const bool taken = (whole && take(*whole)) || (integer && take(*integer));
  if (!taken) reading.expected(describe_range(lowest, highest), json, place);
}

// Digits in a text, or a number.
void read_whole_text(JsonValue json, std::uint64_t& value, const Place& place,
                     JsonReading& reading);

void read_number(JsonValue json, double& value, const Place& place, JsonReading& reading,
                 Range range);

// "a", "b" or "c", each in its quotes.
[[nodiscard]] std::string describe_names(std::span<const std::string_view> names);

template <NamedEnum E>
void read_enum(JsonValue json, E& value, const Place& place, JsonReading& reading) {
  if (!json.is_string()) return reading.expected("a string", json, place);
  const auto found = value_named<E>(json.string());
  if (!found) return reading.expected(describe_names(names_of<E>()), json, place);
  value = *found;
}

template <class List>
void read_list(JsonValue json, List& list, const Place& place, JsonReading& reading, Range range) {
  if (!json.is_list()) return reading.expected("a list", json, place);
  if constexpr (requires { list.resize(0); }) {
    list.resize(json.size());
  } else if (json.size() != list.size()) {
    return reading.expected("a list of " + std::to_string(list.size()), json, place);
  }
  for (std::size_t i = 0; i < list.size() && !reading.error; ++i) {
    read_json(json[i], list[i], Place{.parent = &place, .key = {}, .index = i}, reading, range);
  }
}

template <class Map>
void read_map(JsonValue json, Map& map, const Place& place, JsonReading& reading) {
  if (!json.is_object()) return reading.expected("an object", json, place);
  map.clear();
  for (const auto& [name, element] : json.members()) {
    if (reading.error) return;
    typename Map::key_type key{};
    if constexpr (std::integral<typename Map::key_type>) {
      const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), key);
      if (problem != std::errc{} || end != name.data() + name.size()) {
        return reading.expected_key("whole numbers as keys", name, place);
      }
    } else {
      key = name;
    }
    read_json(element, map[std::move(key)], Place{.parent = &place, .key = name}, reading);
  }
}

template <class Struct>
void read_struct(JsonValue json, Struct& value, const Place& place, JsonReading& reading) {
  if (!json.is_object()) return reading.expected("an object", json, place);
  FieldReader visit(json, place, reading);
  fields(visit, value);
  reading.unknown_keys += visit.unknown_keys();
}

template <class T>
void read_json(JsonValue json, T& value, const Place& place, JsonReading& reading, Range range) {
  if (reading.error) return;
  if constexpr (std::same_as<T, bool>) {
    if (!json.is_boolean()) return reading.expected("true or false", json, place);
    value = json.boolean();
  } else if constexpr (std::integral<T>) {
    read_integer(json, value, place, reading, range);
  } else if constexpr (std::same_as<T, double>) {
    read_number(json, value, place, reading, range);
  } else if constexpr (std::same_as<T, std::string>) {
    if (!json.is_string()) return reading.expected("a string", json, place);
    value = json.string();
  } else if constexpr (NamedEnum<T>) {
    read_enum(json, value, place, reading);
  } else if constexpr (kIsOpenEnum<T>) {
    if (!json.is_string()) return reading.expected("a string", json, place);
    value = T(json.string());
  } else if constexpr (kIsList<T>) {
    read_list(json, value, place, reading, range);
  } else if constexpr (kIsMap<T>) {
    read_map(json, value, place, reading);
  } else if constexpr (std::same_as<T, NumberOrWord>) {
    if (json.is_string()) {
      value = json.string();
    } else {
      read_json(json, value.template emplace<std::int64_t>(), place, reading, range);
    }
  } else if constexpr (kIsWholeText<std::remove_const_t<T>>) {
    read_whole_text(json, value.whole, place, reading);
  } else if constexpr (kIsJsonTexts<std::remove_const_t<T>>) {
    if (!json.is_object()) return reading.expected("an object", json, place);
    value.texts.clear();
    for (const auto& [name, element] : json.members()) value.texts[name] = element.text();
  } else {
    read_struct(json, value, place, reading);
  }
}

// A whole document, or the part of one at `place`.
template <class T>
[[nodiscard]] Result<T> read_document(JsonValue json, JsonReading& reading,
                                      const Place& place = {}) {
  T value{};
  read_json(json, value, place, reading);
  if (reading.error) return *reading.error;
  return value;
}

}  // namespace sockmark::report
