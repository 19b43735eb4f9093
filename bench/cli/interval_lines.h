// The lines of --interval: one for each interval of a run, under a header. Pure functions.

#pragma once

#include <string>

#include "bench/plan/plan.h"
#include "bench/run/runner.h"

namespace sockmark::cli {

// Which columns a plan has, how wide they are, and in which unit throughput is.
class IntervalLines {
 public:
  IntervalLines(const Plan& plan, bool bits);

  // Ends with a newline.
  [[nodiscard]] std::string header() const;
  [[nodiscard]] std::string line(const RunnerOptions::Interval& interval) const;

 private:
  std::size_t case_width_, run_width_;
  std::uint64_t repetitions_;
  bool bits_;
  bool has_tcp_ = false;  // of some case
};

}  // namespace sockmark::cli
