// What a comparison lets one say of its pairs of cases, each in its main metric, in a sentence that
// claims no more than the interval does. headline.h chooses among them.
//
// Names are printable (printable.h) and cut, not escaped for any markup. Pure functions; a claim
// lives no longer than the report that it is of.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/compare/compare.h"
#include "reports/model/metrics.h"
#include "reports/model/report.h"
#include "reports/views/summary_table.h"

namespace sockmark::report {

// What is told of a case first: the median latency, or of a stream that is as fast as it can be,
// whose latency is that of a full queue, goodput.
[[nodiscard]] const Metric& main_metric(const Params& params);

// "tcp", or the address that the user named.
[[nodiscard]] std::string name_of_case(const Case& one);

// Under which conditions a case was measured, as the table groups them: " at 64 B, 4 connections".
class Conditions {
 public:
  explicit Conditions(const SummaryTable& table);
  // Empty for a case that is not in the table.
  [[nodiscard]] std::string of(const Case& one) const;

 private:
  std::map<const Case*, std::string> conditions_;
};

struct Claim {
  enum class Kind {
    difference,  // shown (shown_difference.h); the sentence says it
    may_be_chance,
    none_shown,
    too_few,  // no interval: too few runs
    other,    // no interval for another reason
  };
  Kind kind = Kind::other;
  std::string sentence = {};
  // How far out the end of the interval that is nearest to no difference is: of logarithms, or of
  // differences.
  double at_least = 0;
  std::string_view metric = {};  // "p50"
  std::string baseline_name = {}, candidate_name = {}, condition = {};
  std::uint64_t runs = 0, most_runs = 0;       // of the side with fewer, of the one with more
  std::optional<std::string> would_find = {};  // "3 %": the smallest change that would have been
  const Case* candidate = nullptr;
};

// One for each pair that was compared and whose candidate is a case of the report. Must: the
// metrics of the outcome are known.
[[nodiscard]] std::vector<Claim> claims_of(const Report& report, const CompareOutcome& outcome);

}  // namespace sockmark::report
