#include "bench/gbench/benchmark_arguments.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "bench/cli/cli.h"
#include "bench/run/build_info.h"

namespace sockmark::cli {

std::optional<int> parse_with_benchmark(CLI::App& app, int argc, char** argv, void (*refuse)()) {
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  try {
    // --help, which the library would take too, is ours.
    const bool help = std::ranges::find(arguments, std::string_view("--help")) != arguments.end();
    if (!help) benchmark::Initialize(&argc, argv, refuse);
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return print(app.help());
  } catch (const CLI::CallForVersion&) {
    return print(version_text() + "\n");
  } catch (const CLI::ParseError& error) {
    return complain(Error{error.what()}, kBadInput);
  }
  return std::nullopt;
}

}  // namespace sockmark::cli
