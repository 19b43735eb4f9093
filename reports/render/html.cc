// The outline of the page, which page.css and page.js depend on:
//
//   a.skip                     link to the content
//   header.page-header         p.kind, h1, p.headline (one a sentence), p.made
//   nav.contents               a, one a section
//   main
//     section#verdicts         div.notice.good|bad|plain: p.notice-text, ul
//     section#figures          div.scroll[tabindex=0] > table.figures (below), ul.footnotes
//     section#comparison       div.scroll > table.comparison, ul.legend; of a comparison
//     section#load             div.scroll > table.load; of cases beside a load
//     section#connections      div.scroll > table.tcp, table.connections; of TCP, of each
//                              connection
//     section#searches         div.scroll > table.searches; of a search for rates
//     section#charts           h2, noscript; page.js adds the charts
//     section#warnings         ul.warnings: li > p.warning, p.advice
//     section#repeat           pre.command > code
//     section#environment      div.scroll > table.environment, details
//     section#downloads        hidden; page.js fills its ul and shows it
//   footer.page-footer         details.licences > pre
//   script#report, #baseline-report (of two): gzip in base64
//   script#chart-data, #chart-specs, #theme: JSON
//
// Tables: caption, thead, one tbody a group with tr.group > th[scope=rowgroup], rows with
// th[scope=row], td.number, td.best, tr.invalid, tr.unsteady, tr.why (why the row above is
// invalid), tr.beneath (notes on it), tr.differs (environment). span.mark says in words what a
// colour shows.

#include "reports/render/html.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "reports/chart_data/chart_data.h"
#include "reports/chart_data/charts_json.h"
#include "reports/compare/compare.h"
#include "reports/compare/default_comparison.h"
#include "reports/format/base64.h"
#include "reports/format/compressed.h"
#include "reports/format/html_writer.h"
#include "reports/format/text_limits.h"
#include "reports/model/report_json.h"
#include "reports/render/html_sections.h"
#include "reports/views/alerts.h"
#include "reports/views/connections_table.h"
#include "reports/views/generators_table.h"
#include "reports/views/headline.h"
#include "reports/views/load_table.h"

namespace sockmark::report {
namespace {

// A page with a larger report would open slowly and be too large to send: it does not contain the
// report.
constexpr std::size_t kEmbeddedBytesMax = std::size_t{24} << 20;

// The one script that may run, by its hash (CSP Level 3, section 6.7.3). Charts set styles.
std::string policy(const PageAssets& assets) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(assets.script.data()),
                     assets.script.size());
  return fmt::format(
      "default-src 'none'; script-src 'sha256-{}'; style-src 'unsafe-inline'; img-src data: blob:; "
      "base-uri 'none'; form-action 'none'",
      base64(std::as_bytes(std::span(hash))));
}

