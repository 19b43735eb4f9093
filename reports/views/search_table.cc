#include "reports/views/search_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "reports/format/text_limits.h"
#include "reports/format/text_table.h"
#include "reports/format/units.h"
#include "reports/views/doctor_findings.h"

namespace sockmark::report {
namespace {

enum Column { goal, rate, upper, throughput, limit, end, trials, trial_time };
constexpr std::size_t kSearchColumns = SearchRow::kColumns;
using Row = std::array<std::string, kSearchColumns>;
constexpr std::array<std::string_view, kSearchColumns> kHeaders = {
    "goal", "highest rate", "fails at", "delivered", "limit", "search", "trials", "trial time"};

bool is_text(std::size_t column) { return column == goal || column == limit || column == end; }

std::string_view word_of(const RateSearch& search) {
  switch (end_of(search)) {
    case SearchEnd::found:
      return "found";
    case SearchEnd::none:
      return "none";
    case SearchEnd::incomplete:
      return was_interrupted(search) ? "interrupted" : "incomplete";
    case SearchEnd::invalid:
      break;
  }
  return "invalid";
}

// Four digits: bounds are 1 % apart.
std::string rate_text(const Maybe<double>& value, Unit unit) {
  if (!value) return "-";
  const double shown = *value / unit.size;
  return with_unit(*value, unit, shown >= 1000 ? 0 : decimals_for(shown) + 1);
}

std::string seconds_text(const std::vector<Trial>& made) {
  std::int64_t whole = 0;
  for (const Trial& trial : made) whole += trial.duration_ns;
  return fmt::format("{:.1f} s", static_cast<double>(whole) / 1e9);
}

Row row_of(const RateSearch& search) {
  double smallest = 0;
  for (const auto* value : {&search.lower_bound_per_s, &search.upper_bound_per_s,
                            &search.conditional_throughput_per_s}) {
    if (*value && **value > 0 && (smallest == 0 || **value < smallest)) smallest = **value;
  }
  const Unit unit = unit_for(smallest, kCount);
  const SearchEnd how = end_of(search);
  const bool ended = how == SearchEnd::found || how == SearchEnd::none;
  const bool at_least = how == SearchEnd::found && search.limit != RateLimit::path;
  return {printable(search.goal, kNameColumns),
          (at_least ? ">= " : "") + rate_text(search.lower_bound_per_s, unit),
          rate_text(search.upper_bound_per_s, unit),
          rate_text(search.conditional_throughput_per_s, unit),
          ended || search.limit == RateLimit::interference
              ? printable(search.limit.name(), kNameColumns)
              : "-",
          std::string(word_of(search)),
          std::to_string(search.trials.size()),
          seconds_text(search.trials)};
}

// What the words in the table mean.
std::vector<std::string> search_notes(const Report& report) {
  const auto any = [&](auto matches) { return std::ranges::any_of(report.searches, matches); };
  const auto ends = [&](SearchEnd how) {
    return any([how](const RateSearch& search) { return end_of(search) == how; });
  };
  const auto limited_by = [&](RateLimit limit) {
    return any([limit](const RateSearch& search) {
      return search.limit == limit && end_of(search) == SearchEnd::found;
    });
  };
  std::vector<std::string> notes = {"messages/s; delivered excludes lost messages"};
  if (limited_by(RateLimit::generator))
    notes.emplace_back(
        "generator: it could not send faster; the highest rate is at least this one");
  if (limited_by(RateLimit::range))
    notes.emplace_back("range: higher rates were not searched (--max-rate)");
  if (ends(SearchEnd::none)) notes.emplace_back("none: no searched rate meets the goal");
  if (any([](const RateSearch& search) { return search.limit == RateLimit::interference; })) {
    notes.emplace_back(
        "interference: repeated trials had interference from other processes; the\n"
        "bounds are those reached by then. Repeat the search when the machine is less\n"
        "busy");
  }
  if (any(was_interrupted)) notes.emplace_back("interrupted: the bounds are those reached by then");
  if (any([](const RateSearch& search) {
        return end_of(search) == SearchEnd::incomplete && !was_interrupted(search);
      })) {
    notes.emplace_back(
        report.interrupted
            ? "incomplete: interrupted; the bounds are those reached by then"
            : "incomplete: the time budget ran out (--search-budget), trials failed, or the\n"
              "generator was saturated at every rate");
  }
  if (ends(SearchEnd::invalid)) notes.emplace_back("invalid: no trial was conclusive");
  return notes;
}

}  // namespace

bool was_interrupted(const RateSearch& search) {
  return !search.complete && (search.lower_bound_per_s.reason() == kInterrupted ||
                              search.upper_bound_per_s.reason() == kInterrupted);
}

SearchEnd end_of(const RateSearch& search) {
  if (was_interrupted(search)) return SearchEnd::incomplete;
  if (std::ranges::none_of(search.trials, &Trial::valid) && search.limit != RateLimit::interference)
    return SearchEnd::invalid;
  if (!search.complete) return SearchEnd::incomplete;
  return search.lower_bound_per_s ? SearchEnd::found : SearchEnd::none;
}

SearchRows search_rows(const Report& report) {
  SearchRows table{.headers = kHeaders, .rows = {}, .notes = search_notes(report)};
  for (const RateSearch& search : report.searches) {
    table.rows.push_back(
        {.id = printable(search.id, kNameColumns), .cells = row_of(search), .end = end_of(search)});
  }
  return table;
}

std::string search_table(const Report& report, TextStyle style) {
  if (report.searches.empty()) return "no case was searched\n";
  const SearchRows rows = search_rows(report);
  // All goals of a case have the same trials, which are named in the line above its rows.
  constexpr std::size_t kShown = Column::trials;
  std::vector<TextTable::Column> columns;
  for (std::size_t c = 0; c < kShown; ++c) {
    columns.push_back({.header = std::string(rows.headers[c]),
                       .align = is_text(c) ? TextTable::Align::left : TextTable::Align::right});
  }
  TextTable table(std::move(columns));
  table.add_header();
  std::string last_line;
  for (const SearchRow& row : rows.rows) {
    const bool one = row.cells[Column::trials] == "1";
    const std::string line =
        fmt::format("{}: {} trial{}, trial time {}", row.id, row.cells[Column::trials],
                    one ? "" : "s", row.cells[Column::trial_time]);
    if (line != last_line) table.add_line(line);
    last_line = line;
    table.add_row({row.cells.begin(), row.cells.begin() + kShown},
                  {.colour = row.end == SearchEnd::invalid ? kBadColour : ""});
  }
  table.narrow_to(style);
  std::string text = table.text(style) + '\n';
  for (const std::string& note : rows.notes) text += note_line(note);
  return text + warnings_text(report.warnings, style.width);
}

}  // namespace sockmark::report
