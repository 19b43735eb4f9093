// What sockmark run measures and how it compares, read from its arguments and the suite. Everything
// that can be wrong with it is found here, before anything is measured.
//
// Errors name the option, or the place in the suite. One thread; reads files.

#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "bench/cli/commands/run_arguments.h"
#include "bench/plan/plan.h"
#include "bench/remote/ends.h"
#include "bench/run/live_comparison.h"
#include "reports/model/report.h"

namespace sockmark::cli {

struct RunTask {
  Plan plan;
  Question question;
  std::uint64_t gates = 0;          // that the comparison judges together
  std::uint64_t blocks_needed = 0;  // the fewest for a verdict over the gates, or for an interval
  EndsOptions ends;
  std::string baseline, candidate;  // programs to compare; empty: only this one is measured
};

// Must: check() accepted the arguments.
[[nodiscard]] Result<RunTask> make_task(const RunArguments& arguments);

// The report before the first run. --resume compares it with that of the interrupted measurement.
[[nodiscard]] report::Report begin_report(const RunTask& task, const RunArguments& arguments);

// What --dry-run prints: cases, order, time, and what the number of blocks allows to compare.
[[nodiscard]] std::string describe(const RunTask& task);

}  // namespace sockmark::cli
