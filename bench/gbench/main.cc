// sockmark-gbench: the cases of a suite as Google Benchmark benchmarks, for the tools that read its
// output (docs/google-benchmark.md).

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/atomic_file.h"
#include "bench/checks/host_names.h"
#include "bench/checks/preflight.h"
#include "bench/cli/cli.h"
#include "bench/cli/options.h"
#include "bench/cli/output_file.h"
#include "bench/cli/plan_arguments.h"
#include "bench/gbench/benchmark_arguments.h"
#include "bench/gbench/case_benchmark.h"
#include "bench/gbench/sound_reporter.h"
#include "bench/plan/plan_options.h"
#include "bench/plan/suite.h"
#include "bench/worker/build_info.h"
#include "machine/idle_hold.h"

namespace {

using namespace sockmark;
using namespace sockmark::gbench;

constexpr const char* kPurpose =
    "The cases of a suite as Google Benchmark benchmarks: one iteration is one message.\n";

constexpr const char* kExamples =
    "\nRepetitions, filters and output are Google Benchmark's:\n"
    "  sockmark-gbench --suite quick --benchmark_list_tests\n"
    "  sockmark-gbench -t tcp,unix-stream -s 64 --benchmark_repetitions=10\n"
    "                  --benchmark_enable_random_interleaving=true --benchmark_out=a.json\n"
    "  sockmark-gbench --benchmark_filter=^unix --benchmark_format=json\n"
    "\nExit status: 0 success, 2 bad input or no case matched, 4 a run was invalid or failed, 5 "
    "output\n"
    "not written, 130 interrupted.\n";

struct Arguments {
  std::optional<std::string> suite;
  OptionTexts options;
};

Result<Plan> plan_of(const Arguments& arguments) {
  if (arguments.suite) {
    auto suite = TRY(load_suite(*arguments.suite));
    auto plan = TRY(make_plan(suite, arguments.options));
    return resolve_names(std::move(plan));
  }
  PlanOptions options;
  TRY(read_options(arguments.options, options));
  auto plan = TRY(make_plan(options));
  return resolve_names(std::move(plan));
}

// The text of one of the library's options, from the arguments or from BENCHMARK_..., as the
// library reads it; it does not give access to its own copy. Must: called before the library takes
// its options off the arguments.
std::string flag_of(std::span<char*> arguments, const std::string& name, const char* variable) {
  const char* set = std::getenv(variable);
  std::string text = set == nullptr ? "" : set;
  const std::string start = "--" + name + "=";
  for (const std::string_view argument : arguments) {
    if (argument.starts_with(start)) text = argument.substr(start.size());
  }
  return text;
}

struct FileOutput {
  std::string path, format;
};

Result<> check_output(const FileOutput& output) {
  if (!output.format.empty() && output.format != "json")
    return Error{fmt::format("--benchmark_out_format {}: a file is always json", output.format)};
  if (output.path.empty()) return {};
  TRY(report::check_writable(output.path).in("--benchmark_out"));
  return cli::check_replaces("--benchmark_out", output.path, cli::OutputKind::other);
}

// The program of the workers, in the directory of this one.
Result<std::string> worker_program() {
  std::error_code failed;
  auto path = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (failed) return system_error("/proc/self/exe", failed.value());
  path.replace_filename("sockmark");
  if (::access(path.c_str(), X_OK) == 0) return path.string();
  return system_error(path.string() + ", the program of the workers", errno);
}

// The library calls this for one of its options with an invalid value.
void refuse_flag() {
  std::exit(cli::fail(Error{"a --benchmark_ option has an invalid value; "
                            "docs/google-benchmark.md lists the options"},
                      cli::kBadInput));
}

int run_benchmarks(const Plan& plan, std::uint64_t repetitions, const std::string& program,
                   const FileOutput& output) {
  Outcome outcome;
  std::vector<CaseBenchmark> benchmarks;
  benchmarks.reserve(plan.cases.size());
  for (const auto& spec : plan.cases) {
    auto& one = benchmarks.emplace_back(spec, plan.seed, repetitions, program, outcome);
    benchmark::RegisterBenchmark(one.name().c_str(),
                                 [&one](benchmark::State& state) { one.run(state); })
        ->Iterations(1)
        ->UseManualTime();
  }
  SoundReporter display(*benchmark::CreateDefaultDisplayReporter());
  benchmark::JSONReporter json;
  SoundReporter file(json);
  const auto matched =
      benchmark::RunSpecifiedBenchmarks(&display, output.path.empty() ? nullptr : &file);
  benchmark::Shutdown();
  if (!std::cout.flush()) return cli::fail(Error{"standard output: not written"}, cli::kNotWritten);
  if (!file.written())
    return cli::fail(Error{fmt::format("{}: not written", output.path)}, cli::kNotWritten);
  if (outcome.interrupted_by != 0) return 128 + outcome.interrupted_by;
  if (matched == 0) return cli::kBadInput;  // the library has printed the error
  return outcome.any_invalid ? cli::kInvalid : cli::kSuccess;
}

int measure(const Arguments& arguments, std::uint64_t repetitions, const FileOutput& output) {
  auto plan = plan_of(arguments);
  if (!plan) return cli::fail(plan.error(), cli::kBadInput);
  if (auto fits = check_applies(arguments.options, *plan); !fits)
    return cli::fail(fits.error(), cli::kBadInput);
  for (auto& line : partly_applied(arguments.options, *plan)) cli::warn(Error{std::move(line)});
  if (auto writable = check_output(output); !writable)
    return cli::fail(writable.error(), cli::kBadInput);
  auto program = worker_program();
  if (!program) return cli::fail(program.error(), cli::kBadInput);
  if (auto possible = check_machine(*plan); !possible)
    return cli::fail(possible.error(), cli::kBadInput);
  const auto hold = plan->hold_idle ? IdleHold::begin() : Result<IdleHold>(IdleHold());
  if (!hold) return cli::fail(Error(hold.error()).in("--hold-idle"), cli::kBadInput);
  return run_benchmarks(*plan, repetitions, *program, output);
}

}  // namespace

int main(int argc, char** argv) {
  // A closed pipe and the file size limit become errors of write(), and exit status 5.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);

  const std::span arguments(argv, static_cast<std::size_t>(argc));
  const FileOutput output{
      .path = flag_of(arguments, "benchmark_out", "BENCHMARK_OUT"),
      .format = flag_of(arguments, "benchmark_out_format", "BENCHMARK_OUT_FORMAT")};
  const std::string repetitions =
      flag_of(arguments, "benchmark_repetitions", "BENCHMARK_REPETITIONS");
  Arguments parsed;
  cli::Program program("sockmark-gbench", kPurpose, version_text());
  program.footer(kExamples);
  program.text("--suite", "SUITE", parsed.suite, "A built-in suite or a suite file");
  // Repetitions and their order are options of Google Benchmark.
  cli::add_plan_options(program, parsed.options, {"repetitions", "order", "interval"});
  if (const auto ended = cli::parse_with_benchmark(program, argc, argv, refuse_flag)) return *ended;
  benchmark::AddCustomContext("sockmark", version_text());
  // The library has refused what is not a number.
  const auto count = std::strtoll(repetitions.c_str(), nullptr, 10);
  return measure(parsed, static_cast<std::uint64_t>(std::max(1LL, count)), output);
}
