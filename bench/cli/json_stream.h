// The lines of --json-stream: one JSON object for each event of a measurement, as
// reports/schema/stream-1.schema.json describes them.
//
// Every line has the name of its event, its number and the time. Numbers are consecutive, so that a
// reader sees where lines were dropped. One thread.

#pragma once

#include <cstdint>
#include <string>

#include "bench/plan/plan.h"
#include "bench/run/runner.h"
#include "reports/model/report.h"

namespace sockmark::cli {

// Makes the lines; each ends with a newline.
class JsonStream {
 public:
  // What will be measured. `planned`: the report before any run.
  [[nodiscard]] std::string begin(const Plan& plan, const report::Report& planned);
  [[nodiscard]] std::string run_begin(const RunnerOptions::Progress& progress);
  [[nodiscard]] std::string interval(const RunnerOptions::Interval& interval);
  // After a run: the last one of the case.
  [[nodiscard]] std::string run_end(const report::Case& one);
  // `dropped`: lines before this one that the reader did not get.
  [[nodiscard]] std::string end(bool interrupted, std::uint64_t dropped);

 private:
  template <class Members>
  std::string line(const char* event, Instant at, Members members);

  std::uint64_t next_ = 0;
};

}  // namespace sockmark::cli
