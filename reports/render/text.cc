#include "reports/render/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "reports/format/text_table.h"
#include "reports/model/overhead.h"
#include "reports/views/conditions.h"
#include "reports/views/doctor_findings.h"
#include "reports/views/load_table.h"
#include "reports/views/summary_table.h"

namespace sockmark::report {
namespace {

std::string superscript(std::size_t number) {
  constexpr std::string_view kDigits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string result;
  for (const char digit : std::to_string(number)) result += kDigits[digit - '0'];
  return result;
}

std::string shown(const SummaryCell& cell) {
  return cell.footnote == 0 ? cell.text : cell.text + superscript(cell.footnote);
}

std::string explained(std::size_t count, const SummaryRow& row, std::string_view what,
                      const std::vector<std::string>& why) {
  std::string text = fmt::format("    {} of {} {} {}", count, row.source->runs.size(),
                                 row.source->runs.size() == 1 ? "run" : "runs", what);
  if (why.empty()) return text;
  return fmt::format("{}:\n      {}", text, fmt::join(why, "\n      "));
}

void add_row(TextTable& table, std::vector<TextTable::Cell> cells, const SummaryRow& row) {
  TextTable::RowOptions options;
  if (row.unsteady > 0) options.mark = "~";
  if (row.interfered > 0) options.mark = "!";
  if (row.invalid > 0) options.mark = {"!", kBadColour};
  table.add_row(std::move(cells), std::move(options));
  if (row.invalid > 0) table.add_line(explained(row.invalid, row, "invalid", row.why_invalid));
  if (row.interfered > 0)
    table.add_line(explained(row.interfered, row, "with interference", row.why_interfered));
  if (!row.groups.empty()) table.add_line("    " + row.groups);
  if (row.unsteady > 0) {
    table.add_line(fmt::format(
        "    {} of {} {} not steady: {}", row.unsteady, row.source->runs.size(),
        row.source->runs.size() == 1 ? "run" : "runs", fmt::join(row.why_unsteady, ", ")));
  }
}

// The parameters that the cases of a group share: columns of their own, or, where the terminal is
// too narrow for that, a line above the group.
enum class KeyPlace { columns, line_above };

TextTable layout(const SummaryTable& summary, KeyPlace keys) {
  const bool columns_for_keys = keys == KeyPlace::columns;
  std::vector<TextTable::Column> columns;
  for (std::size_t k = 0; k < summary.keys.size() && columns_for_keys; ++k)
    columns.push_back({.header = std::string(summary.keys[k])});
  columns.push_back({.header = "transport"});
  if (summary.has_arms) columns.push_back({.header = "arm"});
  for (const std::string& value : summary.columns)
    columns.push_back({.header = value, .align = TextTable::Align::right});
  TextTable table(std::move(columns));
  table.add_header();
  std::size_t rows_before = 0;
  for (const SummaryGroup& group : summary.groups) {
    const bool apart = !columns_for_keys || rows_before > 1 || group.rows.size() > 1;
    if (rows_before > 0 && apart) table.add_line("");
    rows_before = group.rows.size();
    if (!columns_for_keys) table.add_line(group.title);
    for (const SummaryRow& row : group.rows) {
      std::vector<TextTable::Cell> cells;
      if (columns_for_keys) cells.assign(group.keys.begin(), group.keys.end());
      cells.emplace_back(row.transport);
      if (summary.has_arms) cells.emplace_back(row.arm);
      for (const SummaryCell& value : row.values)
        cells.emplace_back(shown(value), value.best ? kGoodColour : "");
      add_row(table, std::move(cells), row);
    }
  }
  return table;
}

std::string notes_below(const Report& report, const SummaryTable& table, int width) {
  std::string result;
  for (std::size_t i = 0; i < table.footnotes.size(); ++i)
    result += fmt::format("  {} {}\n", superscript(i + 1), table.footnotes[i]);
  for (const std::string& note : table.notes) result += note_line(note);
  result += overhead_text(report);
  if (report.interrupted) {
    result += has_partial_run(report)
                  ? "  interrupted: the last run is partial and in no comparison\n"
                  : "  interrupted: only finished runs are included\n";
  }
  return result + warnings_text(report.warnings, width);
}

// Empty without a load beside any case.
std::string load_table(const Report& report, TextStyle style, bool bits) {
  const LoadRows rows = load_rows(report, bits);
  if (rows.rows.empty()) return "";
  std::vector<TextTable::Column> columns;
  for (const auto header : rows.headers) {
    columns.push_back(
        {.header = std::string(header),
         .align = columns.empty() ? TextTable::Align::left : TextTable::Align::right});
  }
  TextTable table(std::move(columns), {.indent = 4, .gap = 2});
  table.add_header();
  std::string id;
  for (const LoadRow& row : rows.rows) {
    if (row.id != id) table.add_line("  " + row.id);
    id = row.id;
    table.add_row({row.cells.begin(), row.cells.end()});
  }
  table.narrow_to(style);
  return '\n' + table.text(style);
}

// Indented by two columns, in lines of at most `width` columns as far as words permit.
std::string wrapped(const std::string& text, int width) {
  const auto columns = static_cast<std::size_t>(std::max(width, 1));
  std::string result, line;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (!line.empty() && 2 + columns_of(line) + 1 + columns_of(word) > columns) {
      result += "  " + line + '\n';
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return result + "  " + line + '\n';
}

}  // namespace

std::string text_table(const Report& report, TextStyle style, const TableOptions& options) {
  SummaryTable table = summary_table(report, options);
  if (report.cases.empty())
    return "no case was measured\n" + notes_below(report, table, style.width);
  TextTable rows = layout(table, KeyPlace::columns);
  if (!rows.fits(style)) rows = layout(table, KeyPlace::line_above);
  rows.narrow_to(style);
  if (!rows.fits(style) && options.percentiles.empty()) {
    // The tail gives way: the user did not ask for it.
    table = summary_table(report, {.percentiles = {50, 99}, .bits = options.bits});
    rows = layout(table, KeyPlace::line_above);
    rows.narrow_to(style);
  }
  const std::string text = wrapped(conditions_of(report), style.width) + '\n' + rows.text(style) +
                           load_table(report, style, options.bits);
  const std::string notes = notes_below(report, table, style.width);
  return notes.empty() ? text : text + '\n' + notes;
}

}  // namespace sockmark::report
