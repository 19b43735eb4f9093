// sockmark report: renders a report, or the comparison of two, as a page, Markdown or a table.

#include "reports/model/report.h"

#include <fmt/format.h>
#include <unistd.h>

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
#include "bench/cli/comparison_arguments.h"
#include "bench/cli/options.h"
#include "bench/cli/output_file.h"
#include "bench/cli/report_input.h"
#include "bench/cli/table_arguments.h"
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
    "  sockmark report report.json --html report.html       a self-contained page, works offline\n"
    "  sockmark report report.json --markdown - >> \"$GITHUB_STEP_SUMMARY\"\n"
    "  sockmark report monday.json friday.json --html compared.html\n"
    "  sockmark run -o - | sockmark report - --html report.html\n"
    "\nWithout --html and --markdown, prints the same table as sockmark run. "
    "docs/read-a-report.md\n"
    "explains the page.\n"
    "Exit status: 0 written, even if the report contains failures; 2 bad input, 5 the result "
    "could\n"
    "not be written.\n";

struct Arguments {
  std::vector<std::string> files, gates;
  std::optional<std::string> html, markdown;
  std::string colour = "auto";
  bool text = false, accept_unpaired = false;
  std::optional<std::string> percentiles;
  bool bits = false;
};

// One report, or a baseline, a candidate and how to compare them.
struct Reports {
  report::Report first;
  std::optional<report::Report> second;
  report::CompareOptions options;
  report::TableOptions table;
};

Result<report::Report> load(const std::string& file) {
  const std::string name = name_of_input(file);
  const auto text = TRY(read_report_text(file));
  const auto comparison = report::comparison_from_json(text, name);
  if (comparison && *comparison) {
    return Error{name +
                 ": a comparison, not a report; give the reports it was made from, or use sockmark "
                 "export --to junit"};
  }
  return report::report_from_json(text, name);
}

Result<report::CompareOptions> options_of(const Arguments& arguments) {
  if (arguments.files.size() != 2) {
    for (const auto& [option, given] :
         {std::pair{"--gate", !arguments.gates.empty()},
          std::pair{"--accept-unpaired", arguments.accept_unpaired}}) {
      if (!given) continue;
      return Error{fmt::format("{} requires two reports; for one, use sockmark compare", option)};
    }
  }
  if (arguments.files.size() == 2) {
    for (const auto& [option, given] :
         {std::pair{"--percentiles", arguments.percentiles.has_value()},
          std::pair{"--bits", arguments.bits}}) {
      if (!given) continue;
      return Error{fmt::format("{} is for the table of one report; give one", option)};
    }
  }
  report::CompareOptions options;
  auto gates = TRY(report::parse_gates(arguments.gates).in("--gate"));
  options.gates = std::move(gates);
  options.accept_unpaired = arguments.accept_unpaired;
  return options;
}

Result<Reports> load_all(const Arguments& arguments) {
  const auto& files = arguments.files;
  for (const std::string& file : files) TRY(check_stray_gate(arguments.gates, file));
  TRY(check_inputs("report", files));
  auto options = TRY(options_of(arguments));
  auto first = TRY(load(files[0]));
  auto table = TRY(read_table_options(arguments.percentiles, arguments.bits));
  Reports reports{.first = std::move(first),
                  .second = {},
                  .options = std::move(options),
                  .table = std::move(table)};
  if (files.size() == 2) {
    auto second = TRY(load(files[1]));
    reports.second = std::move(second);
  }
  return reports;
}

Result<> check_output(const char* option, const std::optional<std::string>& output,
                      const Arguments& arguments) {
  if (!output) return {};
  if (output->empty()) return Error{fmt::format("{}: the file name is empty", option)};
  if (*output == "-") return {};
  std::error_code absent;
  for (const std::string& file : arguments.files) {
    if (std::filesystem::equivalent(file, *output, absent)) {
      return Error{fmt::format("{} {}: the output would overwrite the report", option,
                               report::printable(*output))};
    }
  }
  return check_replaces(option, *output, OutputKind::other);
}

