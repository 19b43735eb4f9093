#include "reports/compare/default_comparison.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "reports/compare/compare_effect.h"
#include "reports/compare/compare_runs.h"
#include "reports/model/metrics.h"
#include "reports/model/reasons.h"
#include "stats/sign_flip.h"

namespace sockmark::report {
namespace {

// A limit on the means of subsets that are computed: a fraction of a second.
constexpr std::size_t kMaxMeans = std::size_t{1} << 22;
constexpr std::size_t kMetrics = 5;  // the default ones

std::size_t means_of(const Report& report) {
  std::size_t means = 0;
  for (const Case& one : report.cases)
    means += kMetrics << std::min<std::size_t>(one.runs.size(), kMaxBlocksEnumerated);
  return means;
}

std::vector<std::string> why_invalid(const Report& report, const CompareOutcome& outcome) {
  std::map<std::string_view, const Case*> by_id;
  for (const Case& one : report.cases) by_id.emplace(one.id, &one);
  std::vector<std::string> lines;
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Comparison& one : outcome.comparisons) {
    if (!seen.emplace(one.baseline, one.candidate).second) continue;
    const auto baseline = by_id.find(one.baseline), candidate = by_id.find(one.candidate);
    if (baseline == by_id.end() || candidate == by_id.end()) continue;
    auto runs = choose_runs(*baseline->second, *candidate->second, one.design);
    if (!runs) continue;
    for (const std::string& line : runs->invalid) {
      if (std::ranges::find(lines, line) == lines.end()) lines.push_back(line);
    }
  }
  return lines;
}

CompareOutcome as_made(const Report& report) {
  CompareOutcome outcome;
  for (const Comparison& one : report.comparisons) {
    if (find_metric(one.metric) == nullptr) continue;
    outcome.comparisons.push_back(one);
    if (one.gate) outcome.gates.add(one.gate->verdict);
  }
  if (const auto by = report.plan_effective.find("by"); by != report.plan_effective.end())
    outcome.parameter = by->second;
  outcome.design = report.comparisons.front().design;
  outcome.excluded_runs = report.excluded_runs;
  outcome.stopping = report.stopping;
  outcome.invalid = why_invalid(report, outcome);
  decide(outcome, outcome.gates.total() == 0 ? GatesAsked::none : GatesAsked::of_all);
  return outcome;
}

}  // namespace

Maybe<CompareOutcome> default_comparison(const Report& report) {
  if (!report.comparisons.empty()) return as_made(report);
  if (means_of(report) > kMaxMeans) return Maybe<CompareOutcome>::none(kTooMuchToCompare);
  for (const std::string_view parameter : {"arm", "transport"}) {
    auto outcome = compare_by(report, parameter, std::nullopt, {});
    if (outcome) return *std::move(outcome);
  }
  return Maybe<CompareOutcome>::none(kNothingVaries);
}

CompareOutcome default_comparison(const Report& baseline, const Report& candidate,
                                  const CompareOptions& options) {
  auto outcome = compare_reports(baseline, candidate, options);
  if (outcome) return *std::move(outcome);
  CompareOutcome none;
  none.invalid = {outcome.error().message};
  decide(none, GatesAsked::none);
  return none;
}

}  // namespace sockmark::report
