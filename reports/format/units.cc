#include "reports/format/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sockmark::report {

Unit unit_for(double smallest, std::span<const Unit> units) {
  Unit result = units.front();
  for (const Unit& unit : units) {
    if (smallest >= unit.size) result = unit;
  }
  return result;
}

int decimals_for(double smallest) {
  if (smallest <= 0 || smallest >= 100) return 0;
  if (smallest >= 10) return 1;
  if (smallest >= 0.1) return 2;
  // Below that two digits, so that a loss of one in a million is not shown as none.
  return std::min(9, static_cast<int>(std::ceil(-std::log10(smallest))) + 1);
}

std::string with_unit(double value, Unit unit, int decimals) {
  const double shown = value / unit.size;
  // Of a number below one, the zero before the point is no digit.
  while (decimals > 0 && shown >= 1 && shown * std::pow(10.0, decimals) >= 1e4 - 0.5) --decimals;
  const std::string number = fmt::format("{:.{}f}", shown, decimals);
  return unit.name.empty() ? number : fmt::format("{} {}", number, unit.name);
}

std::string fitted(double value, std::span<const Unit> units) {
  const Unit unit = unit_for(value, units);
  return with_unit(value, unit, decimals_for(value / unit.size));
}

bool is_too_long(double value, Unit unit) { return value / unit.size >= 1e4 - 0.5; }

std::string counted(std::size_t count, std::string_view thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::string size_text(std::uint64_t bytes) {
  if (bytes != 0 && bytes % (1U << 20) == 0) return fmt::format("{} MiB", bytes >> 20);
  if (bytes != 0 && bytes % (1U << 10) == 0) return fmt::format("{} KiB", bytes >> 10);
  return fmt::format("{} B", bytes);
}

std::string rate_text(double per_s) {
  const Unit unit = unit_for(per_s, kCount);
  return fmt::format("{:.4g}{}{}/s", per_s / unit.size, unit.name.empty() ? "" : " ", unit.name);
}

}  // namespace sockmark::report
