#include "bench/run/program_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "base/temporary_directory.h"
#include "bench/plan/plan_options.h"
#include "reports/model/report_json.h"

namespace sockmark {

namespace {

// What sockmark returns for an invalid run, which its report describes.
constexpr std::int64_t kInvalidRunStatus = 4;

std::vector<std::string> command_line(const RunContext& context, const std::string& output) {
  std::vector<std::string> arguments = {context.program, "run", "--quiet", "--output", output};
  OptionTexts texts = texts_of(context.spec);
  texts["repetitions"] = "1";
  texts["seed"] = std::to_string(context.seed);
  for (const auto& [name, text] : texts) {
    arguments.push_back("--" + name);
    const bool flag = *find_plan_option(name)->kind == '\0';
    if (!flag) arguments.push_back(text);
  }
  // Each program starts its own ends, and itself there: otherwise both arms would measure with the
  // program that is in PATH there.
  if (context.ends != nullptr) {
    EndsOptions options = context.ends->options;
    if (options.apart() && options.worker_program == EndsOptions().worker_program)
      options.worker_program = context.program;
    for (const auto& [name, text] : texts_of(options))
      arguments.insert(arguments.end(), {"--" + name, text});
  }
  return arguments;
}

// Runs the loop until the process has ended or the time is over; returns whether it has ended.
template <class Stop>
bool wait_for_exit(Loop& loop, const Process& process, Nanoseconds timeout, Stop stop) {
  const Instant deadline = now() + timeout;
  Timer alarm(loop, [] {});
  alarm.start(timeout);
  while (process.running() && now() < deadline && !stop()) loop.run_once();
  return !process.running();
}

Result<> await_exit(const RunContext& context, Process& process) {
  const CaseSpec& spec = context.spec;
  const Nanoseconds timeout =
      spec.warmup + spec.duration + 2 * spec.tmax + context.setup_timeout() + 2 * kOverrunTimeout +
      (context.ends_apart() ? 2 * context.ends->options.launch_timeout : Nanoseconds(0));
  if (wait_for_exit(*context.loop, process, timeout, context.interrupted)) return {};
  const bool interrupted = context.interrupted();
  // On SIGTERM it ends its workers. After SIGKILL they find their control channels closed.
  process.kill(SIGTERM);
  wait_for_exit(*context.loop, process, kOverrunTimeout, [] { return false; });
  process.kill(SIGKILL);
  while (process.running()) context.loop->run_once();
  return Error{interrupted ? "interrupted" : context.program + ": did not end in time"};
}

}  // namespace

Result<report::Report> run_program(const RunContext& context) {
  const std::string& program = context.program;
  const TemporaryDirectory directory;
  if (directory.path().empty()) return no_temporary_directory("the report of a program");
  const std::string output = directory.path() + "/report.json";
  std::int64_t exit_status = 0;
  int exit_signal = 0;
  const auto process = TRY(Process::spawn(
      *context.loop, {.file = program, .arguments = command_line(context, output), .inherited = {}},
      [&](std::int64_t status, int signal) { exit_status = status, exit_signal = signal; }));
  TRY(await_exit(context, *process));
  if (exit_signal != 0) return Error{fmt::format("{}: killed by signal {}", program, exit_signal)};
  if (exit_status != 0 && exit_status != kInvalidRunStatus)
    return Error{fmt::format("{}: exit status {}", program, exit_status)};
  auto report = TRY(report::load_report(output).in(program));
  if (report.cases.size() != 1 || report.cases.front().runs.size() != 1)
    return Error{program + ": its report does not have exactly one run"};
  return report;
}

}  // namespace sockmark
