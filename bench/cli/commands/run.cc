// sockmark run: measures, writes the report, prints the table.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/printable.h"
#include "bench/checks/preflight.h"
#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "bench/cli/commands/run_arguments.h"
#include "bench/cli/commands/run_task.h"
#include "bench/cli/commands/search_rates.h"
#include "bench/cli/live_output.h"
#include "bench/cli/measure_plan.h"
#include "bench/cli/table_arguments.h"
#include "bench/cli/unfinished.h"
#include "bench/run/live_comparison.h"
#include "bench/run/runner.h"
#include "reports/render/compare_text.h"
#include "reports/render/text.h"

namespace sockmark::cli {

namespace {

constexpr const char* kExamples =
    "\nExamples:\n"
    "  sockmark run quick\n"
    "  sockmark run mine.json --dry-run\n"
    "  sockmark run -t tcp,unix-stream -w rr,stream -s 64,64k -n 5\n"
    "  sockmark run -t udp -s 1k -c 100 -j 2 --wait spin --pin 0,1\n"
    "  sockmark run -t tcp,udp -r 1k,10k --arrivals poisson --wait hybrid\n"
    "  sockmark run -t udp -w rr,stream -r 20k --impair loss=1%,reorder=2%:3,seed=7\n"
    "  sockmark run -t tcp,unix-stream -n 12 --by transport\n"
    "  sockmark run ci --against ./older/sockmark --gate p50:1.05 --until-precise\n"
    "  sockmark run -t tcp,udp --responder-via 'ssh db2'\n"
    "  sockmark run -t udp --find-rate 'loss<=0.5%,p99<=1ms'\n"
    "\nA LIST (a,b,c) makes a case of every combination. The report goes to report.json, the "
    "table\n"
    "to standard output. A report that is there is kept as report.json~, and a file that is not a\n"
    "report is not replaced. An interrupted measurement keeps its finished runs in report.json, "
    "or\n"
    "in report.json.journal if sockmark was killed; --resume continues it. What Ctrl-C leaves of "
    "the\n"
    "run in progress is shown as a partial run, marked and in no comparison; a second Ctrl-C ends\n"
    "at once.\n"
    "\n--find-rate searches for the highest rate of every case at which all goals are met, with "
    "short "
    "and\n"
    "then full-length trials (-d). For a transport that does not lose messages, loss is not a "
    "goal;\n"
    "use p99 (docs/find-rate.md).\n"
    "\nExit status: 0 success, 1 a gate failed, 2 bad input, 3 a comparison or a search was\n"
    "inconclusive, 4 a run was invalid, or a case of a search had no valid trial, 5 report not\n"
    "written, 130 interrupted.\n";

bool any_invalid(const report::Report& report) {
  for (const auto& one : report.cases) {
    for (const auto& run : one.runs) {
      if (!run.valid) return true;
    }
  }
  return false;
}

Unfinished::Mode mode_of(const RunArguments& arguments) {
  if (arguments.resume) return Unfinished::Mode::resume;
  if (arguments.discard) return Unfinished::Mode::discard;
  return Unfinished::Mode::begin;
}

// Runs the plan. Each finished run is kept in the journal, and after each block the comparison
// decides whether to stop.
RunnerOutcome run_task(const RunTask& task, const RunArguments& arguments, const Ends& ends,
                       LiveComparison& comparison, Unfinished& unfinished, LiveOutput* live) {
  RunnerOptions options;
  options.ends = &ends;
  options.baseline = task.baseline;
  options.candidate = task.candidate;
  options.finished = [&](const report::Report& so_far, const report::Case& one) {
    return unfinished.append(so_far, one);
  };
  options.enough = [&](const report::Report& so_far, std::uint64_t blocks) {
    return comparison.enough(so_far, blocks);
  };
  return measure(task.plan, unfinished.take_begun(), arguments.shows_progress(), std::move(options),
                 live);
}

// The output as it was asked for. Must: check() found no error.
Output output_of(const RunArguments& arguments) {
  Output output = arguments.output;
  output.stdout_taken = arguments.json_stream == "-";
  output.table = *read_table_options(arguments.percentiles, arguments.bits);
  return output;
}

// What is written while the plan runs; absent if nothing is.
Result<std::optional<LiveOutput>> open_live(const RunTask& task, const RunArguments& arguments) {
  const bool asked = std::ranges::any_of(
      task.plan.cases, [](const CaseSpec& spec) { return spec.interval > Nanoseconds(0); });
  const bool lines = asked && !arguments.output.quiet;
  if (!lines && !arguments.json_stream) return std::optional<LiveOutput>();
  LiveOutput live(task.plan);
  if (lines) live.print_lines(descriptor_of_tables(output_of(arguments)), arguments.bits);
  if (arguments.json_stream) TRY(live.open_stream(*arguments.json_stream).in("--json-stream"));
  return std::optional(std::move(live));
}

std::string tables_of(const report::Report& report,
                      const std::optional<report::CompareOutcome>& compared,
                      report::TextStyle style, const report::TableOptions& options) {
  const auto table = report::text_table(report, style, options);
  return compared ? table + "\n" + report::comparison_table(*compared, style) : table;
}

// --resume of a finished report: prints its tables again, and returns the same exit status.
int show_complete(const RunTask& task, const RunArguments& arguments,
                  const report::Report& report) {
  std::fprintf(stderr, "sockmark: --resume: %s is complete; nothing is left to measure\n",
               report::printable(arguments.output.report).c_str());
  std::optional<report::CompareOutcome> compared;
  const Question& question = task.question;
  if (!question.by.empty()) {
    auto found = report::compare_by(report, question.by, question.baseline, question.options);
    if (!found) return fail(found.error(), kInvalid);
    compared = *std::move(found);
  }
  const int status = compared ? compared->exit_status : any_invalid(report) ? kInvalid : kSuccess;
  if (arguments.output.quiet) return status;
  const report::TextStyle style{.colour = wants_colour(arguments.output.colour, STDOUT_FILENO),
                                .width = terminal_width(STDOUT_FILENO)};
  const int unwritten = print(tables_of(report, compared, style, output_of(arguments).table));
  return unwritten != kSuccess ? unwritten : status;
}

int run(const RunTask& task, const RunArguments& arguments) {
  if (auto possible = check_machine(task.plan, task.ends); !possible) {
    return fail(arguments.suite ? std::move(possible).error().in(*arguments.suite)
                                : std::move(possible).error(),
                kBadInput);
  }
  // A program under comparison starts its own.
  const Result<Ends> ends =
      task.baseline.empty()
          ? launch(task.ends, task.plan)
          : Ends{.options = task.ends, .responder = {}, .generators = {}, .background = {}};
  if (!ends) return fail(ends.error(), kBadInput);
  if (auto possible = check_elsewhere(task.plan, *ends); !possible)
    return fail(possible.error(), kBadInput);
  const auto hold = hold_idle(task.plan);
  if (!hold) return fail(hold.error(), kBadInput);
  auto live = open_live(task, arguments);
  if (!live) return fail(live.error(), kBadInput);
  Unfinished unfinished;
  if (auto refused = unfinished.open(arguments.output.report, begin_report(task, arguments),
                                     mode_of(arguments)))
    return fail(refused->error, refused->status);
  if (unfinished.complete()) return show_complete(task, arguments, unfinished.take_begun());

  LiveComparison comparison(task.question, task.plan.repetitions);
  auto outcome =
      run_task(task, arguments, *ends, comparison, unfinished, *live ? &**live : nullptr);

  std::optional<report::CompareOutcome> compared;
  int compare_status = kSuccess;
  if (comparison.asked()) {
    if (auto found = comparison.finish(outcome.report, outcome.interrupted_by != 0)) {
      compared = *std::move(found);
    } else {
      compare_status = fail(found.error(), kInvalid);
    }
  }
  if (!outcome.kept) fail(outcome.kept.error(), kNotWritten);
  if (!outcome.reached) fail(outcome.reached.error(), kInvalid);
  Output output = output_of(arguments);
  const auto tables = [&](report::TextStyle style) {
    return tables_of(outcome.report, compared, style, output.table);
  };
  if (*live) (*live)->finish(outcome.interrupted_by != 0);
  output.continued = unfinished.continues_report();
  const Published published = publish(outcome.report, output, tables);
  if (published.report_written && outcome.kept) unfinished.done();
  if (published.status != kSuccess) return published.status;
  if (!outcome.kept) return kNotWritten;
  if (compare_status != kSuccess) return compare_status;
  if (outcome.interrupted_by != 0) return 128 + outcome.interrupted_by;
  if (!outcome.reached) return kInvalid;
  if (compared) return compared->exit_status;
  return any_invalid(outcome.report) ? kInvalid : kSuccess;
}

int measure_task(const RunArguments& arguments) {
  const auto task = make_task(arguments);
  if (!task) return fail(task.error(), kBadInput);
  return arguments.dry_run ? print(describe(*task)) : run(*task, arguments);
}

int search(const RunArguments& arguments) {
  const auto ends = read_ends(arguments.ends);
  if (!ends) return fail(ends.error(), kBadInput);
  const auto search = read_search(arguments.suite, arguments.plan, arguments.search, *ends);
  if (!search) return fail(search.error(), kBadInput);
  if (auto fits = check_ends(*ends, search->plan); !fits) return fail(fits.error(), kBadInput);
  if (arguments.dry_run) return print(describe(*search));
  return search_rates(*search, *ends, supplied_texts(arguments), arguments.output,
                      arguments.shows_progress());
}

}  // namespace

void add_run(Program& program) {
  auto arguments = std::make_shared<RunArguments>();
  Command& command = program.add_command("run", "Measure, write a report, print a table");
  command.footer(kExamples);
  add_run_options(command, *arguments);
  command.action([arguments] {
    if (auto fits = check(*arguments); !fits) return fail(fits.error(), kBadInput);
    return arguments->search.goals.empty() ? measure_task(*arguments) : search(*arguments);
  });
}

}  // namespace sockmark::cli
