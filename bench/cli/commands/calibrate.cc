// sockmark calibrate: measures this program against itself to find the smallest change that this
// machine can detect.

#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/atomic_file.h"
#include "bench/checks/host_names.h"
#include "bench/checks/preflight.h"
#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "bench/cli/measure_plan.h"
#include "bench/cli/options.h"
#include "bench/cli/output_file.h"
#include "bench/cli/plan_arguments.h"
#include "bench/plan/plan.h"
#include "bench/plan/plan_options.h"
#include "bench/plan/suite.h"
#include "bench/run/live_comparison.h"
#include "bench/run/runner.h"
#include "reports/compare/calibration.h"
#include "reports/compare/calibration_json.h"
#include "reports/render/calibration_text.h"

namespace sockmark::cli {

namespace {

constexpr const char* kExamples =
    "\nExamples:\n"
    "  sockmark calibrate\n"
    "  sockmark calibrate -t udp -r 10k -d 1s -n 40\n"
    "  sockmark run -t tcp --against ./older/sockmark --gate p50:1.05 --calibration "
    "calibration.json\n"
    "\nMeasures this program against itself, block by block: by default tcp and unix-stream, "
    "round\n"
    "trips of 64 bytes, 24 blocks of 400ms, about a minute. Prints how much blocks vary, the "
    "smallest\n"
    "change that this number of blocks detects, and whether a difference is found where there is\n"
    "none. The results hold for runs of the same kind: calibrate with the options that you will\n"
    "compare with.\n"
    "Exit status: 0 no significant difference, 1 a significant difference (Holm over all lines),\n"
    "2 bad input, 3 too few blocks, 4 a run was invalid, 5 report not written, 130 interrupted.\n";

// At least 20 (docs/definitions/comparing.md#calibration), and one of a comparison's planned
// interim looks.
constexpr const char* kBlocks = "24";
// With these the default takes about a minute, and a run has the 1000 messages that p99 requires.
constexpr std::pair<const char*, const char*> kDefaults[] = {
    {"transport", "tcp,unix-stream"}, {"duration", "400ms"}, {"warmup", "100ms"}};

struct Arguments {
  std::optional<std::string> suite, json;
  OptionTexts options;
  std::string output = "calibration.json", colour = "auto";
  bool quiet = false, no_progress = false;
};

Result<Plan> plan_of(const Arguments& arguments) {
  OptionTexts texts = arguments.options;
  // Overrides a suite too: its repetitions were chosen for another purpose.
  texts.emplace("repetitions", kBlocks);
  PlanOptions options;
  TRY(read_options(texts, options));
  if (arguments.suite) {
    auto suite = TRY(load_suite(*arguments.suite));
    auto plan = TRY(make_plan(suite, texts));
    return resolve_names(std::move(plan));
  }
  texts.insert(std::begin(kDefaults), std::end(kDefaults));
  TRY(read_options(texts, options));
  auto plan = TRY(make_plan(options));
  return resolve_names(std::move(plan));
}

Result<> check_arguments(const Arguments& arguments) {
  TRY(check_colour(arguments.colour));
  if (arguments.output == "-" && arguments.json == "-")
    return Error{"--json - and --output - exclude each other; give one of them a file"};
  if (arguments.output.empty()) return Error{"--output: the file name is empty"};
  if (arguments.output != "-") {
    if (auto writable = report::check_writable(arguments.output); !writable)
      return std::move(writable).error().in("--output");
    TRY(check_replaces("--output", arguments.output, OutputKind::report));
  }
  if (arguments.json && *arguments.json != "-") {
    if (auto writable = report::check_writable(*arguments.json); !writable)
      return std::move(writable).error().in("--json");
    TRY(check_replaces("--json", *arguments.json, OutputKind::document));
  }
  return {};
}

// Writes the report and the results to their files. The table goes to standard output, or to
// standard error if one of them is there. Returns kSuccess or kNotWritten.
int publish(const report::Report& report, const report::Calibration& calibration,
            const Arguments& arguments) {
  int status = kSuccess;
  if (auto written = write_report(report, arguments.output); !written)
    status = fail(written.error(), kNotWritten);
  if (arguments.json) {
    if (auto written = write_to(*arguments.json, report::to_json(calibration)); !written)
      status = fail(written.error(), kNotWritten);
  }
  if (arguments.quiet) return status;
  const bool stdout_taken = arguments.output == "-" || arguments.json == "-";
  const int descriptor = stdout_taken ? STDERR_FILENO : STDOUT_FILENO;
  const auto table = report::calibration_table(
      calibration,
      {.colour = wants_colour(arguments.colour, descriptor), .width = terminal_width(descriptor)});
  if (auto printed =
          report::write_all(descriptor, table, stdout_taken ? "standard error" : "standard output");
      !printed)
    status = fail(printed.error(), kNotWritten);
  return status;
}

int calibrate(const Arguments& arguments) {
  if (auto fits = check_arguments(arguments); !fits) return fail(fits.error(), kBadInput);
  auto chosen = plan_of(arguments);
  if (!chosen) return fail(chosen.error(), kBadInput);
  if (chosen->order != Order::interleaved) {
    return fail(Error{"calibrate requires --order interleaved"}, kBadInput);
  }
  if (auto fits = check_applies(arguments.options, *chosen); !fits)
    return fail(fits.error(), kBadInput);
  for (auto& line : partly_applied(arguments.options, *chosen)) warn(Error{std::move(line)});
  const Plan plan = with_arms(*chosen);
  if (auto fits = check_runs(plan); !fits) return fail(fits.error(), kBadInput);
  if (auto possible = check_machine(plan); !possible) return fail(possible.error(), kBadInput);

  const auto hold = hold_idle(plan);
  if (!hold) return fail(hold.error(), kBadInput);

  auto metrics = report::calibrated_metrics();
  LiveComparison comparison(
      {.by = "arm", .baseline = std::nullopt, .options = {.metrics = metrics}}, plan.repetitions);
  OptionTexts texts = arguments.options;
  if (arguments.suite) texts["suite"] = *arguments.suite;
  auto frame = report_of(plan, texts);
  frame.plan_effective["by"] = "arm";
  RunnerOptions options;
  options.baseline = options.candidate = own_path();
  frame.plan_effective["against"] = frame.plan_effective["candidate"] = options.baseline;
  options.enough = [&](const report::Report& so_far, std::uint64_t blocks) {
    return comparison.enough(so_far, blocks);
  };
  auto outcome = measure(plan, std::move(frame), !arguments.quiet && !arguments.no_progress,
                         std::move(options));
  if (auto compared = comparison.finish(outcome.report, outcome.interrupted_by != 0); !compared)
    return fail(compared.error(), kBadInput);
  const auto calibration = report::calibration_of(outcome.report, metrics);
  if (!calibration) return fail(calibration.error(), kBadInput);
  if (const int unwritten = publish(outcome.report, *calibration, arguments); unwritten != kSuccess)
    return unwritten;
  if (outcome.interrupted_by != 0) return 128 + outcome.interrupted_by;
  return calibration->exit_status;
}

}  // namespace

void add_calibrate(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  Command& command = program.add_command(
      "calibrate", "Measure the smallest change detectable on this machine, A against A");
  command.footer(kExamples);
  command.positional(
      "SUITE", arguments->suite,
      "A built-in suite (sockmark list suites) or a suite file; options override it");
  add_plan_options(command, arguments->options, {"interval"});
  command.text("--json", "FILE|-", arguments->json,
               "Write the results as JSON; - for standard output");
  command.text("-o,--output", "FILE|-", arguments->output,
               "Report, written atomically; - for standard output (calibration.json)");
  command.flag("--quiet", arguments->quiet, "Print no table and no progress");
  command.flag("--no-progress", arguments->no_progress, "Print no progress");
  command.text("--color", "WORD", arguments->colour, kColourHelp);
  command.action([arguments] { return calibrate(*arguments); });
}

}  // namespace sockmark::cli
