#include "reports/chart_data/charts_json.h"

#include <type_traits>
#include <variant>

#include "reports/json/json_writer.h"

namespace sockmark::report {
namespace {

using Layout = JsonWriter::Layout;

void write(JsonWriter& out, const ChartCell& cell) {
  std::visit(
      [&out](const auto& value) {
        using T = std::remove_cvref_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::monostate>) {
          out.null();
        } else {
          write_json(out, value);
        }
      },
      cell);
}

void member(JsonWriter& out, std::string_view name, std::string_view text) {
  out.key(name);
  out.string(text);
}

void write(JsonWriter& out, const ChartTable& table) {
  out.begin_object();
  out.key("columns");
  out.begin_list(Layout::indented);
  for (const ChartColumn& column : table.columns) {
    out.begin_object();
    member(out, "name", column.name);
    member(out, "title", column.title);
    if (!column.unit.empty()) member(out, "unit", column.unit);
    out.end_object();
  }
  out.end_list();
  out.key("rows");
  out.begin_list(Layout::indented);
  for (const ChartRow& row : table.rows) {
    out.begin_list(Layout::one_line);
    for (const ChartCell& cell : row) write(out, cell);
    out.end_list();
  }
  out.end_list();
  if (!table.why_empty.empty()) member(out, "why_empty", table.why_empty);
  out.end_object();
}

}  // namespace

std::string charts_json(const ChartData& data) {
  JsonWriter out(Layout::indented);
  out.begin_object();
  member(out, "schema_version", kChartsSchemaVersion);
  member(out, "title", data.title);
  out.key("groups");
  out.begin_list(Layout::indented);
  for (const ChartGroup& group : data.groups) {
    out.begin_object();
    member(out, "name", group.name);
    member(out, "file", group.file);
    member(out, "latency", group.latency);
    out.end_object();
  }
  out.end_list();
  out.key("series");
  out.begin_list(Layout::indented);
  for (const ChartSeries& one : data.series) {
    out.begin_object();
    member(out, "name", one.name);
    out.key("colour");
    out.integer(one.colour);
    out.key("dash");
    out.integer(one.dash);
    out.end_object();
  }
  out.end_list();
  out.key("tables");
  out.begin_object();
  for (const ChartTable& table : data.tables) {
    out.key(table.name);
    write(out, table);
  }
  out.end_object();
  out.end_object();
  return std::move(out).take() + '\n';
}

std::string to_charts(const Report& report) { return charts_json(chart_data(report)); }

std::string to_charts(const Report& baseline, const Report& candidate) {
  return charts_json(chart_data(baseline, candidate));
}

}  // namespace sockmark::report
