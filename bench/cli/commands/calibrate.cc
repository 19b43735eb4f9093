// sockmark calibrate: this very program against itself, and what that says of the machine.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/atomic_file.h"
#include "bench/checks/preflight.h"
#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "bench/cli/measure_plan.h"
#include "bench/cli/plan_arguments.h"
#include "bench/plan/plan.h"
#include "bench/plan/plan_options.h"
#include "bench/plan/suite.h"
#include "bench/run/live_comparison.h"
#include "bench/run/runner.h"
#include "reports/compare/calibration.h"
#include "reports/compare/calibration_json.h"
#include "reports/model/report_json.h"
#include "reports/render/calibration_text.h"

namespace sockmark::cli {

namespace {

constexpr const char* kExamples =
    "\nExamples:\n"
    "  sockmark calibrate\n"
    "  sockmark calibrate -t udp -r 10k -d 1s -n 40\n"
    "  sockmark run -t tcp --against ./older/sockmark --gate p50:1.05 --calibration "
    "calibration.json\n"
    "\nMeasures this program against itself, block by block: tcp and unix-stream with round trips\n"
    "of 64 bytes, 24 blocks of 400ms, about a minute. Tells how much a block sways, the smallest\n"
    "effect that so many blocks find, and whether a difference is shown where there is none. The\n"
    "figures are those of runs as they were: calibrate with the options of what is compared "
    "later.\n"
    "Exit status: 0 no difference shown, 1 a difference shown (Holm over all lines), 2 bad input,\n"
    "3 too few blocks, 4 a run was invalid, 5 report not written, 130 interrupted.\n";

// At least 20 (docs/definitions/comparing.md#calibration), and one of the planned looks of a
// comparison.
constexpr const char* kBlocks = "24";
// What is measured where nobody says otherwise. With these the default takes about a minute, and a
// run has the thousand messages that p99 takes.
constexpr std::pair<const char*, const char*> kDefaults[] = {
    {"transport", "tcp,unix-stream"}, {"duration", "400ms"}, {"warmup", "100ms"}};

// What the user gave, as text.
struct Supplied {
  std::optional<std::string> suite, json;
  OptionTexts options;
  std::string output = "calibration.json", colour = "auto";
  bool quiet = false, no_progress = false;
};

Result<Plan> plan_of(const Supplied& supplied) {
  OptionTexts texts = supplied.options;
  // Outranks a suite too: how many blocks one is meant for is another matter.
  texts.emplace("repetitions", kBlocks);
  if (supplied.suite) {
    auto suite = TRY(load_suite(*supplied.suite));
    return make_plan(suite, texts);
  }
  texts.insert(std::begin(kDefaults), std::end(kDefaults));
  PlanOptions options;
  TRY(read_options(texts, options));
  return make_plan(options);
}

Result<> check_supplied(const Supplied& supplied) {
  TRY(check_colour(supplied.colour));
  if (supplied.output == "-" && supplied.json == "-")
    return Error{"--json: the report goes to standard output already"};
  if (supplied.output.empty()) return Error{"--output: the name is empty"};
  if (supplied.output != "-") {
    if (auto writable = report::check_writable(supplied.output); !writable)
      return std::move(writable).error().in("--output");
  }
  if (supplied.json && *supplied.json != "-") {
    if (auto writable = report::check_writable(*supplied.json); !writable)
      return std::move(writable).error().in("--json");
  }
  return {};
}

// The report and the figures to their files, the table to where neither goes. Answers 0 or
// kNotWritten.
int publish(const report::Report& report, const report::Calibration& calibration,
            const Supplied& supplied) {
  int status = kFine;
  if (auto written = write_to(supplied.output, report::to_json(report)); !written)
    status = complain(written.error(), kNotWritten);
  if (supplied.json) {
    if (auto written = write_to(*supplied.json, report::to_json(calibration)); !written)
      status = complain(written.error(), kNotWritten);
  }
  if (supplied.quiet) return status;
  const bool stdout_taken = supplied.output == "-" || supplied.json == "-";
  const int descriptor = stdout_taken ? STDERR_FILENO : STDOUT_FILENO;
  const auto table = report::calibration_table(
      calibration,
      {.colour = wants_colour(supplied.colour, descriptor), .width = terminal_width(descriptor)});
  if (auto printed =
          report::write_all(descriptor, table, stdout_taken ? "standard error" : "standard output");
      !printed)
    status = complain(printed.error(), kNotWritten);
  return status;
}

int calibrate(const Supplied& supplied) {
  if (auto fits = check_supplied(supplied); !fits) return complain(fits.error(), kBadInput);
  auto chosen = plan_of(supplied);
  if (!chosen) return complain(chosen.error(), kBadInput);
  if ((*chosen).order != Order::interleaved) {
    return complain(Error{"--order: calibrating goes block by block; leave it at interleaved"},
                    kBadInput);
  }
  const Plan plan = with_arms(*chosen);
  if (auto fits = check_runs(plan); !fits) return complain(fits.error(), kBadInput);
  if (auto possible = check_machine(plan); !possible) return complain(possible.error(), kBadInput);

  const auto hold = hold_idle(plan);
  if (!hold) return complain(hold.error(), kBadInput);

  auto metrics = report::calibrated_metrics();
  LiveComparison comparison(
      {.by = "arm", .baseline = std::nullopt, .options = {.metrics = metrics}}, plan.repetitions);
  OptionTexts texts = supplied.options;
  if (supplied.suite) texts["suite"] = *supplied.suite;
  auto frame = report_of(plan, texts);
  frame.plan_effective["by"] = "arm";
  RunnerOptions options;
  options.baseline = options.candidate = own_path();
  frame.plan_effective["against"] = frame.plan_effective["candidate"] = options.baseline;
  options.enough = [&](const report::Report& so_far, std::uint64_t blocks) {
    return comparison.enough(so_far, blocks);
  };
  auto outcome =
      measure(plan, std::move(frame), !supplied.quiet && !supplied.no_progress, std::move(options));
  if (auto compared = comparison.finish(outcome.report, outcome.interrupted_by != 0); !compared)
    return complain(compared.error(), kBadInput);
  const auto calibration = report::calibration_of(outcome.report, metrics);
  if (!calibration) return complain(calibration.error(), kBadInput);
  if (const int unwritten = publish(outcome.report, *calibration, supplied); unwritten != kFine)
    return unwritten;
  if (outcome.interrupted_by != 0) return 128 + outcome.interrupted_by;
  return (*calibration).exit_status;
}

}  // namespace

Command add_calibrate(CLI::App& app) {
  auto supplied = std::make_shared<Supplied>();
  auto* command = app.add_subcommand(
      "calibrate", "A against A: what this machine can find, and how often it errs");
  command->footer(kExamples);
  const auto add = [&](const char* names, auto& text, const char* description, const char* kind) {
    return command->add_option(names, text, description)->type_name(kind);
  };
  add("SUITE", supplied->suite,
      "A built-in suite (sockmark list suites) or a suite's file; options outrank it", "");
  add_plan_options(*command, {supplied, &supplied->options});
  add("--json", supplied->json, "Write the figures; - is standard output", "FILE|-");
  add("-o,--output", supplied->output, "Report, written whole or not at all; - is standard output",
      "FILE");
  command->add_flag("--quiet", supplied->quiet, "No table, no progress");
  command->add_flag("--no-progress", supplied->no_progress, "No progress");
  add("--color", supplied->colour, "auto, always, never (auto; NO_COLOR is honoured)", "WORD");
  return {.app = command, .action = [supplied] { return calibrate(*supplied); }};
}

}  // namespace sockmark::cli
