// The table that a search for rates prints: a line for each goal of each case. A pure function of
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

// How a search ended, in a word.
enum class SearchEnd {
  found,       // the highest rate, or a lower bound of it where the path was not the limit
  none,        // no rate that was searched reaches the goal
  incomplete,  // the time was over, trials failed, or somebody interrupted it
  invalid,     // no trial said anything
};
[[nodiscard]] SearchEnd end_of(const RateSearch& search);

// The table as data, for whoever lays it out otherwise. Names are printable and cut, not escaped.
struct SearchRow {
  static constexpr std::size_t kColumns = 8;
  std::string id;  // of the case; rows of one case follow one another
  std::array<std::string, kColumns> cells;
  SearchEnd end = SearchEnd::invalid;
};
struct SearchRows {
  std::array<std::string_view, SearchRow::kColumns> heads;
  std::vector<SearchRow> rows;
  // What the words mean, of those that occur. '\n' is where a line of a terminal may end.
  std::vector<std::string> notes;
};
[[nodiscard]] SearchRows search_rows(const Report& report);

// Ends with a newline.
[[nodiscard]] std::string search_table(const Report& report, TextStyle style = {});

}  // namespace sockmark::report