void add_head(HtmlWriter& out, std::string_view title, const PageAssets& assets) {
  out.markup("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
  out.open("meta", {{"http-equiv", "Content-Security-Policy"}, {"content", policy(assets)}});
  out.markup(
      "\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n");
  out.element("title", fmt::format("{} - sockmark", title));
  out.markup("<style>\n");
  out.markup(assets.style);
  out.markup(
      "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#content\">Skip to content</a>\n");
}

// The start of the earliest run.
std::string start_time(const Report& report) {
  std::string first;
  for (const Case& one : report.cases) {
    for (const Run& run : one.runs) {
      if (!run.started_at.empty() && (first.empty() || run.started_at < first))
        first = run.started_at;
    }
  }
  return first.empty() ? "(start time unknown)" : printable(first, 40);
}

std::string made_by(const Report& report) {
  const Tool& tool = report.tool;
  return fmt::format("{}, by {} {} ({}, {})", start_time(report), printable(tool.name, 40),
                     printable(tool.version, 40), printable(tool.git, 60),
                     printable(tool.build_type, 40));
}

void add_header(HtmlWriter& out, std::string_view title, std::string_view kind,
                const std::vector<std::string>& sentences, const std::vector<std::string>& made) {
  out.markup("<header class=\"page-header\">\n");
  out.element("p", kind, {{"class", "kind"}});
  out.element("h1", title);
  for (const std::string& sentence : sentences) out.element("p", sentence, {{"class", "headline"}});
  for (const std::string& line : made) out.element("p", line, {{"class", "made"}});
  out.markup("</header>\n");
}

// Ids and headings of sections, in their order.
using Contents = std::vector<std::pair<std::string_view, std::string_view>>;

void add_contents(HtmlWriter& out, Contents contents) {
  contents.insert(contents.end(), {{"repeat", "Repeat this measurement"},
                                   {"environment", "Environment"},
                                   {"downloads", "Downloads"}});
  out.markup("<nav class=\"contents\" aria-label=\"Contents\">\n");
  for (const auto& [id, heading] : contents)
    out.element("a", heading, {{"href", fmt::format("#{}", id)}});
  out.markup("</nav>\n");
}

// Filled by the script.
void add_charts(HtmlWriter& out) {
  out.markup(
      "<section id=\"charts\" aria-labelledby=\"charts-heading\">\n"
      "<h2 id=\"charts-heading\">Charts</h2>\n"
      "<noscript><p>The charts need JavaScript. The tables have the same "
      "results.</p></noscript>\n</section>\n");
}

// The report as the page contains it; empty if it is too large.
std::string packed(const Report& report) {
  const std::string json = to_json(report);
  return json.size() > kEmbeddedBytesMax ? "" : gzip_base64(embedded_json(json));
}

// The script adds the downloads; that the report is missing is said without it.
enum class Embedded { no, yes };

void add_downloads(HtmlWriter& out, Embedded report) {
  out.markup(fmt::format("<section id=\"downloads\" aria-labelledby=\"downloads-heading\"{}>\n",
                         report == Embedded::yes ? " hidden" : ""));
  out.markup("<h2 id=\"downloads-heading\">Downloads</h2>\n");
  if (report == Embedded::no) {
    out.element("p",
                fmt::format("This page does not contain the report, which is larger than {} MiB.",
                            kEmbeddedBytesMax >> 20));
  }
  out.markup("<ul></ul>\n</section>\n");
}

void add_json(HtmlWriter& out, std::string_view id, std::string_view json) {
  out.open("script", {{"type", "application/json"}, {"id", id}});
  out.markup(embedded_json(json));
  out.close("script");
}

void add_report(HtmlWriter& out, std::string_view id, std::string_view packed) {
  if (packed.empty()) return;
  out.open("script",
           {{"type", "application/octet-stream"}, {"id", id}, {"data-encoding", "gzip+base64"}});
  out.markup(packed);
  out.close("script");
}

// The end of the page: the data of the script, and the script.
void add_end(HtmlWriter& out, const ChartData& data, const PageAssets& assets) {
  add_json(out, "chart-data", charts_json(data));
  add_json(out, "chart-specs", assets.specs);
  add_json(out, "theme", assets.theme);
  out.markup("<script>");
  out.markup(assets.script);
  out.markup("</script>\n</body>\n</html>\n");
}

void add_footer(HtmlWriter& out, const PageAssets& assets) {
  out.markup(
      "<footer class=\"page-footer\">\n<details class=\"licences\">\n"
      "<summary>Licences of the chart libraries</summary>\n");
  add_lines(out, "pre", assets.licences);
  out.markup("</details>\n</footer>\n");
}

}  // namespace

