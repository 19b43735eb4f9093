#include "reports/render/html_sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "base/printable.h"
#include "reports/model/overhead.h"
#include "reports/model/reasons.h"
#include "reports/render/html_tables.h"
#include "reports/views/comparison_rows.h"
#include "reports/views/connections_table.h"
#include "reports/views/doctor_findings.h"
#include "reports/views/generators_table.h"
#include "reports/views/load_table.h"
#include "reports/views/repeat_command.h"
#include "reports/views/search_table.h"
#include "reports/views/summary_table.h"

namespace sockmark::report {
namespace {

std::string_view class_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "good";
    case Tone::bad:
      return "bad";
    case Tone::plain:
      break;
  }
  return "plain";
}

std::string counted_runs(std::size_t some, const SummaryRow& row, std::string_view what) {
  return fmt::format("{} of {} {} {}", some, row.source->runs.size(),
                     row.source->runs.size() == 1 ? "run" : "runs", what);
}

// --- figures ------------------------------------------------------------------------------------

void add_row(HtmlWriter& out, const SummaryTable& table, const SummaryRow& row) {
  out.open("tr", {{"class", row.invalid > 0                     ? "invalid"
                            : row.unsteady + row.interfered > 0 ? "unsteady"
                                                                : ""}});
  out.open("th", {{"scope", "row"}});
  out.text(row.transport);
  if (row.invalid > 0) {
    out.element("span", counted_runs(row.invalid, row, "invalid"), {{"class", "mark bad"}});
  }
  if (row.interfered > 0) {
    out.element("span", counted_runs(row.interfered, row, "with interference"),
                {{"class", "mark plain"}});
  }
  if (row.unsteady > 0)
    out.element("span", counted_runs(row.unsteady, row, "not steady"), {{"class", "mark plain"}});
  out.close("th");
  if (table.has_arms) out.element("td", row.arm);
  for (const SummaryCell& cell : row.values) {
    out.open("td", {{"class", cell.best ? "number best" : "number"}});
    if (cell.best) {
      out.element("strong", cell.text);
    } else {
      out.text(cell.text);
    }
    if (cell.footnote > 0) out.markup(fmt::format("<sup>{}</sup>", cell.footnote));
    out.close("td");
  }
  out.close("tr");
}

std::vector<std::string> overhead_lines(const Report& report) {
  std::vector<std::string> lines;
  std::string_view text;
  const std::string whole = overhead_text(report);
  for (text = whole; !text.empty();) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(std::min(text.find_first_not_of(' '), end), end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

constexpr std::pair<std::string_view, std::string_view> kColumnsInWords[] = {
    {"p50", "median latency: half of the messages took at most this long"},
    {"p99", "1 message in 100 took longer"},
    {"max", "the slowest message; a single value, not for comparisons"},
    {"msg/s", "messages per second, counted by the receiver"},
    {"bytes/s", "bytes per second, including sockmark's header of 32 bytes per message"},
    {"CPU/msg", "CPU time of both ends together per received message"},
    {"loss", "share of the messages that did not arrive in time"},
    {"retr", "TCP segments sent again by both ends, warm-up and drain included"},
};

// A row whose first cell is its name, and the others are numbers.
void add_cells(HtmlWriter& out, std::span<const std::string> cells) {
  out.open("tr");
  out.element("th", cells.front(), {{"scope", "row"}});
  for (const std::string& cell : cells.subspan(1)) out.element("td", cell, {{"class", "number"}});
  out.close("tr");
}

// The head of a table, and its rows: a group for each case, named by its id. The first `texts`
// columns are words, the others numbers.
void add_rows_by_case(HtmlWriter& out, const auto& table, std::size_t texts) {
  out.markup("<thead>\n<tr>");
  for (std::size_t c = 0; c < table.headers.size(); ++c)
    add_header_cell(out, table.headers[c], c < texts ? CellKind::text : CellKind::number);
  out.markup("</tr>\n</thead>\n");
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const auto& row = table.rows[i];
    if (i == 0 || row.id != table.rows[i - 1].id) {
      if (i > 0) out.markup("</tbody>\n");
      out.markup("<tbody>\n");
      add_group(out, row.id, row.cells.size());
    }
    out.open("tr");
    out.element("th", row.cells.front(), {{"scope", "row"}});
    for (std::size_t c = 1; c < row.cells.size(); ++c) {
      if (c < texts) {
        out.element("td", row.cells[c]);
      } else {
        out.element("td", row.cells[c], {{"class", "number"}});
      }
    }
    out.close("tr");
  }
  out.markup("</tbody>\n");
}

void explain_columns(HtmlWriter& out) {
  out.markup("<details>\n<summary>What the columns mean</summary>\n<dl>\n");
  for (const auto& [column, words] : kColumnsInWords) {
    out.element("dt", column);
    out.element("dd", words);
  }
  out.markup("</dl>\n</details>\n");
}

}  // namespace

