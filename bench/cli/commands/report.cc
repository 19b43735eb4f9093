// sockmark report: a report for people, as a page, as Markdown, as the table of a run. Of two, the
// comparison.

#include "reports/model/report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "bench/cli/report_input.h"
#include "reports/compare/compare.h"
#include "reports/compare/compare_json.h"
#include "reports/compare/default_comparison.h"
#include "reports/compare/gates.h"
#include "reports/model/report_json.h"
#include "reports/render/compare_text.h"
#include "reports/render/html.h"
#include "reports/render/markdown.h"
#include "reports/render/page_assets.h"
#include "reports/render/text.h"
#include "reports/views/search_table.h"

namespace sockmark::cli {

namespace {

constexpr const char* kExamples =
    "\nExamples:\n"
    "  sockmark report report.json --html report.html       a page to open or send, works offline\n"
    "  sockmark report report.json --markdown - >> \"$GITHUB_STEP_SUMMARY\"\n"
    "  sockmark report monday.json friday.json --html compared.html\n"
    "  sockmark run -o - | sockmark report - --html report.html\n"
    "\nWithout --html or --markdown the table that a run prints. docs/read-a-report.md reads the "
    "page.\n"
    "Exit status: 0 written, whatever the report says; 2 bad input, 5 the result could not be\n"
    "written.\n";

struct Supplied {
  std::vector<std::string> files, gates;
  std::optional<std::string> html, markdown;
  std::string colour = "auto";
  bool text = false, accept_unpaired = false;
};

// What was read: one report, or a baseline and a candidate and how to compare them.
struct Reports {
  report::Report first;
  std::optional<report::Report> second;
  report::CompareOptions options;
};

Result<report::Report> load(const std::string& file) {
  const std::string name = name_of_input(file);
  const auto text = TRY(read_report_text(file));
  const auto comparison = report::comparison_from_json(text, name);
  if (comparison && *comparison) {
    return Error{name +
                 ": a comparison, not a report; give the reports that it is of, or read it with "
                 "sockmark export --to junit"};
  }
  return report::report_from_json(text, name);
}

Result<report::CompareOptions> options_of(const Supplied& supplied) {
  for (const auto& [given, option] : {std::pair{!supplied.gates.empty(), "--gate"},
                                      std::pair{supplied.accept_unpaired, "--accept-unpaired"}}) {
    if (given && supplied.files.size() != 2)
      return Error{fmt::format("{}: is for two reports; sockmark compare gates one", option)};
  }
  report::CompareOptions options;
  auto gates = TRY(report::parse_gates(supplied.gates).in("--gate"));
  options.gates = std::move(gates);
  options.accept_unpaired = supplied.accept_unpaired;
  return options;
}

Result<Reports> load_all(const Supplied& supplied) {
  const auto& files = supplied.files;
  TRY(check_inputs("report", files));
  auto options = TRY(options_of(supplied));
  auto first = TRY(load(files[0]));
  Reports reports{.first = std::move(first), .second = {}, .options = std::move(options)};
  if (files.size() == 2) {
    auto second = TRY(load(files[1]));
    reports.second = std::move(second);
  }
  return reports;
}

// Found before anything is read: what could not be written, or would overwrite what is read.
Result<> check_output(const char* option, const std::optional<std::string>& output,
                      const Supplied& supplied) {
  if (!output) return {};
  if (output->empty()) return Error{fmt::format("{}: the name is empty", option)};
  if (*output == "-") return {};
  std::error_code absent;
  for (const std::string& file : supplied.files) {
    if (std::filesystem::equivalent(file, *output, absent))
      return Error{fmt::format("{} {}: is the report itself", option, report::printable(*output))};
  }
  return {};
}

Result<> check(const Supplied& supplied) {
  TRY(check_colour(supplied.colour));
  TRY(check_output("--html", supplied.html, supplied));
  TRY(check_output("--markdown", supplied.markdown, supplied));
  const int to_stdout =
      (supplied.html == "-" ? 1 : 0) + (supplied.markdown == "-" ? 1 : 0) + (supplied.text ? 1 : 0);
  if (to_stdout > 1) return Error{"report: only one of them can go to standard output"};
  const auto place = [](const std::string& file) {
    std::error_code unknown;
    return std::filesystem::weakly_canonical(std::filesystem::absolute(file, unknown), unknown);
  };
  if (supplied.html && supplied.markdown && place(*supplied.html) == place(*supplied.markdown)) {
    return Error{
        fmt::format("--markdown {}: is where --html goes", report::printable(*supplied.markdown))};
  }
  if (supplied.html && report::page_assets() == nullptr) {
    return Error{
        "--html: this sockmark was built without node, which bundles the charts; install nodejs "
        "and npm, configure and build it again"};
  }
  return {};
}

std::string text_of(const report::Report& one, report::TextStyle style) {
  std::string text;
  if (!one.cases.empty() || one.searches.empty()) text = report::text_table(one, style);
  if (!one.searches.empty()) text += (text.empty() ? "" : "\n") + report::search_table(one, style);
  if (one.comparisons.empty()) return text;
  return text + '\n' + report::comparison_table(*report::told_comparison(one), style);
}

std::string text_of(const Reports& reports, report::TextStyle style) {
  if (!reports.second) return text_of(reports.first, style);
  return report::comparison_table(
      report::told_comparison(reports.first, *reports.second, reports.options), style);
}

std::string page_of(const Reports& reports) {
  const auto& assets = *report::page_assets();
  return reports.second ? report::html_page(reports.first, *reports.second, assets, reports.options)
                        : report::html_page(reports.first, assets);
}

std::string summary_of(const Reports& reports) {
  return reports.second ? report::markdown(reports.first, *reports.second, reports.options)
                        : report::markdown(reports.first);
}

int render(const Supplied& supplied) {
  if (auto fits = check(supplied); !fits) return complain(fits.error(), kBadInput);
  const auto reports = load_all(supplied);
  if (!reports) return complain(reports.error(), kBadInput);
  if (supplied.html) {
    if (auto written = write_to(*supplied.html, page_of(*reports)); !written)
      return complain(written.error(), kNotWritten);
  }
  if (supplied.markdown) {
    if (auto written = write_to(*supplied.markdown, summary_of(*reports)); !written)
      return complain(written.error(), kNotWritten);
  }
  if (!supplied.text && (supplied.html || supplied.markdown)) return kFine;
  return print(text_of(*reports, {.colour = wants_colour(supplied.colour, STDOUT_FILENO),
                                  .width = terminal_width(STDOUT_FILENO)}));
}

}  // namespace

Command add_report(CLI::App& app) {
  auto supplied = std::make_shared<Supplied>();
  auto* command = app.add_subcommand("report", "A report for people: a page, Markdown, the table");
  command->footer(kExamples);
  command->add_option("REPORT", supplied->files,
                      "What to show; of two, BASE CANDIDATE, the comparison; - is standard input");
  command
      ->add_option("--html", supplied->html, "A page of its own, with charts; - is standard output")
      ->type_name("FILE|-");
  command
      ->add_option("--markdown", supplied->markdown,
                   "A summary for a pull request or a CI job; - is standard output")
      ->type_name("FILE|-");
  command
      ->add_option("--gate", supplied->gates,
                   "Of two reports: how much worse the candidate may be, as for compare")
      ->type_name("METRIC:MARGIN")
      ->allow_extra_args(false);
  command->add_flag("--accept-unpaired", supplied->accept_unpaired,
                    "Judge the gates although nothing pairs the runs");
  command->add_flag("--text", supplied->text, "The table, beside the others");
  command
      ->add_option("--color", supplied->colour, "auto, always, never (auto; NO_COLOR is honoured)")
      ->type_name("WORD");
  return {.app = command, .action = [supplied] { return render(*supplied); }};
}

}  // namespace sockmark::cli
