// sockmark compare: two reports, or the cases of one that differ in one thing.

#include "reports/compare/compare.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
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
    "\nWithin one report the runs are paired by the blocks that they were made in, and gates are "
    "those\n"
    "of --gate. Two reports are unpaired: their gates (p50:1.05, p99:1.10, goodput:1.05, "
    "loss:0.001\n"
    "unless given) stay inconclusive without --accept-unpaired. docs/compare.md reads the table.\n"
    "Exit status: 0 every gate passed, or there is none; 1 a gate failed, 2 bad input, 3 "
    "inconclusive,\n"
    "4 runs invalid or reports not comparable, 5 the result could not be written.\n";

// The text of each option that the user gave.
struct Supplied {
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

// Two reports are gated unless asked not to be; within one, a difference is an answer.
Result<std::vector<report::GateSpec>> parse_gates(const Supplied& supplied) {
  if (supplied.gates.empty() && !supplied.by) return report::default_gates();
  if (supplied.gates == std::vector<std::string>{"none"}) return std::vector<report::GateSpec>{};
  return report::parse_gates(supplied.gates);
}

Result<report::CompareOptions> options_of(const Supplied& supplied) {
  report::CompareOptions options;
  auto gates = TRY(parse_gates(supplied).in("--gate"));
  options.gates = std::move(gates);
  if (supplied.metrics) {
    auto metrics = TRY(parse_metrics(*supplied.metrics).in("--metric"));
    options.metrics = std::move(metrics);
  }
  auto policy = TRY(parse_inconclusive(supplied.inconclusive));
  options.inconclusive = policy;
  options.accept_unpaired = supplied.accept_unpaired;
  return options;
}

report::ComparedSource source_of(const std::string& file, const report::Report& report) {
  return {.file = file, .tool = report.tool, .hash_hard = report.environment.hash_hard};
}

// A report with something to compare in it.
Result<report::Report> load(const std::string& file) {
  auto report = report::load_report(file);
  if (!report || !report->cases.empty()) return report;
  return Error{fmt::format("{}: has no case to compare{}", file,
                           report->searches.empty() ? "" : "; it is of a search (--find-rate)")};
}

Result<Compared> compare_one(const Supplied& supplied, const report::CompareOptions& options) {
  const std::string& file = supplied.reports.front();
  const auto report = TRY(load(file));
  if (!supplied.by) {
    const auto varying = report::varying_parameters(report.cases);
    return Error{fmt::format("compare: {}: one report takes --by PARAM, two take none; {}", file,
                             varying.empty()
                                 ? "nothing varies between its cases"
                                 : fmt::format("what varies is {}", fmt::join(varying, ", ")))};
  }
  const std::string of_file = ": " + file;
  auto outcome = TRY(compare_cases(report,
                                   {.parameter = *supplied.by,
                                    .baseline = supplied.baseline,
                                    .place_of_parameter = "--by" + of_file,
                                    .place_of_baseline = "--baseline" + of_file},
                                   options));
  Compared compared{std::move(outcome), source_of(file, report), source_of(file, report)};
  if (report.baseline_tool) compared.baseline.tool = *report.baseline_tool;
  return compared;
}

Result<Compared> compare_two(const Supplied& supplied, const report::CompareOptions& options) {
  if (supplied.by) return Error{"--by: compares the cases of one report, two are given"};
  if (supplied.baseline) return Error{"--baseline: is of --by; the first report is the baseline"};
  const auto baseline = TRY(load(supplied.reports[0]));
  const auto candidate = TRY(load(supplied.reports[1]));
  auto outcome = TRY(report::compare_reports(baseline, candidate, options).in("compare"));
  return Compared{std::move(outcome), source_of(supplied.reports[0], baseline),
                  source_of(supplied.reports[1], candidate)};
}

Result<Compared> compare(const Supplied& supplied) {
  TRY(check_colour(supplied.colour));
  const auto options = TRY(options_of(supplied));
  switch (supplied.reports.size()) {
    case 0:
      return Error{"compare: no report given; BASE CANDIDATE, or REPORT --by PARAM"};
    case 1:
      return compare_one(supplied, options);
    case 2:
      return compare_two(supplied, options);
    default:
      return Error{
          fmt::format("compare: two reports at most, {} are given", supplied.reports.size())};
  }
}

// The document to its file, the table to where the document does not go.
int publish(const Compared& compared, const Supplied& supplied) {
  const bool to_stdout = supplied.json == "-";
  if (supplied.json) {
    const auto text = to_json(compared.outcome, compared.baseline, compared.candidate);
    const auto written = write_to(*supplied.json, text);
    if (!written) return complain(written.error(), kNotWritten);
  }
  const int descriptor = to_stdout ? STDERR_FILENO : STDOUT_FILENO;
  const auto table = report::comparison_table(
      compared.outcome,
      {.colour = wants_colour(supplied.colour, descriptor), .width = terminal_width(descriptor)});
  const auto written =
      report::write_all(descriptor, table, to_stdout ? "standard error" : "standard output");
  return written ? kFine : complain(written.error(), kNotWritten);
}

int run(const Supplied& supplied) {
  if (supplied.json && *supplied.json != "-") {
    if (auto writable = report::check_writable(*supplied.json); !writable)
      return complain(std::move(writable).error().in("--json"), kBadInput);
  }
  const auto compared = compare(supplied);
  if (!compared) return complain(compared.error(), kBadInput);
  if (!supplied.gates.empty()) {
    if (auto apply = check_gates_apply((*compared).outcome, "--gate"); !apply)
      return complain(apply.error(), kBadInput);
  }
  const int unwritten = publish(*compared, supplied);
  return unwritten != kFine ? unwritten : (*compared).outcome.exit_status;
}

}  // namespace

Command add_compare(CLI::App& app) {
  auto supplied = std::make_shared<Supplied>();
  auto* command = app.add_subcommand("compare", "Two reports, or what differs within one");
  command->footer(kExamples);
  const auto add = [&](const char* names, auto& text, const char* description, const char* kind) {
    return command->add_option(names, text, description)->type_name(kind);
  };
  add("REPORT", supplied->reports, "BASE CANDIDATE, or one report with --by", "");
  add("--by", supplied->by, "Compare cases that differ in this parameter: transport, size, arm...",
      "PARAM");
  add("--baseline", supplied->baseline, "With --by: the value to compare with (the first)",
      "VALUE");
  add("--gate", supplied->gates,
      "How much worse the candidate may be; may be given more than once, or once as none",
      "METRIC:MARGIN")
      ->allow_extra_args(false);
  add("--metric", supplied->metrics, "What is compared, or all (p50,p99,goodput,cpu,loss)", "LIST");
  add("--inconclusive", supplied->inconclusive,
      "Exit status of an inconclusive comparison: own (3), or that of pass or fail (own)", "WORD");
  command->add_flag("--accept-unpaired", supplied->accept_unpaired,
                    "Judge the gates although nothing pairs the runs");
  add("--json", supplied->json, "Write the comparison; - is standard output", "FILE|-");
  add("--color", supplied->colour, "auto, always, never (auto; NO_COLOR is honoured)", "WORD");
  return {.app = command, .action = [supplied] { return run(*supplied); }};
}

}  // namespace sockmark::cli