void add_alerts(HtmlWriter& out, const std::vector<Alert>& alerts) {
  begin_section(out, {.id = "verdicts", .heading = "Validity"});
  for (const Alert& alert : alerts) {
    out.open("div", {{"class", fmt::format("notice {}", class_of(alert.tone))}});
    out.open("p", {{"class", "notice-text"}});
    out.text(alert.text + '.');
    if (!alert.section.empty()) {
      out.markup(" ");
      out.open("a", {{"href", fmt::format("#{}", alert.section)}});
      out.text("Details and fixes");
      out.close("a");
    }
    out.close("p");
    add_list(out, "", alert.details);
    out.close("div");
  }
  out.close("section");
}

void add_figures(HtmlWriter& out, const Report& report, const SectionNames& names) {
  begin_section(out, names);
  if (report.cases.empty()) {
    out.element("p", "No case was measured.");
    out.close("section");
    return;
  }
  const SummaryTable table = summary_table(report);
  const std::size_t columns = 1 + (table.has_arms ? 1 : 0) + table.columns.size();
  begin_table(out, "figures",
              "Medians over the valid runs of each case; the best of each group is bold",
              names.heading);
  out.markup("<thead>\n<tr>");
  add_header_cell(out, "transport", CellKind::text);
  if (table.has_arms) add_header_cell(out, "arm", CellKind::text);
  for (const std::string& column : table.columns) add_header_cell(out, column, CellKind::number);
  out.markup("</tr>\n</thead>\n");
  for (const SummaryGroup& group : table.groups) {
    out.markup("<tbody>\n");
    add_group(out, group.title, columns);
    for (const SummaryRow& row : group.rows) {
      add_row(out, table, row);
      add_lines_below(out, "why", row.why_invalid, columns);
      add_lines_below(out, "beneath", row.why_interfered, columns);
      add_lines_below(out, "beneath", row.why_unsteady, columns);
      if (!row.groups.empty()) add_lines_below(out, "beneath", {row.groups}, columns);
    }
    out.markup("</tbody>\n");
  }
  end_table(out);
  if (!table.footnotes.empty()) {
    out.markup("<ol class=\"footnotes\">\n");
    for (const std::string& footnote : table.footnotes) out.element("li", footnote);
    out.markup("</ol>\n");
  }
  add_list(out, "notes", table.notes);
  add_list(out, "overhead", overhead_lines(report));
  if (names.explained) explain_columns(out);
  out.close("section");
}

void add_generators(HtmlWriter& out, const Report& report, const SectionNames& names) {
  const GeneratorRows table = generator_rows(report);
  if (table.rows.empty()) return;
  begin_section(out, names);
  begin_table(
      out, "generators",
      "Each generator, medians over the valid runs: messages of the window that it sent, when "
      "it began after the instant on which all agreed, and how well its clock is known",
      names.heading);
  add_rows_by_case(out, table, 2);  // the number and the machine
  end_table(out);
  out.close("section");
}

