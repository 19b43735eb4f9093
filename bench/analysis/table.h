// Cells of a table from a file: as numbers, and quoted for errors. Pure functions.

#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/printable.h"

namespace sockmark {

// The whole text as a decimal number; none if it contains anything else, or if the number does not
// fit or is not finite.
template <class T>
[[nodiscard]] std::optional<T> number_in(std::string_view text) {
  T value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if constexpr (std::floating_point<T>) {
    if (!std::isfinite(value)) return std::nullopt;
  }
  return value;
}

// The N cells of a line of comma-separated values; none if there are more or fewer. There is no
// quoting: no table here has text that needs it.
template <std::size_t N>
[[nodiscard]] std::optional<std::array<std::string_view, N>> cells_of(std::string_view line) {
  std::array<std::string_view, N> cells;
  for (std::size_t i = 0; i < N; ++i) {
    const std::size_t comma = line.find(',');
    if ((comma == std::string_view::npos) != (i == N - 1)) return std::nullopt;
    cells[i] = line.substr(0, comma);
    if (i < N - 1) line.remove_prefix(comma + 1);
  }
  return cells;
}

// The text in quotes, printable, for an error.
[[nodiscard]] inline std::string in_quotes(std::string_view text) {
  return '"' + report::printable(text, 40) + '"';
}

}  // namespace sockmark
