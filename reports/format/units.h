// Numbers in tables: in a fitting unit, with as many decimals as are significant. Pure functions,
// any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sockmark::report {

struct Unit {
  double size;
  std::string_view name;
};
// Ascending and decimal.
inline constexpr Unit kTime[] = {{1, "ns"}, {1e3, "µs"}, {1e6, "ms"}, {1e9, "s"}};
inline constexpr Unit kCount[] = {{1, ""}, {1e3, "k"}, {1e6, "M"}, {1e9, "G"}};
inline constexpr Unit kBytes[] = {{1, "B"}, {1e3, "kB"}, {1e6, "MB"}, {1e9, "GB"}};
inline constexpr Unit kBits[] = {{1, "bit"}, {1e3, "kbit"}, {1e6, "Mbit"}, {1e9, "Gbit"}};
inline constexpr Unit kPerCent[] = {{0.01, "%"}};

// The largest unit in which the smallest value is at least one.
[[nodiscard]] Unit unit_for(double smallest, std::span<const Unit> units);

// The decimals of a column: three significant digits for its smallest value that is not zero.
[[nodiscard]] int decimals_for(double smallest);

// "21.3 µs": with at most these decimals, fewer where the number would have more than four digits.
[[nodiscard]] std::string with_unit(double value, Unit unit, int decimals);

// Of one value, in the unit that fits it: "21.3 µs", "941 Mbit".
[[nodiscard]] std::string fitted(double value, std::span<const Unit> units);

// Whether the value in this unit has more than four digits before the decimal point.
[[nodiscard]] bool is_too_long(double value, Unit unit);

// "1 run", "3 runs"
[[nodiscard]] std::string counted(std::size_t count, std::string_view thing);

// "64 B", "4 KiB": binary where that is a whole number.
[[nodiscard]] std::string size_text(std::uint64_t bytes);

// "500/s", "10 k/s"
[[nodiscard]] std::string rate_text(double per_s);

}  // namespace sockmark::report
