#include "bench/gbench/benchmark_arguments.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "bench/cli/cli.h"

namespace sockmark::cli {

std::optional<int> parse_with_benchmark(Program& program, int argc, char** argv, void (*refuse)()) {
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  // The library would print its own help.
  if (std::ranges::find(arguments, std::string_view("--help")) != arguments.end())
    return program.parse(argc, argv);
  benchmark::Initialize(&argc, argv, refuse);
  for (const std::string_view left : arguments.first(static_cast<std::size_t>(argc))) {
    if (!left.starts_with("--benchmark_")) continue;
    return fail(
        Error{fmt::format("{}: unknown option of Google Benchmark, or an invalid value", left)},
        kBadInput);
  }
  return program.parse(argc, argv);
}

}  // namespace sockmark::cli
