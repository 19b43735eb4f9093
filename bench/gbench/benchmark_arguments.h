// The command line of a program that takes Google Benchmark's options as well as its own.

#pragma once

#include <optional>

#include "bench/cli/options.h"

namespace sockmark::cli {

// The library takes its --benchmark_ options off the arguments, `program` reads the rest. Returns
// the exit status if the program ends here: --help, --version, or a usage error, which is printed.
// The library calls `refuse` for one of its options with an invalid value; it must not return.
[[nodiscard]] std::optional<int> parse_with_benchmark(Program& program, int argc, char** argv,
                                                      void (*refuse)());

}  // namespace sockmark::cli
