#include "reports/chart_data/tables.h"

#include <cmath>
#include <iterator>

#include "base/assert.h"
#include "reports/model/metrics.h"
#include "reports/model/reasons.h"
#include "reports/model/summary.h"

namespace sockmark::report {

ChartTable chart_table(std::string_view name, std::vector<ChartColumn> columns) {
  ChartTable table{
      .name = name,
      .columns = {{"group", "Cases", ""}, {"series", "Series", ""}, {"case", "Case", ""}},
      .rows = {},
      .why_empty = "No case was measured."};
  table.columns.insert(table.columns.end(), columns.begin(), columns.end());
  return table;
}

ChartCell cell(double value) { return std::isfinite(value) ? ChartCell(value) : ChartCell(); }

double to_ninth_place(double value) { return std::round(value * 1e9) / 1e9; }

void add_row(ChartTable& table, const ChartPlace& place, const std::string& name, ChartRow rest) {
  ChartRow row;
  row.reserve(table.columns.size());
  row = {place.group, place.series, name};
  row.insert(row.end(), std::make_move_iterator(rest.begin()), std::make_move_iterator(rest.end()));
  ASSERT(row.size() == table.columns.size());
  table.rows.push_back(std::move(row));
  table.why_empty.clear();
}

ChartRow statistic_cells(const Maybe<Statistic>& statistic) {
  ChartRow cells(5);
  if (statistic) {
    cells[0] = cell(statistic->median);
    cells[1] = cell(statistic->min);
    cells[2] = cell(statistic->max);
    cells[3] = cell(statistic->n);
  } else {
    cells[4] = reason_in_words(statistic.reason());
  }
  return cells;
}

void add_run_figures(ChartTable& table, const ChartSubjects& subjects,
                     std::span<const RunFigure> figures) {
  for (const ChartSubject& subject : subjects.cases) {
    for (const RunFigure& figure : figures) {
      const auto statistic = summarise(*subject.one, Metric{.of = figure.of});
      add_row(table, subject, ChartRow{cell(figure.name)} + statistic_cells(statistic));
    }
  }
}

ChartRow operator+(ChartRow front, ChartRow back) {
  front.insert(front.end(), std::make_move_iterator(back.begin()),
               std::make_move_iterator(back.end()));
  return front;
}

}  // namespace sockmark::report
