// sockmark export: a report in the formats of other tools.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/parse.h"
#include "base/printable.h"
#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "bench/cli/report_input.h"
#include "reports/exports/common/case_names.h"
#include "reports/exports/formats.h"
#include "reports/model/report_json.h"

namespace sockmark::cli {

namespace {

constexpr const char* kExamples =
    "\nExamples:\n"
    "  sockmark export report.json --to csv -o runs.csv\n"
    "  sockmark export report.json --to google-benchmark -o new.json    for compare.py\n"
    "  sockmark export report.json --to hgrm --case udp/rr/64B/c1       for the HDR plotters\n"
    "  sockmark run -o - | sockmark export - --to openmetrics\n"
    "\n\"sockmark list formats\" lists what there is, docs/exports.md tells what reads it and what "
    "is\n"
    "lost. Exit status: 0 fine, 2 bad input, 5 the result could not be written.\n";

struct Supplied {
  std::vector<std::string> files;
  std::string to, output = "-";
  std::vector<std::string> cases;
  report::ExportOptions options;
};

Result<const report::Format*> chosen_format(const std::string& to) {
  std::vector<std::string_view> names;
  for (const auto& format : report::formats()) names.push_back(format.name);
  if (to.empty())
    return Error{fmt::format("--to: no format given; one of {}", fmt::join(names, ", "))};
  const report::Format* format = report::find_format(to);
  if (format == nullptr) return unknown_word("format", to, names).in("--to");
  return format;
}

// The cases that were asked for; all without a word.
Result<report::Report> chosen_cases(report::Report report, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return report;
  const auto names = report::case_names(report);
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  for (const std::string& name : wanted) {
    if (!report::has_case(report, name)) return unknown_word("case", name, candidates).in("--case");
  }
  return report::with_cases(std::move(report), wanted);
}

Result<report::Report> read(const std::string& file, const std::string& text,
                            const std::vector<std::string>& cases) {
  auto report = report::report_from_json(text, name_of_input(file));
  if (!report) return report;
  report = chosen_cases(std::move(*report), cases);
  if (!report) return std::move(report).error().in(name_of_input(file));
  return report;
}

Result<> check(const Supplied& supplied, const report::Format& format) {
  const auto& files = supplied.files;
  if (files.size() > 1 && format.of_two == nullptr)
    return Error{
        fmt::format("export: --to {} tells one report, {} are given", format.name, files.size())};
  TRY(check_inputs("export", files));
  std::error_code absent;
  for (const std::string& file : files) {
    if (supplied.output != "-" && std::filesystem::equivalent(file, supplied.output, absent))
      return Error{fmt::format("-o {}: is the report itself", report::printable(supplied.output))};
  }
  return {};
}

Result<std::string> text_of_two(const Supplied& supplied, const report::Format& format) {
  std::vector<report::Report> reports;
  for (const std::string& file : supplied.files) {
    const auto text = TRY(read_report_text(file));
    auto report = TRY(read(file, text, supplied.cases));
    reports.push_back(std::move(report));
  }
  return format.of_two(reports[0], reports[1]);
}

Result<std::string> text_of(const Supplied& supplied) {
  if (supplied.files.empty()) return Error{"export: no report given; - is standard input"};
  const auto format = TRY(chosen_format(supplied.to));
  TRY(check(supplied, *format));
  if (supplied.files.size() == 2) return text_of_two(supplied, *format);
  const std::string& file = supplied.files.front();
  const auto text = TRY(read_report_text(file));
  if (format->of_comparison != nullptr) {
    const auto document = TRY(report::comparison_from_json(text, name_of_input(file)));
    if (document) {
      if (!supplied.cases.empty())
        return Error{"--case: " + name_of_input(file) + " is a comparison, told whole"};
      return format->of_comparison(*document);
    }
  }
  const auto report = TRY(read(file, text, supplied.cases));
  auto told = format->text(report, supplied.options);
  if (!told) {
    return std::move(told).error().in(
        fmt::format("{}: --to {}", name_of_input(file), format->name));
  }
  return told;
}

int write(const std::string& output, const std::string& text) {
  const auto written = write_to(output, text);
  return written ? kFine : complain(written.error(), kNotWritten);
}

}  // namespace

Command add_export(CLI::App& app) {
  auto supplied = std::make_shared<Supplied>();
  auto* command = app.add_subcommand("export", "A report in the formats of other tools");
  command->footer(kExamples);
  command->add_option("REPORT", supplied->files,
                      "What to tell; - is standard input; charts: also BASE CANDIDATE");
  command->add_option("--to", supplied->to, "Format; \"sockmark list formats\" lists them")
      ->type_name("FORMAT");
  command->add_option("-o,--output", supplied->output, "Where to; - is standard output (-)")
      ->type_name("FILE|-");
  command
      ->add_option("--case", supplied->cases,
                   "This case only, by its id; may be given more than once (all)")
      ->type_name("ID")
      ->allow_extra_args(false);
  command
      ->add_option("--branch", supplied->options.branch,
                   "otava: branch that the measured program is of (none)")
      ->type_name("NAME");
  return {.app = command, .action = [supplied] {
            const auto text = text_of(*supplied);
            return text ? write(supplied->output, *text) : complain(text.error(), kBadInput);
          }};
}

}  // namespace sockmark::cli
