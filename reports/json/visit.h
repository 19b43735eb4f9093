// The parts of fields() functions. A struct that is written to JSON or read from it has one:
//
//   fields(visit, run)   calls   visit("index", run.index); visit("valid", run.valid); ...
//
// in the order in which the JSON shows them, in the struct's own namespace. A visitor is callable
// with (name, value), (name, value, Range) and (name, list, AddedLater), for every type that
// occurs, and has constant(name, text or list) for what the JSON says but no struct holds. A call
// returns nothing; the visitor keeps its errors.
//
// A value is a number, a bool, a string, a NamedEnum (base/enum_names.h; written by its name), an
// OpenEnum, a Maybe, a list, a map, a NumberOrWord or a struct with fields().

#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <variant>

#include "base/maybe.h"
#include "base/open_enum.h"

namespace sockmark::report {

// Both ends inclusive; the type of the member limits it further. A fraction has no limit where the
// end is that of the type.
struct Range {
  std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  std::uint64_t highest = std::numeric_limits<std::uint64_t>::max();
};
inline constexpr Range kNotNegative{.lowest = 0};
inline constexpr Range kMessageSize{.lowest = 1, .highest = 16 * 1024 * 1024};
inline constexpr Range kPositive{.lowest = 1};
inline constexpr Range kShare{.lowest = 0, .highest = 1};

// A list that reports of an earlier minor version lack: it is read as empty.
struct AddedLater {};
inline constexpr AddedLater kAddedLater;

// A map whose values are JSON texts, which are embedded as values.
template <class Map>
struct JsonTexts {
  Map& texts;
};
template <class Map>
JsonTexts(Map&) -> JsonTexts<Map>;

// In the JSON a whole number or a string.
using NumberOrWord = std::variant<std::int64_t, std::string>;

// A whole number that may exceed 2^53, which jq and JavaScript would round: decimal text in the
// JSON. A number, as reports before 1.4 have it, is read too.
template <class Whole>
struct WholeText {
  Whole& whole;
};
template <class Whole>
WholeText(Whole&) -> WholeText<Whole>;

// T is Struct or const Struct: one function serves reading and writing.
template <class T, class Struct>
concept Of = std::same_as<std::remove_const_t<T>, Struct>;

}  // namespace sockmark::report