void add_load(HtmlWriter& out, const Report& report, const SectionNames& names) {
  const LoadRows table = load_rows(report);
  if (table.rows.empty()) return;
  begin_section(out, names);
  begin_table(
      out, "load",
      "Each case beside nothing and beside each load, medians over the valid runs: latency, "
      "how many times that of the idle path it is, responsiveness, and what the load "
      "carried to the responder (forward) and to the generator (reverse)",
      names.heading);
  add_rows_by_case(out, table, 1);
  end_table(out);
  out.close("section");
}

void add_connections(HtmlWriter& out, const Report& report, const SectionNames& names) {
  const TcpTable tcp = tcp_table(report);
  const ConnectionTable connections = connection_table(report);
  if (tcp.rows.empty() && connections.groups.empty()) return;
  begin_section(out, names);
  if (!tcp.rows.empty()) {
    begin_table(
        out, "tcp",
        "What the kernel knew of TCP, medians over the valid runs: segments sent again (retr) "
        "by both ends, in the whole run and in the window; round-trip time, congestion "
        "window in segments, delivery rate, and the share of the window in which the "
        "receive window or the send buffer held the generator up",
        std::string(names.heading) + ": TCP");
    out.markup("<thead>\n<tr>");
    for (std::size_t c = 0; c < TcpRow::kColumns; ++c)
      add_header_cell(out, tcp.headers[c], c == 0 ? CellKind::text : CellKind::number);
    out.markup("</tr>\n</thead>\n<tbody>\n");
    for (const TcpRow& row : tcp.rows) add_cells(out, row.cells);
    out.markup("</tbody>\n");
    end_table(out);
  }
  if (!connections.groups.empty()) {
    begin_table(out, "connections",
                "Each connection, medians over the valid runs, the largest p99 first: messages of "
                "the window that were received, and segments that both ends sent again",
                std::string(names.heading) + ": each");
    out.markup("<thead>\n<tr>");
    for (const std::string_view header : connections.headers)
      add_header_cell(out, header, CellKind::number);
    out.markup("</tr>\n</thead>\n");
    for (const ConnectionGroup& group : connections.groups) {
      out.markup("<tbody>\n");
      add_group(out, group.title, ConnectionRow::kColumns);
      for (const ConnectionRow& row : group.rows) add_cells(out, row.cells);
      if (!group.note.empty())
        add_lines_below(out, "beneath", {group.note}, ConnectionRow::kColumns);
      out.markup("</tbody>\n");
    }
    end_table(out);
  }
  out.close("section");
}

void add_searches(HtmlWriter& out, const Report& report) {
  begin_section(out, {.id = "searches", .heading = "Highest rates"});
  const SearchRows table = search_rows(report);
  begin_table(out, "searches", "The highest rate at which each goal holds", "Highest rates");
  out.markup("<thead>\n<tr>");
  for (const std::string_view head : table.headers) add_header_cell(out, head, CellKind::text);
  out.markup("</tr>\n</thead>\n");
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const SearchRow& row = table.rows[i];
    const bool first = i == 0 || row.id != table.rows[i - 1].id;
    if (first) {
      if (i > 0) out.markup("</tbody>\n");
      out.markup("<tbody>\n");
      add_group(out, row.id, SearchRow::kColumns);
    }
    out.open("tr", {{"class", row.end == SearchEnd::invalid ? "invalid" : ""}});
    out.element("th", row.cells.front(), {{"scope", "row"}});
    for (std::size_t c = 1; c < SearchRow::kColumns; ++c) out.element("td", row.cells[c]);
    out.close("tr");
  }
  if (!table.rows.empty()) out.markup("</tbody>\n");
  end_table(out);
  add_list(out, "notes", table.notes);
  out.close("section");
}

