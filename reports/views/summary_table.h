// The table of a report as data, before anybody lays it out: which cases stand beneath one another,
// what each cell says, which is the best of its column, and the notes beneath. Text, Markdown and
// HTML render this one, so that they tell the same.
//
// Cases that differ in nothing but the transport, or in which program they are of, are one group;
// its columns share a unit, so that a row reads across. Cells are medians over the valid runs of a
// case (summary.h). Names of a report are printable (printable.h) and cut; they are not escaped for
// any markup. Pure functions; a table lives no longer than the report that it is of.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/report.h"

namespace sockmark::report {

struct SummaryCell {
  std::string text;
  bool best = false;         // of its column in the group, where there is anybody to beat
  std::size_t footnote = 0;  // why it is "-": the number of SummaryTable::footnotes, from one
};

struct SummaryRow {
  const Case* source = nullptr;
  // As the user named it: an address, where one was given; the id of the case, where another of the
  // group has the same name and differs in what no column shows.
  std::string transport;
  std::string arm;
  std::vector<SummaryCell> values;
  // Runs that are invalid, and valid ones that were not steady: how many, and why, each once. The
  // reasons of invalid runs are told as alike_reasons() does, the most frequent first.
  std::size_t invalid = 0, unsteady = 0;
  std::vector<std::string> why_invalid, why_unsteady;
};

struct SummaryGroup {
  std::vector<std::string> keys;  // one for each of SummaryTable::keys; "-" where it has none
  std::string title;              // the same in a line: "rr, 64 B, 4 connections"
  std::vector<SummaryRow> rows;
};

struct SummaryTable {
  std::vector<std::string_view> keys;     // heads: workload, size, and what else varies
  std::vector<std::string_view> columns;  // heads of the values: "p50", "msg/s"
  bool has_arms = false;                  // whether rows are of two programs
  std::vector<SummaryGroup> groups;
  std::vector<std::string> footnotes;  // reasons in words
  // What the figures do not say of themselves. '\n' is where a line of a terminal may end.
  std::vector<std::string> notes;
};

[[nodiscard]] SummaryTable summary_table(const Report& report);

}  // namespace sockmark::report
