// The command line of a program that is Google Benchmark's as well as ours.

#pragma once

#include <CLI/CLI.hpp>
#include <optional>

namespace sockmark::cli {

// The library takes its --benchmark_ flags off the arguments, `app` what is left. The exit status
// where that ends the program: help, the version, or a mistake, which was told. `refuse` is what
// the library calls, and it must not return, for a flag of its own with a value that it does not
// know.
[[nodiscard]] std::optional<int> parse_with_benchmark(CLI::App& app, int argc, char** argv,
                                                      void (*refuse)());

}  // namespace sockmark::cli
