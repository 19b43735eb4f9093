#include "reports/render/compare_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "reports/format/text_limits.h"
#include "reports/format/text_table.h"
#include "reports/views/comparison_rows.h"

namespace sockmark::report {
namespace {

constexpr std::size_t kLinesMax = 8;  // of one kind

std::string_view colour_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return kGoodColour;
    case Tone::bad:
      return kBadColour;
    case Tone::plain:
      break;
  }
  return {};
}

std::string tables(const ComparisonRows& rows, TextStyle style) {
  std::vector<TextTable::Column> columns;
  for (std::size_t c = 0; c < kComparisonColumns; ++c) {
    const bool left = c == kMetricColumn || c == kDifferenceColumn || c == kVerdictColumn;
    columns.push_back({.header = std::string(rows.headers[c]),
                       .align = left ? TextTable::Align::left : TextTable::Align::right});
  }
  TextTable table(std::move(columns));
  for (const ComparedPair& pair : rows.pairs) {
    if (&pair != &rows.pairs.front()) table.add_line("");
    table.add_line(pair.title);
    table.add_header();
    for (const ComparisonRow& row : pair.rows) {
      std::vector<TextTable::Cell> cells;
      for (const ComparisonCell& cell : row) cells.emplace_back(cell.text, colour_of(cell.tone));
      table.add_row(std::move(cells));
    }
    for (const std::string& sentence : pair.notes) table.add_line("    " + sentence);
  }
  table.narrow_to(style);
  return table.text(style);
}

// At most kLinesMax of them, and how many more there are.
template <class List, class Line>
std::string lines(const List& list, Line line) {
  std::string result;
  std::size_t shown = 0;
  for (const auto& element : list) {
    if (shown++ == kLinesMax) {
      return result + fmt::format("  and {} more\n", list.size() - kLinesMax);
    }
    result += "  " + printable(line(element), kLineColumns) + '\n';
  }
  return result;
}

}  // namespace

std::string comparison_table(const CompareOutcome& outcome, TextStyle style) {
  std::string result;
  if (!outcome.comparisons.empty()) {
    const ComparisonRows rows = comparison_rows(outcome);
    result = tables(rows, style) + '\n';
    for (const std::string& sentence : rows.legend) result += note_line(sentence);
  }
  result += lines(outcome.notes, [](const std::string& note) { return note; });
  result += lines(outcome.excluded_runs, [](const ExcludedRun& run) { return line_of(run); });
  result += lines(outcome.invalid, [](const std::string& line) { return "invalid: " + line; });
  result += lines(outcome.hard_mismatches,
                  [](const Mismatch& m) { return "must be equal: " + line_of(m); });
  result +=
      lines(outcome.soft_mismatches, [](const Mismatch& m) { return "differs: " + line_of(m); });
  const VerdictLine verdict = verdict_line(outcome);
  return result + painted(verdict.word, colour_of(verdict.tone), style) + verdict.rest + '\n';
}

}  // namespace sockmark::report
