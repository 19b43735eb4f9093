// A comparison that is made while it is measured: what is asked, when it has been answered well
// enough to stop, and the answer. Between blocks only: nothing here runs while messages move.
//
// One thread. No I/O but the clock, for the time budget.

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
  std::string by;  // a parameter, or "arm"; empty: nothing is asked
  std::optional<std::string> baseline;
  report::CompareOptions options;
  // Stop at the first planned look at which every gate is precise, within the most blocks.
  bool until_precise = false;
  std::optional<Nanoseconds> budget = {};
};

class LiveComparison {
 public:
  // `blocks`: how many are planned at most.
  LiveComparison(Question question, std::uint64_t blocks);

  // After each block: whether to stop. Looks, where one is planned, at the blocks so far alone.
  [[nodiscard]] bool enough(const report::Report& report, std::uint64_t blocks);

  // Puts comparisons, excluded runs and how it stopped into the report; answers what was found.
  // Errors as compare_by(). Must: something is asked.
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
