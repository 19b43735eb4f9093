// The tables of chart data, one function each (chart_data.h), and their shared parts. Pure
// functions.
//
// A table always has its columns; its rows are in the order of the cases.

#pragma once

#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/chart_data/chart_data.h"
#include "reports/chart_data/subjects.h"
#include "reports/compare/compare.h"
#include "reports/model/report.h"

namespace sockmark::report {

// --- latency (latency.cc) -----------------------------------------------------------------------
struct LatencyTables {
  ChartTable percentiles, distribution;
};
// One pass over the histograms for both.
[[nodiscard]] LatencyTables latency_tables(const ChartSubjects& subjects);

// --- rates (rates.cc) ---------------------------------------------------------------------------
[[nodiscard]] ChartTable rates_table(const ChartSubjects& subjects);

// --- buffers (buffers.cc) -----------------------------------------------------------------------
[[nodiscard]] ChartTable buffers_table(const ChartSubjects& subjects);

// --- time (over_time.cc) ------------------------------------------------------------------------
[[nodiscard]] ChartTable over_time_table(const ChartSubjects& subjects);
[[nodiscard]] ChartTable events_table(const ChartSubjects& subjects);

// --- a load beside cases (load.cc) --------------------------------------------------------------
[[nodiscard]] ChartTable load_table(const ChartSubjects& subjects);

// --- loss, duplication, reordering (faults.cc) --------------------------------------------------
[[nodiscard]] ChartTable faults_table(const ChartSubjects& subjects);
[[nodiscard]] ChartTable extents_table(const ChartSubjects& subjects);

// --- throughput and costs (costs.cc) ------------------------------------------------------------
[[nodiscard]] ChartTable throughput_table(const ChartSubjects& subjects);
[[nodiscard]] ChartTable cpu_table(const ChartSubjects& subjects);
[[nodiscard]] ChartTable lag_table(const ChartSubjects& subjects);
[[nodiscard]] ChartTable overhead_table(const ChartSubjects& subjects);

// --- comparisons (comparisons.cc) ---------------------------------------------------------------
[[nodiscard]] ChartTable comparisons_table(const ChartSubjects& subjects,
                                           const Maybe<CompareOutcome>& comparison);

// --- shared -------------------------------------------------------------------------------------

inline constexpr ChartColumn kReasonColumn{"reason", "Why there is none", ""};
inline constexpr ChartColumn kRunsColumn{"runs", "Valid runs", ""};

// Begins with group, series and case.
[[nodiscard]] ChartTable chart_table(std::string_view name, std::vector<ChartColumn> columns);

// Empty if the value is not finite.
[[nodiscard]] ChartCell cell(double value);
[[nodiscard]] ChartCell cell(std::unsigned_integral auto value) {
  if (std::in_range<std::int64_t>(value)) return static_cast<std::int64_t>(value);
  return static_cast<double>(value);
}
[[nodiscard]] inline ChartCell cell(bool value) { return value; }
[[nodiscard]] inline ChartCell cell(std::int64_t value) { return value; }
[[nodiscard]] inline ChartCell cell(std::string value) { return ChartCell(std::move(value)); }
[[nodiscard]] inline ChartCell cell(std::string_view value) { return std::string(value); }
[[nodiscard]] inline ChartCell cell(const char* value) { return std::string(value); }
template <class T>
[[nodiscard]] ChartCell cell(const Maybe<T>& value) {
  return value ? cell(*value) : ChartCell();
}
[[nodiscard]] inline ChartCell cell(ChartCell value) { return value; }

// Rounded to nine decimal places: nanoseconds for seconds, and finer than a histogram for shares.
// Further digits of a double are noise.
[[nodiscard]] double to_ninth_place(double value);

// Adds a row that begins with the place and the case. Requires: a cell for each further column.
void add_row(ChartTable& table, const ChartPlace& place, const std::string& name, ChartRow rest);
inline void add_row(ChartTable& table, const ChartSubject& subject, ChartRow rest) {
  add_row(table, subject.place, subject.name, std::move(rest));
}

// Five cells, the last columns of a table: median, lowest, highest, number of runs and reason.
[[nodiscard]] ChartRow statistic_cells(const Maybe<Statistic>& statistic);

// A value of a run, and its name in the first column of the table.
struct RunFigure {
  const char* name;
  Maybe<double> (*of)(const Run&);
};

// Adds each figure of every case, over its valid runs; undefined if a valid run lacks it
// (summary.h).
void add_run_figures(ChartTable& table, const ChartSubjects& subjects,
                     std::span<const RunFigure> figures);

[[nodiscard]] ChartRow operator+(ChartRow front, ChartRow back);

}  // namespace sockmark::report
