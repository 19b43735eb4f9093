// sockmark compare: compares two reports, or the cases of one that differ in one parameter.

#include "reports/compare/compare.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/atomic_file.h"
#include "base/parse.h"
#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "bench/cli/comparison_arguments.h"
#include "bench/cli/options.h"
#include "bench/cli/output_file.h"
#include "reports/compare/compare_json.h"
#include "reports/compare/compare_params.h"
#include "reports/model/report_json.h"
#include "reports/render/compare_text.h"

namespace sockmark::cli {

namespace {

constexpr const char* kExamples =
    "\nExamples:\n"
    "  sockmark compare report.json --by transport\n"
    "  sockmark compare report.json --by size --baseline 64 --metric p50,p99.9\n"
    "  sockmark compare report.json --by transport --gate p50:1.05 --gate goodput:1.05\n"
    "  sockmark compare monday.json friday.json\n"
    "  sockmark compare cubic.json bbr.json --by congestion\n"
    "\nRuns of one report are paired by block; only the gates of --gate are judged. The runs of "
    "two\n"
    "reports are not paired: their gates (default p50:1.05, p99:1.10, goodput:1.05, loss:0.001) "
    "stay\n"
    "inconclusive without --accept-unpaired. docs/compare.md explains the table.\n"
    "Exit status: 0 every gate passed, or there is none; 1 a gate failed, 2 bad input,\n"
    "3 inconclusive, 4 runs invalid or reports not comparable, 5 the result could not be "
    "written.\n";

// The text of each option that the user gave.
struct Arguments {
  std::vector<std::string> reports, gates;
  std::optional<std::string> by, baseline, metrics, json;
  std::string inconclusive = "own", colour = "auto";
  bool accept_unpaired = false;
};

struct Compared {
  report::CompareOutcome outcome;
  report::ComparedSource baseline, candidate;
};

Result<std::vector<const report::Metric*>> parse_metrics(const std::string& text) {
  std::vector<const report::Metric*> chosen;
  if (text == "all") {
    for (const auto& metric : report::metrics()) chosen.push_back(&metric);
    return chosen;
  }
  const auto names = TRY(split_list(text));
  for (const std::string& name : names) {
    const auto metric = TRY(report::parse_metric(name));
    if (std::find(chosen.begin(), chosen.end(), metric) == chosen.end()) chosen.push_back(metric);
  }
  return chosen;
}

// Two reports have default gates. The cases of one report have none: a difference between two
// transports is a result, not a regression.
Result<std::vector<report::GateSpec>> parse_gates(const Arguments& arguments) {
  if (arguments.gates.empty() && !arguments.by) return report::default_gates();
  if (arguments.gates == std::vector<std::string>{"none"}) return std::vector<report::GateSpec>{};
  return report::parse_gates(arguments.gates);
}

Result<report::CompareOptions> options_of(const Arguments& arguments) {
  report::CompareOptions options;
  auto gates = TRY(parse_gates(arguments).in("--gate"));
  options.gates = std::move(gates);
  if (arguments.metrics) {
    auto metrics = TRY(parse_metrics(*arguments.metrics).in("--metric"));
    options.metrics = std::move(metrics);
  }
  auto policy = TRY(parse_inconclusive(arguments.inconclusive));
  options.inconclusive = policy;
  options.accept_unpaired = arguments.accept_unpaired;
  return options;
}

report::ComparedSource source_of(const std::string& file, const report::Report& report) {
  return {.file = file, .tool = report.tool, .hash_hard = report.environment.hash_hard};
}

// A report with at least one case.
Result<report::Report> load(const std::string& file) {
  auto report = report::load_report(file);
  if (!report || !report->cases.empty()) return report;
  return Error{
      fmt::format("{}: no case to compare{}", file,
                  report->searches.empty() ? "" : "; it is the report of a search (--find-rate)")};
}

Result<Compared> compare_one(const Arguments& arguments, const report::CompareOptions& options) {
  const std::string& file = arguments.reports.front();
  const auto report = TRY(load(file));
  if (!arguments.by) {
    const auto varying = report::varying_parameters(report.cases);
    return Error{fmt::format(
        "compare: one report requires --by PARAM: {}: {}", file,
        varying.empty() ? "its cases do not differ in any parameter"
                        : fmt::format("its cases differ in {}", fmt::join(varying, ", ")))};
  }
  const std::string of_file = ": " + file;
  auto outcome = TRY(compare_cases(report,
                                   {.parameter = *arguments.by,
                                    .baseline = arguments.baseline,
                                    .place_of_parameter = "--by" + of_file,
                                    .place_of_baseline = "--baseline" + of_file},
                                   options));
  Compared compared{std::move(outcome), source_of(file, report), source_of(file, report)};
  if (report.baseline_tool) compared.baseline.tool = *report.baseline_tool;
  return compared;
}

Result<Compared> compare_two(const Arguments& arguments, const report::CompareOptions& options) {
  if (arguments.baseline && !arguments.by)
    return Error{"--baseline requires --by; of two reports, the first is the baseline"};
  const auto baseline = TRY(load(arguments.reports[0]));
  const auto candidate = TRY(load(arguments.reports[1]));
  auto outcome =
      TRY(arguments.by
              ? compare_cases(baseline, candidate,
                              {.parameter = *arguments.by, .baseline = arguments.baseline}, options)
              : report::compare_reports(baseline, candidate, options).in("compare"));
  return Compared{std::move(outcome), source_of(arguments.reports[0], baseline),
                  source_of(arguments.reports[1], candidate)};
}

Result<Compared> compare(const Arguments& arguments) {
  TRY(check_colour(arguments.colour));
  for (const std::string& report : arguments.reports)
    TRY(check_stray_gate(arguments.gates, report));
  const auto options = TRY(options_of(arguments));
  switch (arguments.reports.size()) {
    case 0:
      return Error{"compare: no report given; give BASE CANDIDATE, or REPORT --by PARAM"};
    case 1:
      return compare_one(arguments, options);
    case 2:
      return compare_two(arguments, options);
    default:
      return Error{
          fmt::format("compare takes at most two reports, got {}", arguments.reports.size())};
  }
}

// Writes the document to its file. The table goes to standard output, or to standard error if the
// document is there.
int publish(const Compared& compared, const Arguments& arguments) {
  const bool to_stdout = arguments.json == "-";
  if (arguments.json) {
    const auto text = to_json(compared.outcome, compared.baseline, compared.candidate);
    const auto written = write_to(*arguments.json, text);
    if (!written) return fail(written.error(), kNotWritten);
  }
  const int descriptor = to_stdout ? STDERR_FILENO : STDOUT_FILENO;
  const auto table = report::comparison_table(
      compared.outcome,
      {.colour = wants_colour(arguments.colour, descriptor), .width = terminal_width(descriptor)});
  const auto written =
      report::write_all(descriptor, table, to_stdout ? "standard error" : "standard output");
  return written ? kSuccess : fail(written.error(), kNotWritten);
}

int run(const Arguments& arguments) {
  if (arguments.json && *arguments.json != "-") {
    if (auto writable = report::check_writable(*arguments.json); !writable)
      return fail(std::move(writable).error().in("--json"), kBadInput);
    if (auto fits = check_replaces("--json", *arguments.json, OutputKind::document); !fits)
      return fail(fits.error(), kBadInput);
  }
  const auto compared = compare(arguments);
  if (!compared) return fail(compared.error(), kBadInput);
  if (!arguments.gates.empty()) {
    if (auto apply = check_gates_apply((*compared).outcome, "--gate"); !apply)
      return fail(apply.error(), kBadInput);
  }
  const int unwritten = publish(*compared, arguments);
  return unwritten != kSuccess ? unwritten : (*compared).outcome.exit_status;
}

}  // namespace

void add_compare(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  Command& command = program.add_command("compare", "Compare two reports, or the cases within one");
  command.footer(kExamples);
  command.positional("REPORT", arguments->reports,
                     "BASE CANDIDATE, with --by or without, or one report with --by");
  command.text("--by", "PARAM", arguments->by,
               "Compare cases that differ in this parameter: transport, size, arm...");
  command.text("--baseline", "VALUE", arguments->baseline,
               "With --by: the value to compare with (the first)");
  command.list("--gate", "METRIC:MARGIN", arguments->gates,
               "How much worse the candidate may be, such as p50:5% or p50:1.05; repeatable; none "
               "for no gate");
  command.text("--metric", "LIST", arguments->metrics,
               "Metrics to compare, or all (p50,p99,goodput,cpu,loss)");
  command.text("--inconclusive", "WORD", arguments->inconclusive,
               "Exit status if a gate is inconclusive: own (3), pass (0) or fail (1) (own)");
  command.flag("--accept-unpaired", arguments->accept_unpaired,
               "Judge the gates although the runs of two reports are not paired");
  command.text("--json", "FILE|-", arguments->json,
               "Write the comparison as JSON; - for standard output");
  command.text("--color", "WORD", arguments->colour, kColourHelp);
  command.action([arguments] { return run(*arguments); });
}

}  // namespace sockmark::cli
