// The table of searches for the highest rate: a line for each goal of each case. Pure functions of
// the report.

#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "reports/format/text_style.h"
#include "reports/model/report.h"

namespace sockmark::report {

// How a search ended.
enum class SearchEnd {
  found,       // the highest rate, or a lower bound of it if the path was not the limit
  none,        // no searched rate meets the goal
  incomplete,  // the time budget ran out, trials failed, or the user interrupted it
  invalid,     // no trial was conclusive
};
[[nodiscard]] SearchEnd end_of(const RateSearch& search);

// Incomplete because the user interrupted it before it had both bounds.
[[nodiscard]] bool was_interrupted(const RateSearch& search);

// The table as data, for other renderers. Names are printable and cut, not escaped.
struct SearchRow {
  static constexpr std::size_t kColumns = 8;
  std::string id;  // of the case; rows of one case follow one another
  std::array<std::string, kColumns> cells;
  SearchEnd end = SearchEnd::invalid;
};
struct SearchRows {
  std::array<std::string_view, SearchRow::kColumns> headers;
  std::vector<SearchRow> rows;
  // What the words in the rows mean. A terminal may break the line at '\n'.
  std::vector<std::string> notes;
};
[[nodiscard]] SearchRows search_rows(const Report& report);

// Ends with a newline.
[[nodiscard]] std::string search_table(const Report& report, TextStyle style = {});

}  // namespace sockmark::report
