// sockmark selfcheck: known impairments and stalls in, the same numbers out.

#include "bench/checks/selfcheck.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/atomic_file.h"
#include "bench/checks/preflight.h"
#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "bench/cli/measure_plan.h"
#include "bench/run/runner.h"
#include "reports/model/report_json.h"

namespace sockmark::cli {

namespace {

constexpr const char* kExplanation =
    "\nRuns the meter against truths that sockmark makes itself: messages dropped, copied, "
    "reordered,\n"
    "damaged and delayed on the way, a stalled responder, a rate beyond any machine. Takes about "
    "half\n"
    "a minute and needs no privileges. Exit status: 0 measured what was injected, 1 something is "
    "off,\n"
    "2 bad input, 5 report not written, 130 interrupted.\n";

struct Supplied {
  std::optional<std::string> output;
  bool no_progress = false;
};

Plan plan_of(const std::vector<SelfCheck>& checks) {
  Plan plan{.cases = {}, .repetitions = 1, .order = Order::sequential, .seed = 1};
  for (const auto& check : checks) plan.cases.push_back(check.spec);
  return plan;
}

int selfcheck(const Supplied& supplied) {
  const auto& checks = selfchecks();
  const Plan plan = plan_of(checks);
  if (supplied.output) {
    if (supplied.output->empty()) return complain(Error{"--output: the name is empty"}, kBadInput);
    if (auto writable = report::check_writable(*supplied.output); !writable) {
      return complain(std::move(writable).error().in("--output"), kBadInput);
    }
  }
  if (auto possible = check_machine(plan); !possible) return complain(possible.error(), kBadInput);
  const auto outcome = measure(plan, report_of(plan), !supplied.no_progress);

  std::vector<Finding> findings;
  for (std::size_t i = 0; i < checks.size() && !outcome.report.cases[i].runs.empty(); ++i) {
    findings.push_back(judge(checks[i], outcome.report.cases[i].runs.front()));
  }
  if (supplied.output) {
    auto written = report::write_file_atomically(*supplied.output, report::to_json(outcome.report));
    if (!written) return complain(written.error(), kNotWritten);
  }
  const auto table = selfcheck_table(checks, findings, wants_colour("auto", STDOUT_FILENO));
  if (const int unwritten = print(table); unwritten != kFine) return unwritten;
  if (outcome.interrupted_by != 0) return 128 + outcome.interrupted_by;
  for (const auto& finding : findings) {
    if (!finding.as_injected) return kGateFailed;
  }
  return kFine;
}

}  // namespace

Command add_selfcheck(CLI::App& app) {
  auto supplied = std::make_shared<Supplied>();
  auto* command =
      app.add_subcommand("selfcheck", "Known impairments and stalls in, the same numbers out");
  command->footer(kExplanation);
  command->add_option("-o,--output", supplied->output, "Keep the report of the runs (none)")
      ->type_name("FILE");
  command->add_flag("--no-progress", supplied->no_progress, "No progress");
  return {.app = command, .action = [supplied] { return selfcheck(*supplied); }};
}

}  // namespace sockmark::cli
