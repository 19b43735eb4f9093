#include "reports/chart_data/chart_data.h"

#include <algorithm>
#include <set>
#include <utility>

#include "reports/chart_data/tables.h"
#include "reports/compare/default_comparison.h"

namespace sockmark::report {
namespace {

// Removes groups and series without rows: if only the rate varies, lines have other names along the
// rates than elsewhere.
void keep_used(ChartData& data) {
  std::set<std::string> groups, series;
  for (const ChartTable& table : data.tables) {
    for (const ChartRow& row : table.rows) {
      groups.insert(std::get<std::string>(row[0]));
      series.insert(std::get<std::string>(row[1]));
    }
  }
  std::erase_if(data.groups, [&](const ChartGroup& one) { return !groups.contains(one.name); });
  std::erase_if(data.series, [&](const ChartSeries& one) { return !series.contains(one.name); });
}

ChartData data_of(const std::vector<const Report*>& reports,
                  const Maybe<CompareOutcome>& comparison) {
  ChartSubjects subjects = chart_subjects(reports);
  LatencyTables latency = latency_tables(subjects);
  ChartData data;
  data.tables.push_back(std::move(latency.percentiles));
  data.tables.push_back(std::move(latency.distribution));
  data.tables.push_back(rates_table(subjects));
  data.tables.push_back(buffers_table(subjects));
  data.tables.push_back(over_time_table(subjects));
  data.tables.push_back(events_table(subjects));
  data.tables.push_back(load_table(subjects));
  data.tables.push_back(faults_table(subjects));
  data.tables.push_back(extents_table(subjects));
  data.tables.push_back(comparisons_table(subjects, comparison));
  data.tables.push_back(throughput_table(subjects));
  data.tables.push_back(cpu_table(subjects));
  data.tables.push_back(lag_table(subjects));
  data.tables.push_back(overhead_table(subjects));
  data.title = std::move(subjects.title);
  data.groups = std::move(subjects.groups);
  data.series = std::move(subjects.series);
  keep_used(data);
  return data;
}

}  // namespace

const ChartTable* ChartData::table(std::string_view name) const {
  const auto found = std::ranges::find(tables, name, &ChartTable::name);
  return found == tables.end() ? nullptr : &*found;
}

ChartData chart_data(const Report& report, const Maybe<CompareOutcome>& comparison) {
  return data_of({&report}, comparison);
}

ChartData chart_data(const Report& report) {
  return chart_data(report, default_comparison(report));
}

ChartData chart_data(const Report& baseline, const Report& candidate,
                     const CompareOutcome& outcome) {
  return data_of({&baseline, &candidate}, outcome);
}

ChartData chart_data(const Report& baseline, const Report& candidate) {
  return chart_data(baseline, candidate, default_comparison(baseline, candidate));
}

std::string chart_title(const Report& report) { return chart_subjects({&report}).title; }

std::string chart_title(const Report& baseline, const Report& candidate) {
  return chart_subjects({&baseline, &candidate}).title;
}

}  // namespace sockmark::report
