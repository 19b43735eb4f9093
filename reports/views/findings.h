// The findings of a comparison: for each pair of cases, whether they differ significantly in their
// main metric, and by how much. headline.h chooses among them.
//
// Names are printable (printable.h) and cut, not escaped for any markup. Pure functions; a finding
// lives no longer than the report.

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

// The median latency; of a stream without a rate, whose latency is that of a full queue, goodput.
[[nodiscard]] const Metric& main_metric(const Params& params);

// "tcp", or the address that the user gave.
[[nodiscard]] std::string name_of_case(const Case& one);

// The parameters of each case as the table groups them: "rr, 64 B, 4 connections".
using Conditions = std::map<const Case*, std::string>;
[[nodiscard]] Conditions conditions_of(const SummaryTable& table);

struct Finding {
  enum class Kind {
    significant,
    maybe_chance,  // significant only before adjusting for multiple comparisons
    not_significant,
    too_few_runs,  // no interval
    undefined,     // no interval, for another reason
  };
  Kind kind = Kind::undefined;
  std::string sentence = {};  // of a significant one
  // Distance of the interval from no change: of logarithms, or of differences.
  double strength = 0;
  std::string metric = {};  // "p50 latency"
  std::string baseline = {}, candidate = {}, condition = {};
  std::string_view workload = {};
  std::uint64_t runs_min = 0, runs_max = 0;             // of the two sides
  std::optional<std::string> smallest_detectable = {};  // "3 %"
};

// One for each compared pair whose candidate is a case of the report. Requires: the metrics of the
// outcome are known.
[[nodiscard]] std::vector<Finding> findings_of(const Report& report, const CompareOutcome& outcome);

}  // namespace sockmark::report