// Errors that can be found before a report is read.
Result<> check(const Arguments& arguments) {
  TRY(check_colour(arguments.colour));
  TRY(check_output("--html", arguments.html, arguments));
  TRY(check_output("--markdown", arguments.markdown, arguments));
  std::vector<std::string_view> to_stdout;
  if (arguments.html == "-") to_stdout.push_back("--html -");
  if (arguments.markdown == "-") to_stdout.push_back("--markdown -");
  if (arguments.text) to_stdout.push_back("--text");
  if (to_stdout.size() > 1) {
    return Error{fmt::format("{} and {} both write to standard output; give one of them a file",
                             to_stdout[0], to_stdout[1])};
  }
  if (arguments.html && arguments.markdown &&
      place_of(*arguments.html) == place_of(*arguments.markdown)) {
    return Error{fmt::format("--markdown {}: --html writes to the same file; choose another file",
                             report::printable(*arguments.markdown))};
  }
  if (arguments.html && report::page_assets() == nullptr) {
    return Error{
        "--html: this sockmark was built without node, which bundles the charts; install nodejs "
        "and npm, then configure and build again"};
  }
  return {};
}

std::string text_of(const report::Report& one, report::TextStyle style,
                    const report::TableOptions& options) {
  std::string text;
  const auto append = [&text](const std::string& table) {
    if (!text.empty()) text += '\n';
    text += table;
  };
  if (!one.cases.empty() || one.searches.empty()) append(report::text_table(one, style, options));
  if (!one.searches.empty()) append(report::search_table(one, style));
  if (!one.comparisons.empty())
    append(report::comparison_table(*report::default_comparison(one), style));
  return text;
}

std::string text_of(const Reports& reports, report::TextStyle style) {
  if (!reports.second) return text_of(reports.first, style, reports.table);
  return report::comparison_table(
      report::default_comparison(reports.first, *reports.second, reports.options), style);
}

std::string page_of(const Reports& reports) {
  const auto& assets = *report::page_assets();
  return reports.second ? report::html_page(reports.first, *reports.second, assets, reports.options)
                        : report::html_page(reports.first, assets);
}

std::string summary_of(const Reports& reports) {
  return reports.second ? report::markdown(reports.first, *reports.second, reports.options)
                        : report::markdown(reports.first, reports.table);
}

int render(const Arguments& arguments) {
  if (auto fits = check(arguments); !fits) return fail(fits.error(), kBadInput);
  const auto reports = load_all(arguments);
  if (!reports) return fail(reports.error(), kBadInput);
  if (arguments.html) {
    if (auto written = write_to(*arguments.html, page_of(*reports)); !written)
      return fail(written.error(), kNotWritten);
  }
  if (arguments.markdown) {
    if (auto written = write_to(*arguments.markdown, summary_of(*reports)); !written)
      return fail(written.error(), kNotWritten);
  }
  if (!arguments.text && (arguments.html || arguments.markdown)) return kSuccess;
  return print(text_of(*reports, {.colour = wants_colour(arguments.colour, STDOUT_FILENO),
                                  .width = terminal_width(STDOUT_FILENO)}));
}

}  // namespace

void add_report(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  Command& command = program.add_command("report", "Render a report as a page, Markdown or text");
  command.footer(kExamples);
  command.positional("REPORT", arguments->files,
                     "Report to render, or BASE CANDIDATE for a comparison; - for standard input");
  command.text("--html", "FILE|-", arguments->html,
               "Write a self-contained page with charts; - for standard output");
  command.text("--markdown", "FILE|-", arguments->markdown,
               "Write a summary for a pull request or a CI job; - for standard output");
  command.list("--gate", "METRIC:MARGIN", arguments->gates,
               "With two reports: how much worse the candidate may be, as for compare");
  command.flag("--accept-unpaired", arguments->accept_unpaired,
               "Judge the gates although the runs of two reports are not paired");
  command.flag("--text", arguments->text, "Print the table as well");
  add_table_options(command, arguments->percentiles, arguments->bits);
  command.text("--color", "WORD", arguments->colour, kColourHelp);
  command.action([arguments] { return render(*arguments); });
}

}  // namespace sockmark::cli
