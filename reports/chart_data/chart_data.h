// What the charts of a report are drawn from: named tables of rows, typed, with units, quantiles
// already taken out of histograms. A chart's specification (reports/charts/) only maps columns to
// marks, and whoever wants a chart of their own starts from the same tables (sockmark export --to
// charts, docs/charts.md).
//
// Each case has a group and a series, which tell it from every other: a chart shows one group, a
// series is a line or a colour in it. The series is the transport where transports vary (and which
// side of a comparison it is), otherwise the first thing that does vary; the group is the rest.
//
// Every table begins with the columns group, series, case; every series of a group has a row in
// each table that is about cases, and where there is no figure a row of empty cells with the reason
// in words. Figures are those of valid runs: percentiles of runs are medianed, never averaged
// (docs/definitions/comparing.md#replication), with the lowest and the highest run beside them;
// events and over_time alone also tell of invalid runs. Tables stay small whatever the report
// holds: a long run is told in fewer and longer steps.
//
// Names come from the report. They are text, not markup, without what could break a line
// (printable.h), cut where they are very long, and unique; whoever embeds them escapes them.
//
// Pure functions, any thread; the same answer every time. Nothing is trusted: a report may hold any
// number and any text, and what cannot be told of it is empty with a reason. No errors.

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

// Empty where undefined; a number that is not finite is never in a cell.
using ChartCell = std::variant<std::monostate, bool, std::int64_t, double, std::string>;
using ChartRow = std::vector<ChartCell>;  // one for each column

struct ChartColumn {
  std::string_view name;   // "latency_ns"
  std::string_view title;  // "Latency", for axes and heads of tables
  std::string_view unit;   // "ns", "messages/s", "s", "ratio"; empty: a name, or a number of things
};

struct ChartTable {
  std::string_view name;  // "percentiles"
  std::vector<ChartColumn> columns;
  std::vector<ChartRow> rows;
  std::string why_empty;  // one sentence where there is no row, otherwise empty
};

struct ChartGroup {
  std::string name;  // "rr 64 B", "rr 64 B, 4 connections"
  std::string file;  // "rr-64B": the same for names of files, unique also where case is ignored
  // What latency is in it, in words: "one-way delay"; empty where its cases differ in that.
  std::string latency;
};

// A line in a chart. Colours are indices into a palette of eight that is fixed by transport, so
// that a transport looks the same in all charts of all reports; dash 0 is a solid line.
struct ChartSeries {
  std::string name;  // "tcp", "tcp (baseline)", "1 KiB"
  int colour = 0, dash = 0;
};

struct ChartData {
  std::string title;                // "rr 64 B over tcp, udp"
  std::vector<ChartGroup> groups;   // in the order of the cases
  std::vector<ChartSeries> series;  // in the order of legends; a group may use some of them only
  std::vector<ChartTable> tables;   // always the same ones, in the same order

  // Null where there is none of this name.
  [[nodiscard]] const ChartTable* table(std::string_view name) const;
};

// `told` is default_comparison() of the report.
[[nodiscard]] ChartData chart_data(const Report& report, const Maybe<CompareOutcome>& told);
[[nodiscard]] ChartData chart_data(const Report& report);

// Both in the same charts, each case a series of its own per side. `outcome` is
// default_comparison() of the two.
[[nodiscard]] ChartData chart_data(const Report& baseline, const Report& candidate,
                                   const CompareOutcome& outcome);
[[nodiscard]] ChartData chart_data(const Report& baseline, const Report& candidate);

// ChartData::title alone.
[[nodiscard]] std::string chart_title(const Report& report);
[[nodiscard]] std::string chart_title(const Report& baseline, const Report& candidate);

}  // namespace sockmark::report
