// sockmark export: a report in the formats of other tools.

#include <fmt/format.h>
#include <fmt/ranges.h>

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
#include "bench/cli/options.h"
#include "bench/cli/output_file.h"
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
    "\nsockmark list formats prints the formats. docs/exports.md describes which tools read them "
    "and\n"
    "what a format cannot express.\n"
    "Exit status: 0 success, 2 bad input, 5 the result could not be written.\n";

struct Arguments {
  std::vector<std::string> files;
  std::string to, output = "-";
  std::vector<std::string> cases;
  report::ExportOptions options;
};

Result<const report::Format*> chosen_format(const std::string& to) {
  std::vector<std::string_view> names;
  for (const auto& format : report::formats()) names.push_back(format.name);
  if (to.empty())
    return Error{fmt::format("--to: no format given; give one of {}", fmt::join(names, ", "))};
  const report::Format* format = report::find_format(to);
  if (format == nullptr) return unknown_word("format", to, names).in("--to");
  return format;
}

// The report with only the cases in `wanted`; all of them if it is empty.
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

Result<> check(const Arguments& arguments, const report::Format& format) {
  const auto& files = arguments.files;
  if (files.size() > 1 && format.of_two == nullptr)
    return Error{fmt::format("--to {} takes one report, got {}", format.name, files.size())};
  TRY(check_inputs("export", files));
  std::error_code absent;
  for (const std::string& file : files) {
    if (arguments.output != "-" && std::filesystem::equivalent(file, arguments.output, absent))
      return Error{fmt::format("-o {}: the output would overwrite the report",
                               report::printable(arguments.output))};
  }
  return check_replaces("-o", arguments.output, OutputKind::other);
}

Result<std::string> text_of_two(const Arguments& arguments, const report::Format& format) {
  std::vector<report::Report> reports;
  for (const std::string& file : arguments.files) {
    const auto text = TRY(read_report_text(file));
    auto report = TRY(read(file, text, arguments.cases));
    reports.push_back(std::move(report));
  }
  return format.of_two(reports[0], reports[1]);
}

Result<std::string> text_of(const Arguments& arguments) {
  const auto format = TRY(chosen_format(arguments.to));
  TRY(check(arguments, *format));
  if (arguments.files.size() == 2) return text_of_two(arguments, *format);
  const std::string& file = arguments.files.front();
  const auto text = TRY(read_report_text(file));
  if (format->of_comparison != nullptr) {
    const auto document = TRY(report::comparison_from_json(text, name_of_input(file)));
    if (document) {
      if (!arguments.cases.empty())
        return Error{"--case: a comparison cannot be filtered by case: " + name_of_input(file)};
      return format->of_comparison(*document);
    }
  }
  const auto report = TRY(read(file, text, arguments.cases));
  auto exported = format->text(report, arguments.options);
  if (!exported) {
    return std::move(exported).error().in(
        fmt::format("{}: --to {}", name_of_input(file), format->name));
  }
  return exported;
}

int write(const std::string& output, const std::string& text) {
  const auto written = write_to(output, text);
  return written ? kSuccess : fail(written.error(), kNotWritten);
}

}  // namespace

void add_export(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  Command& command = program.add_command("export", "Write a report in the format of another tool");
  command.footer(kExamples);
  command.positional("REPORT", arguments->files,
                     "Report(s) to export; - for standard input; --to charts also takes BASE "
                     "CANDIDATE");
  command.text("--to", "FORMAT", arguments->to, "Format; sockmark list formats prints them");
  command.text("-o,--output", "FILE|-", arguments->output, "Output; - for standard output (-)");
  command.list("--case", "ID", arguments->cases, "Only this case; repeatable (all)");
  command.text("--branch", "NAME", arguments->options.branch,
               "otava: branch of the measured program (none)");
  command.action([arguments] {
    const auto text = text_of(*arguments);
    return text ? write(arguments->output, *text) : fail(text.error(), kBadInput);
  });
}

}  // namespace sockmark::cli
