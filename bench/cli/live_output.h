// What a measurement writes while it runs: the lines of --interval and of --json-stream.
//
// Never waits for a reader (line_output.h). One thread.

#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "bench/cli/interval_lines.h"
#include "bench/cli/json_stream.h"
#include "bench/cli/line_output.h"
#include "bench/plan/plan.h"
#include "bench/run/runner.h"
#include "reports/model/report.h"

namespace sockmark::cli {

class LiveOutput {
 public:
  // Must: the plan outlives this.
  explicit LiveOutput(const Plan& plan) : plan_(&plan) {}

  // Lines for people, to this descriptor.
  void print_lines(int descriptor, bool bits);
  // JSON lines, to the file, or standard output for "-".
  [[nodiscard]] Result<> open_stream(const std::string& file);

  [[nodiscard]] bool has_lines() const { return lines_.has_value(); }
  void begin(const report::Report& planned);
  void run_begins(const RunnerOptions::Progress& progress);
  void interval(const RunnerOptions::Interval& interval);
  void run_ends(const report::Case& one);
  void flush();
  // Prints what readers did not get, on standard error.
  void finish(bool interrupted);

 private:
  struct Lines {
    IntervalLines format;
    LineOutput output;
    bool has_header = false;
  };
  struct Stream {
    std::string name;
    JsonStream format;
    LineOutput output;
  };
  void stream(std::string line);

  const Plan* plan_;
  std::optional<Lines> lines_;
  std::optional<Stream> stream_;
};

}  // namespace sockmark::cli
