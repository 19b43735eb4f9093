// Measuring with progress on standard error, and what becomes of the report: what the commands that
// run a plan share.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/checks/doctor.h"
#include "bench/checks/doctor_facts.h"
#include "bench/cli/cli.h"
#include "bench/plan/plan.h"
#include "bench/run/runner.h"
#include "machine/idle_hold.h"
#include "reports/model/report.h"
#include "reports/render/text.h"

namespace sockmark::cli {

// run_plan() by this very binary. What `options` says of program and progress is replaced.
[[nodiscard]] RunnerOutcome measure(const Plan& plan, report::Report begun, bool show_progress,
                                    RunnerOptions options = {});

// Keeps idle CPUs awake while it lives, if the plan asks for it. Before the report is begun, whose
// environment shows it. Errors name the option.
[[nodiscard]] Result<IdleHold> hold_idle(const Plan& plan);

// What disturbed a measurement: looks when it is made, and again when it tells the report.
class Examination {
 public:
  Examination();
  [[nodiscard]] std::vector<report::Finding> findings() const;
  void tell(report::Report& report) const;

 private:
  DoctorFacts facts_;  // as the machine was before the measurement loaded it
  std::optional<CpuTimes> times_;
};

// Where a report and its tables go.
struct Output {
  std::string report = "report.json";  // "-": standard output
  std::string colour = "auto";
  bool quiet = false;  // no tables
};

// Before anything is measured. Errors name the option.
[[nodiscard]] Result<> check_output(const Output& output);

// The report to its file, the tables to where the report does not go.
struct Published {
  int status = kFine;  // or kNotWritten, with a complaint
  bool report_written = false;
};
[[nodiscard]] Published publish(const report::Report& report, const Output& output,
                                const std::function<std::string(report::TextStyle)>& tables);

// This binary, for what it starts.
[[nodiscard]] std::string own_path();

// The program that a word names, in the manner of a shell: a path if it has a slash, else looked
// for in $PATH. Errors: there is none that may be executed.
[[nodiscard]] Result<std::string> find_program(const std::string& word);

}  // namespace sockmark::cli