std::string html_page(const Report& report, const PageAssets& assets) {
  const auto comparison = default_comparison(report);
  const ChartData data = chart_data(report, comparison);
  const std::string title = printable(data.title, kTitleColumns);
  HtmlWriter out;
  add_head(out, title, assets);
  add_header(out, title, "sockmark report", headline(report, comparison),
             {"Measured " + made_by(report) + "."});
  const bool figures = !report.cases.empty() || report.searches.empty();
  const bool loaded = !load_groups(report).empty();
  const bool generators = !generator_rows(report).rows.empty();
  Contents contents;
  if (figures) contents.emplace_back("figures", "Figures");
  if (loaded) contents.emplace_back("load", "Idle and loaded");
  if (generators) contents.emplace_back("generators", "Generators");
  if (has_connection_tables(report)) contents.emplace_back("connections", "Connections");
  if (!report.searches.empty()) contents.emplace_back("searches", "Highest rates");
  if (comparison) contents.emplace_back("comparison", "Comparison");
  contents.emplace_back("charts", "Charts");
  if (!report.warnings.empty()) contents.emplace_back("warnings", "Warnings");
  add_contents(out, std::move(contents));
  out.markup("<main id=\"content\">\n");
  add_alerts(out, alerts_of(report, comparison));
  if (figures) add_figures(out, report, {.id = "figures", .heading = "Figures"});
  add_load(out, report, {.id = "load", .heading = "Idle and loaded"});
  add_generators(out, report, {.id = "generators", .heading = "Generators"});
  add_connections(out, report, {.id = "connections", .heading = "Connections"});
  if (!report.searches.empty()) add_searches(out, report);
  if (comparison) add_comparison(out, *comparison);
  add_charts(out);
  add_warnings(out, {{"", &report}});
  add_repeat(out, {{"", &report}});
  add_environment(out, report);
  const std::string file = packed(report);
  add_downloads(out, file.empty() ? Embedded::no : Embedded::yes);
  out.markup("</main>\n");
  add_footer(out, assets);
  add_report(out, "report", file);
  add_end(out, data, assets);
  return std::move(out).take();
}

std::string html_page(const Report& baseline, const Report& candidate, const PageAssets& assets,
                      const CompareOptions& options) {
  const CompareOutcome outcome = default_comparison(baseline, candidate, options);
  const ChartData data = chart_data(baseline, candidate, outcome);
  const std::string title = printable(data.title, kTitleColumns);
  HtmlWriter out;
  add_head(out, title, assets);
  add_header(out, title, "sockmark comparison of two reports",
             headline(baseline, candidate, outcome),
             {"Baseline: measured " + made_by(baseline) + ".",
              "Candidate: measured " + made_by(candidate) + "."});
  Contents contents;
  if (!outcome.comparisons.empty()) contents.emplace_back("comparison", "Comparison");
  contents.emplace_back("figures", "Candidate");
  contents.emplace_back("baseline-figures", "Baseline");
  if (!generator_rows(candidate).rows.empty()) contents.emplace_back("generators", "Generators");
  if (has_connection_tables(candidate)) contents.emplace_back("connections", "Connections");
  contents.emplace_back("charts", "Charts");
  if (!baseline.warnings.empty() || !candidate.warnings.empty())
    contents.emplace_back("warnings", "Warnings");
  add_contents(out, std::move(contents));
  out.markup("<main id=\"content\">\n");
  add_alerts(out, alerts_of(baseline, candidate, outcome));
  if (!outcome.comparisons.empty()) add_comparison(out, outcome);
  add_figures(out, candidate, {.id = "figures", .heading = "Figures of the candidate"});
  add_figures(out, baseline,
              {.id = "baseline-figures", .heading = "Figures of the baseline", .explained = false});
  add_generators(out, candidate, {.id = "generators", .heading = "Generators of the candidate"});
  add_generators(out, baseline,
                 {.id = "baseline-generators", .heading = "Generators of the baseline"});
  add_connections(out, candidate, {.id = "connections", .heading = "Connections of the candidate"});
  add_connections(out, baseline,
                  {.id = "baseline-connections", .heading = "Connections of the baseline"});
  add_charts(out);
  add_warnings(out, {{"Baseline", &baseline}, {"Candidate", &candidate}});
  add_repeat(out, {{"Baseline", &baseline}, {"Candidate", &candidate}});
  add_environment(out, baseline, candidate, outcome);
  const std::string file = packed(candidate), baseline_file = packed(baseline);
  add_downloads(out, file.empty() || baseline_file.empty() ? Embedded::no : Embedded::yes);
  out.markup("</main>\n");
  add_footer(out, assets);
  add_report(out, "report", file);
  add_report(out, "baseline-report", baseline_file);
  add_end(out, data, assets);
  return std::move(out).take();
}

}  // namespace sockmark::report