void add_comparison(HtmlWriter& out, const CompareOutcome& outcome) {
  begin_section(out, {.id = "comparison", .heading = "Comparison"});
  const ComparisonRows table = comparison_rows(outcome);
  const bool folded = outcome.gates.total() == 0 &&
                      std::ranges::none_of(outcome.comparisons, [](const Comparison& one) {
                        return static_cast<bool>(one.interval);
                      });
  if (folded) {
    out.element(
        "p",
        "There are too few runs to judge any difference: an interval needs six runs of each "
        "case.");
    out.markup("<details>\n<summary>Show all lines</summary>\n");
  }
  begin_table(out, "comparison", "Each candidate against its baseline", "Lines of the comparison");
  out.markup("<thead>\n<tr>");
  for (std::size_t c = 0; c < kComparisonColumns; ++c)
    add_header_cell(
        out, table.headers[c],
        c >= kBaselineColumn && c <= kIntervalColumn ? CellKind::number : CellKind::text);
  out.markup("</tr>\n</thead>\n");
  for (const ComparedPair& pair : table.pairs) {
    out.markup("<tbody>\n");
    add_group(out, pair.title, kComparisonColumns);
    for (const ComparisonRow& row : pair.rows) {
      out.open("tr");
      out.element("th", row[kMetricColumn].text, {{"scope", "row"}});
      for (std::size_t c = kBaselineColumn; c < kComparisonColumns; ++c) {
        const bool number = c <= kIntervalColumn || c == kDetectableColumn;
        const std::string_view tone = row[c].tone == Tone::plain ? "" : class_of(row[c].tone);
        out.element("td", row[c].text, {{"class", number ? "number" : tone}});
      }
      out.close("tr");
    }
    add_lines_below(out, "beneath", pair.notes, kComparisonColumns);
    out.markup("</tbody>\n");
  }
  end_table(out);
  add_list(out, "legend", table.legend);
  if (folded) out.markup("</details>\n");
  add_list(out, "notes", outcome.notes);
  if (outcome.verdict == ComparisonVerdict::no_gate)
    out.element(
        "p",
        "No gate was set: no difference is a failure. The option --gate of sockmark compare, "
        "and of sockmark report for two reports, sets one.");
  out.close("section");
}

void add_warnings(HtmlWriter& out, const std::vector<Side>& sides) {
  if (std::ranges::all_of(sides, [](const Side& side) { return side.report->warnings.empty(); }))
    return;
  begin_section(out, {.id = "warnings", .heading = "Warnings"});
  for (const Side& side : sides) {
    if (side.report->warnings.empty()) continue;
    if (!side.name.empty()) out.element("h3", side.name);
    out.markup("<ul class=\"warnings\">\n");
    for (const Warning& warning : side.report->warnings) {
      out.markup("<li>\n");
      out.open("p", {{"class", "warning"}});
      if (const auto check = check_of(warning); !check.empty()) {
        out.element("strong", check);
        out.text(": ");
      }
      out.text(warning.message);
      out.close("p");
      if (!warning.advice.empty()) {
        out.open("p", {{"class", "advice"}});
        out.element("code", warning.advice);
        out.close("p");
      }
      out.markup("</li>\n");
    }
    out.markup("</ul>\n");
  }
  out.close("section");
}

void add_repeat(HtmlWriter& out, const std::vector<Side>& sides) {
  begin_section(out, {.id = "repeat", .heading = "Repeat this measurement"});
  for (const Side& side : sides) {
    if (!side.name.empty()) out.element("h3", side.name);
    out.markup("<pre class=\"command\"><code>");
    // Not cut, which would be another command.
    out.text(repeat_command(*side.report), std::string::npos);
    out.markup("</code></pre>\n");
    const auto& supplied = side.report->plan_supplied;
    if (const auto suite = supplied.find("suite");
        suite != supplied.end() && suite->second.find_first_of("./") != std::string::npos)
      out.element("p", "The suite is a file, which the command needs.");
    const auto& effective = side.report->plan_effective;
    if (effective.empty()) continue;
    out.markup("<details>\n<summary>All options, with their defaults</summary>\n<dl>\n");
    for (const auto& [name, value] : effective) {
      out.element("dt", name);
      out.element("dd", value);
    }
    out.markup("</dl>\n</details>\n");
  }
  out.close("section");
}

}  // namespace sockmark::report
