// The table of a report as data, which text, Markdown and HTML render: groups of cases, the text of
// each cell, the best of each column, footnotes and notes.
//
// Cases that differ only in their transport or their arm are one group; its columns share a unit.
// Cells are medians over the valid runs of a case that have a value (summary.h), or over the
// invalid ones if there is no other: a number that was measured is shown, and marked. Names of a
// report are printable (printable.h) and cut, not escaped for any markup. Pure functions; a table
// refers to the report.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/report.h"

namespace sockmark::report {

struct SummaryCell {
  std::string text;
  bool best = false;  // of its column in the group
  // Why it is "-", or of which runs it is, if not of all valid ones: an index into
  // SummaryTable::footnotes, from one.
  std::size_t footnote = 0;
};

struct SummaryRow {
  const Case* source = nullptr;
  // The transport or the address that the user gave; the id of the case if another row of the group
  // has the same name.
  std::string transport;
  std::string arm;
  // Of the stream to the generator, of a case in which both ends send; the row before is that of
  // the other stream.
  bool reverse = false;
  std::vector<SummaryCell> values;
  // The numbers of invalid runs, of valid runs with interference and of valid runs that were not
  // steady, and their distinct reasons; the first two as alike_reasons() combines them, the most
  // frequent first.
  std::size_t invalid = 0, interfered = 0, unsteady = 0;
  std::vector<std::string> why_invalid, why_interfered, why_unsteady;
  // "two groups of runs: p50 13.0 µs in 6, 19.9 µs in 4"; empty if there are none.
  std::string groups;
  // No run is valid: the values are those of the invalid runs.
  [[nodiscard]] bool only_invalid() const { return invalid > 0 && invalid == source->runs.size(); }
};

struct SummaryGroup {
  std::vector<std::string> keys;  // one for each of SummaryTable::keys; "-" if it has none
  std::string title;              // the keys in a line: "rr, 64 B, 4 connections"
  std::vector<SummaryRow> rows;
};

struct SummaryTable {
  std::vector<std::string_view> keys;  // headers: workload, size, and other parameters that vary
  std::vector<std::string> columns;    // headers of the values: "p50", "msg/s"
  bool has_arms = false;               // whether rows are of two programs
  std::vector<SummaryGroup> groups;
  std::vector<std::string> footnotes;
  // What the reader of the values has to know. A terminal may break the line at '\n'.
  std::vector<std::string> notes;
};

// What the user chooses about the values.
struct TableOptions {
  // Per cent, ascending: 50, 99.9. Empty: 50 and 99, and 99.9 if the sample of any case carries it.
  std::vector<double> percentiles = {};
  bool bits = false;  // throughput in bits/s
};

[[nodiscard]] SummaryTable summary_table(const Report& report, const TableOptions& options = {});

}  // namespace sockmark::report
