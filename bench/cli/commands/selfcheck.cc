// sockmark selfcheck: injects known faults and stalls, and checks that the results match.

#include "bench/checks/selfcheck.h"

#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "base/atomic_file.h"
#include "bench/checks/preflight.h"
#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "bench/cli/measure_plan.h"
#include "bench/cli/options.h"
#include "bench/cli/output_file.h"
#include "bench/run/runner.h"

namespace sockmark::cli {

namespace {

constexpr const char* kExplanation =
    "\nInjects known faults and checks that sockmark measures them: messages dropped, duplicated,\n"
    "reordered, damaged and delayed, a responder that stalls, a rate that no machine sustains. "
    "Takes\n"
    "about half a minute and needs no privileges.\n"
    "Exit status: 0 every result matches, 1 a result does not match, 2 bad input, 5 report not\n"
    "written, 130 interrupted.\n";

struct Arguments {
  std::optional<std::string> output;
  bool no_progress = false;
};

Plan plan_of(const std::vector<SelfCheck>& checks) {
  Plan plan{.cases = {}, .repetitions = 1, .order = Order::sequential, .seed = 1};
  for (const auto& check : checks) plan.cases.push_back(check.spec);
  return plan;
}

int selfcheck(const Arguments& arguments) {
  const auto& checks = selfchecks();
  const Plan plan = plan_of(checks);
  if (arguments.output) {
    if (arguments.output->empty())
      return fail(Error{"--output: the file name is empty"}, kBadInput);
    if (auto writable = report::check_writable(*arguments.output); !writable) {
      return fail(std::move(writable).error().in("--output"), kBadInput);
    }
    if (auto fits = check_replaces("--output", *arguments.output, OutputKind::report); !fits)
      return fail(fits.error(), kBadInput);
  }
  if (auto possible = check_machine(plan); !possible) return fail(possible.error(), kBadInput);
  const auto outcome = measure(plan, report_of(plan), !arguments.no_progress);

  std::vector<SelfcheckResult> findings;
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const auto& [runs, params] =
        std::tie(outcome.report.cases[i].runs, outcome.report.cases[i].params);
    if (runs.empty() || report::is_partial(params, runs.front())) break;
    findings.push_back(judge(checks[i], runs.front()));
  }
  if (arguments.output) {
    if (auto written = write_report(outcome.report, *arguments.output); !written)
      return fail(written.error(), kNotWritten);
  }
  const auto table = selfcheck_table(checks, findings, wants_colour("auto", STDOUT_FILENO));
  if (const int unwritten = print(table); unwritten != kSuccess) return unwritten;
  if (outcome.interrupted_by != 0) return 128 + outcome.interrupted_by;
  for (const auto& finding : findings) {
    if (!finding.as_injected) return kGateFailed;
  }
  return kSuccess;
}

}  // namespace

void add_selfcheck(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  Command& command =
      program.add_command("selfcheck", "Inject known faults and check that the results match");
  command.footer(kExplanation);
  command.text("-o,--output", "FILE", arguments->output, "Write the report of the runs (none)");
  command.flag("--no-progress", arguments->no_progress, "Print no progress");
  command.action([arguments] { return selfcheck(*arguments); });
}

}  // namespace sockmark::cli
