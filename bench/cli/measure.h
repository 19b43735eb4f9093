// Measuring with progress on standard error, and what becomes of the report: what the commands that
// run a plan share.

#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "bench/plan.h"
#include "bench/runner.h"
#include "reports/report.h"
#include "reports/text.h"

namespace sockmark::cli {

// run_plan() by this very binary. What `options` says of program and progress is replaced.
[[nodiscard]] RunnerOutcome measure(const Plan& plan, report::Report begun, bool show_progress,
                                    RunnerOptions options = {});

// Where a report and its tables go.
struct Output {
  std::string report = "report.json";  // "-": standard output
  std::string colour = "auto";
  bool quiet = false;  // no tables
};

// Before anything is measured. Errors name the option.
[[nodiscard]] Result<> check_output(const Output& output);

// The report to its file, the tables to where the report does not go. Answers kFine or kNotWritten,
// with a complaint.
[[nodiscard]] int publish(const report::Report& report, const Output& output,
                          const std::function<std::string(report::TextStyle)>& tables);

// This binary, for what it starts.
[[nodiscard]] std::string own_path();

// The program that a word names, in the manner of a shell: a path if it has a slash, else looked
// for in $PATH. Errors: there is none that may be executed.
[[nodiscard]] Result<std::string> find_program(const std::string& word);

}  // namespace sockmark::cli
