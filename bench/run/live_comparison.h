// The comparison of a measurement in progress: decides between blocks whether to stop, and makes
// the comparison at the end. Nothing here runs during a run.
//
// One thread. No I/O except reading the clock, for the time budget.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "reports/compare/compare.h"
#include "reports/model/report.h"
#include "stats/stopping_rule.h"

namespace sockmark {

struct Question {
  std::string by;  // a parameter, or "arm"; empty: no comparison
  std::optional<std::string> baseline;
  report::CompareOptions options;
  // Stop at the first planned look at which every gate is precise.
  bool until_precise = false;
  std::optional<Nanoseconds> budget = {};
};

class LiveComparison {
 public:
  // `blocks`: the number of planned blocks.
  LiveComparison(Question question, std::uint64_t blocks);

  // Called after each block: whether to stop. A planned look uses the blocks so far only.
  [[nodiscard]] bool enough(const report::Report& report, std::uint64_t blocks);

  // Adds comparisons, excluded runs and the reason for stopping to the report. Errors as
  // compare_by(). Must: asked().
  [[nodiscard]] Result<report::CompareOutcome> finish(report::Report& report,
                                                      bool interrupted) const;

  [[nodiscard]] bool asked() const { return !question_.by.empty(); }

 private:
  [[nodiscard]] report::Stopping stopping(report::StoppedBy reason) const;
  [[nodiscard]] bool look(const report::Report& report, std::uint64_t blocks);

  const Question question_;
  const report::LookPlan plan_;
  const Instant started_ = now();
  std::optional<report::StoppedBy> stopped_by_;
  // By baseline, candidate and metric.
  std::map<std::string, std::vector<report::Look>> looks_;
};

}  // namespace sockmark
