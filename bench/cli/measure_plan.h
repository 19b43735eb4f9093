// What the commands that measure a plan share: the measurement with its progress on standard error,
// the findings of the doctor, and the output of report and tables.

#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/checks/doctor.h"
#include "bench/checks/doctor_facts.h"
#include "bench/cli/cli.h"
#include "bench/cli/live_output.h"
#include "bench/plan/plan.h"
#include "bench/remote/ends.h"
#include "bench/run/runner.h"
#include "machine/cpu_times.h"
#include "machine/environment.h"
#include "machine/idle_hold.h"
#include "reports/model/report.h"
#include "reports/render/text.h"

namespace sockmark::cli {

// run_plan() with this program as worker. Replaces `options.program` and the callbacks of progress.
// `live`: what is written meanwhile, or null.
[[nodiscard]] RunnerOutcome measure(const Plan& plan, report::Report begun, bool show_progress,
                                    RunnerOptions options = {}, LiveOutput* live = nullptr);

// Keeps idle CPUs awake while the result lives, if the plan asks for it. Call it before the report
// is made: the environment in the report shows its effect. Errors name the option.
[[nodiscard]] Result<IdleHold> hold_idle(const Plan& plan);

// The doctor's checks around a measurement: the constructor observes the machine before it, and
// findings() compares with the machine after it.
class Examination {
 public:
  Examination();
  explicit Examination(std::span<const EnvironmentItem> environment);
  [[nodiscard]] std::vector<report::DoctorFinding> findings() const;
  // Replaces the doctor's warnings in the report: those of this machine, and those that other
  // machines of `ends` had when their agents began.
  void add_to(report::Report& report, const Ends* ends = nullptr) const;

 private:
  DoctorFacts facts_;  // before the measurement loads the machine
  std::optional<CpuTimes> times_;
};

// Output options.
struct Output {
  std::string report = "report.json";  // "-": standard output
  std::string colour = "auto";
  bool quiet = false;         // no tables
  bool stdout_taken = false;  // by something else than the tables
  report::TableOptions table = {};
  bool continued = false;  // the report contains the one in its file
};

// Whether the output can be written. Errors name the option.
[[nodiscard]] Result<> check_output(const Output& output);

struct Published {
  int status = kSuccess;  // or kNotWritten; the error is printed
  bool report_written = false;
};
// The tables go to standard output, or to standard error if something else is there.
[[nodiscard]] int descriptor_of_tables(const Output& output);
// Writes the report to its file, and the tables.
[[nodiscard]] Published publish(const report::Report& report, const Output& output,
                                const std::function<std::string(report::TextStyle)>& tables);

// The path of this program.
[[nodiscard]] std::string own_path();

// The path of the program `word`, found as a shell does: a word with a slash is a path, any other
// is looked up in $PATH. Errors: no such executable file.
[[nodiscard]] Result<std::string> find_program(const std::string& word);

}  // namespace sockmark::cli
