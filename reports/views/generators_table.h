// The table of the generators of cases with several: a line for each generator of each case. Pure
// function of the report.

#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/report.h"

namespace sockmark::report {

struct GeneratorRow {
  static constexpr std::size_t kColumns = 9;
  std::string id;  // of the case; rows of one case follow one another
  std::array<std::string, kColumns> cells;
};
struct GeneratorRows {
  std::array<std::string_view, GeneratorRow::kColumns> headers;
  std::vector<GeneratorRow> rows;  // empty: no case has several generators
};
// Medians over the valid runs of a case, or over all of them if none is valid. Names are printable
// and cut, not escaped.
[[nodiscard]] GeneratorRows generator_rows(const Report& report);

}  // namespace sockmark::report
