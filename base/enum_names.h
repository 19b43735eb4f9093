// The names of an enum's values: one table, read in both directions.
//
//   enum class Order { interleaved, random };
//   constexpr auto enum_names(Order) {
//     return std::to_array<EnumName<Order>>({{Order::interleaved, "interleaved"}, {Order::random,
//     "random"}});
//   }
//
//   name_of(Order::random) == "random"     value_named<Order>("random") == Order::random
//
// The table is a function, so that it is found in the namespace of the enum. Pure functions, any
// thread.

#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>

namespace sockmark {

template <class E>
struct EnumName {
  E value;
  std::string_view name;
};

// An enum with such a table.
template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E value) {
  enum_names(value).size();
};

// Empty if the value is not in the table.
template <NamedEnum E>
[[nodiscard]] constexpr std::string_view name_of(E value) {
  for (const auto& one : enum_names(value)) {
    if (one.value == value) return one.name;
  }
  return {};
}

template <NamedEnum E>
[[nodiscard]] constexpr std::optional<E> value_named(std::string_view name) {
  for (const auto& one : enum_names(E{})) {
    if (one.name == name) return one.value;
  }
  return std::nullopt;
}

// Every value in the order of the table, and every name.
template <NamedEnum E>
[[nodiscard]] constexpr auto values_of() {
  constexpr auto names = enum_names(E{});
  std::array<E, names.size()> values{};
  for (std::size_t i = 0; i < names.size(); ++i) values[i] = names[i].value;
  return values;
}
template <NamedEnum E>
[[nodiscard]] constexpr auto names_of() {
  constexpr auto table = enum_names(E{});
  std::array<std::string_view, table.size()> names{};
  for (std::size_t i = 0; i < table.size(); ++i) names[i] = table[i].name;
  return names;
}

}  // namespace sockmark
