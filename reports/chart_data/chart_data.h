// The data behind the charts of a report: named tables of typed rows with units, with percentiles
// already computed from the histograms. A chart specification (reports/charts/) only maps columns
// to marks; users can draw their own charts from the same tables (sockmark export --to charts,
// docs/charts.md).
//
// Each case has a group and a series that identify it: a chart shows one group, and a series is a
// line or a colour in it. The series is the transport if transports vary (and the side, if two
// reports are compared), otherwise the first parameter that varies; the group is the rest.
//
// Every table begins with the columns group, series, case. In each table about cases every series
// of a group has a row; without a value it has empty cells and the reason in words. Values are of
// valid runs: percentiles of runs are combined by their median, never averaged
// (docs/definitions/comparing.md#replication), with the lowest and the highest run. Only events and
// over_time also have invalid runs. The size of a table is bounded: a long run has fewer and longer
// steps.
//
// Names come from the report. They are unique, printable (printable.h) and cut; they are text, to
// be escaped by the caller for its markup.
//
// Pure functions, any thread, deterministic. A report may hold any number and any text; what cannot
// be shown is an empty cell with a reason. No errors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reports/compare/compare.h"
#include "reports/model/report.h"

namespace sockmark::report {

// Empty if undefined. Numbers are finite.
using ChartCell = std::variant<std::monostate, bool, std::int64_t, double, std::string>;
using ChartRow = std::vector<ChartCell>;  // one for each column

struct ChartColumn {
  std::string_view name;   // "latency_ns"
  std::string_view title;  // "Latency", for axes and table headers
  std::string_view unit;   // "ns", "messages/s", "s", "ratio"; empty: a name or a count
};

struct ChartTable {
  std::string_view name;  // "percentiles"
  std::vector<ChartColumn> columns;
  std::vector<ChartRow> rows;
  std::string why_empty;  // one sentence if there is no row, otherwise empty
};

struct ChartGroup {
  std::string name;  // "rr 64 B", "rr 64 B, 4 connections"
  std::string file;  // "rr-64B": for file names, unique also if case is ignored
  // The kind of latency: "one-way delay"; empty if its cases differ in that.
  std::string latency;
};

// A line in a chart. Colours are indices into a palette of eight and fixed by transport, so that a
// transport has the same colour in all charts of all reports; dash 0 is a solid line.
struct ChartSeries {
  std::string name;  // "tcp", "tcp (baseline)", "1 KiB"
  int colour = 0, dash = 0;
};

struct ChartData {
  std::string title;                // "rr 64 B over tcp, udp"
  std::vector<ChartGroup> groups;   // in the order of the cases
  std::vector<ChartSeries> series;  // in the order of legends; a group may use only some
  std::vector<ChartTable> tables;   // always the same ones, in the same order

  // Null if there is no such table.
  [[nodiscard]] const ChartTable* table(std::string_view name) const;
};

// `comparison` is default_comparison() of the report.
[[nodiscard]] ChartData chart_data(const Report& report, const Maybe<CompareOutcome>& comparison);
[[nodiscard]] ChartData chart_data(const Report& report);

// Both in the same charts, with a series for each case and side. `outcome` is default_comparison()
// of the two.
[[nodiscard]] ChartData chart_data(const Report& baseline, const Report& candidate,
                                   const CompareOutcome& outcome);
[[nodiscard]] ChartData chart_data(const Report& baseline, const Report& candidate);

// ChartData::title alone.
[[nodiscard]] std::string chart_title(const Report& report);
[[nodiscard]] std::string chart_title(const Report& baseline, const Report& candidate);

}  // namespace sockmark::report
