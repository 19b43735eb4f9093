// sockmark-micro: what sockmark's own hot paths cost (docs/development/micro.md).

#include <benchmark/benchmark.h>

#include <csignal>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "bench/cli/cli.h"
#include "bench/cli/options.h"
#include "bench/gbench/benchmark_arguments.h"
#include "bench/micro/micro.h"
#include "bench/worker/build_info.h"

namespace {

using namespace sockmark;
using namespace sockmark::micro;

constexpr const char* kPurpose =
    "Measures the cost of sockmark's hot paths per message, as Google Benchmark benchmarks.\n";

constexpr const char* kExamples =
    "\nRepetitions, filters and output are Google Benchmark's:\n"
    "  sockmark-micro --benchmark_list_tests\n"
    "  sockmark-micro --benchmark_filter=^tracker/ --benchmark_repetitions=9\n"
    "                 --benchmark_enable_random_interleaving=true --benchmark_out=a.json\n"
    "\nExit status: 0 success, 2 bad input or nothing matched, 4 a benchmark failed, 5 output not\n"
    "written.\n";

void refuse_flag() {
  std::exit(cli::fail(Error{"a --benchmark_ option has an invalid value"}, cli::kBadInput));
}

std::vector<Row> rows_of_all() {
  std::vector<Row> all;
  for (auto&& rows : {measure_rows(), session_rows(), wire_rows(), transport_rows()})
    all.insert(all.end(), rows.begin(), rows.end());
  return all;
}

// The build, on which counts and times depend: for comparing two outputs.
void add_build_context() {
  const auto build = build_facts();
  benchmark::AddCustomContext("sockmark", version_text());
  benchmark::AddCustomContext("sockmark_build_type", build.build_type);
  benchmark::AddCustomContext("sockmark_compiler", build.compiler);
  benchmark::AddCustomContext("sockmark_flags", build.flags);
}

// Not inlined, and not a lambda: scripts/count-instructions counts the instructions within it.
[[gnu::noinline]] void run_row(const Row& row, benchmark::State& state) { row.body(state); }

// `iterations`: 0 to let the library choose.
int run_benchmarks(std::int64_t iterations) {
  bool any_failed = false;
  const auto rows = rows_of_all();
  for (const auto& row : rows) {
    auto* benchmark = benchmark::RegisterBenchmark(row.name.c_str(),
                                                   [&row, &any_failed](benchmark::State& state) {
                                                     run_row(row, state);
                                                     any_failed |= state.error_occurred();
                                                   });
    if (iterations > 0) benchmark->Iterations(iterations);
  }
  const auto matched = benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  if (!std::cout.flush()) return cli::fail(Error{"standard output: not written"}, cli::kNotWritten);
  if (matched == 0) return cli::kBadInput;  // the library has printed an error
  return any_failed ? cli::kInvalid : cli::kSuccess;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is exit status 5

  std::int64_t iterations = 0;
  cli::Program program("sockmark-micro", kPurpose, version_text());
  program.footer(kExamples);
  program.number("--iterations", "N", iterations, 1,
                 "Iterations of each benchmark, for counting instructions (chosen by the library)");
  if (const auto ended = cli::parse_with_benchmark(program, argc, argv, refuse_flag)) return *ended;
  add_build_context();
  return run_benchmarks(iterations);
}
