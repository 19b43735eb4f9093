#include "bench/gbench/benchmark_arguments.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <span>
#include <string_view>

namespace sockmark::cli {

std::optional<int> parse_with_benchmark(Program& program, int argc, char** argv, void (*refuse)()) {
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  // The library would print its own help.
  const bool help = std::ranges::find(arguments, std::string_view("--help")) != arguments.end();
  if (!help) benchmark::Initialize(&argc, argv, refuse);
  return program.parse(argc, argv);
}

}  // namespace sockmark::cli
