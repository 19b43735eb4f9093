// The table of comparisons: ratios with their intervals.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "reports/chart_tables/tables.h"
#include "reports/compare.h"
#include "reports/printable.h"
#include "reports/reasons.h"

namespace sockmark::report {
namespace {

struct Compared {
  std::vector<Comparison> comparisons;
  std::string why_none;  // in words, a sentence
};

// A comparison that nobody asked for is made where it takes no time: the intervals of many pairs
// of many blocks would (statistics/sign_flip.h).
constexpr std::size_t kMostCost = std::size_t{1} << 24;
std::size_t cost_of(const std::vector<const Report*>& reports) {
  std::size_t cost = 0;
  for (const Report* report : reports) {
    for (const Case& one : report->cases)
      cost += std::size_t{1} << std::min<std::size_t>(one.runs.size(), 17);
  }
  return cost;
}

Compared outcome_of(Result<CompareOutcome> outcome) {
  if (!outcome) return {.comparisons = {}, .why_none = outcome.error().message};
  if (outcome->verdict == "refused") {
    const std::string item = outcome->refused.empty() ? "" : outcome->refused.front().item;
    return {.comparisons = {},
            .why_none = "What was measured differs in more than the two sides: " + item};
  }
  if (!outcome->invalid.empty())
    return {.comparisons = {}, .why_none = "Nothing of it counts: " + outcome->invalid.front()};
  return {.comparisons = std::move(outcome->comparisons), .why_none = ""};
}

Compared compared(const std::vector<const Report*>& reports) {
  CompareOptions options;
  for (const char* name : {"p50", "p99", "goodput", "cpu"})
    options.metrics.push_back(find_metric(name));
  const Report& report = *reports.front();
  if (reports.size() == 1 && !report.comparisons.empty())
    return {.comparisons = report.comparisons, .why_none = ""};
  if (cost_of(reports) * options.metrics.size() > kMostCost) {
    return {.comparisons = {},
            .why_none = "There is too much to compare in passing; sockmark compare does it."};
  }
  if (reports.size() > 1) return outcome_of(compare_reports(report, *reports[1], options));
  for (const char* parameter : {"arm", "transport"}) {
    auto outcome = compare_by(report, parameter, std::nullopt, options);
    if (outcome) return outcome_of(std::move(outcome));
  }
  return {.comparisons = {}, .why_none = "No two cases differ in their transport alone."};
}

// The case that a comparison is about: of two reports the candidate's, of two arms of one id too.
class Candidates {
 public:
  explicit Candidates(const ChartSubjects& subjects) {
    // The candidate's cases come last.
    for (const ChartSubject& subject : subjects.cases) {
      const auto& arm = subject.one->params.arm;
      const auto [found, added] = by_id_.emplace(subject.one->id, &subject);
      if (!added && (!arm || *arm != "baseline")) found->second = &subject;
    }
  }
  [[nodiscard]] const ChartSubject* of(const Comparison& comparison) const {
    const auto found = by_id_.find(comparison.candidate);
    return found == by_id_.end() ? nullptr : found->second;
  }

 private:
  std::map<std::string, const ChartSubject*> by_id_;
};

std::string label_of(const Comparison& comparison) {
  constexpr std::size_t kIdColumns = 60;
  const std::string candidate = printable(comparison.candidate, kIdColumns);
  if (comparison.baseline == comparison.candidate) return candidate;
  return fmt::format("{} against {}", candidate, printable(comparison.baseline, kIdColumns));
}

std::string reason_of(const Comparison& comparison) {
  if (!comparison.estimate) return reason_in_words(comparison.estimate.reason());
  return "no interval: " + reason_in_words(comparison.interval.reason());
}

template <class T>
ChartCell words(const Maybe<T>& text) {
  return text ? cell(printable(*text)) : ChartCell();
}

}  // namespace

ChartTable comparisons_table(const ChartSubjects& subjects,
                             const std::vector<const Report*>& reports) {
  ChartTable table = chart_table("comparisons", {{"metric", "Metric", ""},
                                                 {"label", "Compared", ""},
                                                 {"baseline", "Baseline", ""},
                                                 {"candidate", "Candidate", ""},
                                                 {"ratio", "Candidate over baseline", "ratio"},
                                                 {"low", "Interval from", "ratio"},
                                                 {"high", "Interval to", "ratio"},
                                                 {"confidence", "Level of the interval", "ratio"},
                                                 {"verdict", "Difference", ""},
                                                 {"gate", "Gate", ""},
                                                 {"margin", "Margin of the gate", "ratio"},
                                                 {"orientation", "Orientation", ""},
                                                 {"blocks", "Blocks", ""},
                                                 kReasonColumn});
  if (subjects.cases.empty()) return table;
  const Compared found = compared(reports);
  const Candidates candidates(subjects);
  for (const Comparison& comparison : found.comparisons) {
    const ChartSubject* subject = candidates.of(comparison);
    if (comparison.effect != "ratio" || subject == nullptr) continue;
    const auto& interval = comparison.interval;
    const bool whole = comparison.estimate && interval;
    add_row(table, *subject,
            {cell(printable(comparison.metric)), cell(label_of(comparison)),
             cell(printable(comparison.baseline)), cell(printable(comparison.candidate)),
             cell(comparison.estimate), interval ? cell((*interval)[0]) : ChartCell(),
             interval ? cell((*interval)[1]) : ChartCell(), cell(comparison.confidence),
             words(comparison.difference),
             comparison.gate ? cell(printable(comparison.gate->verdict)) : ChartCell(),
             comparison.gate ? cell(comparison.gate->margin) : ChartCell(),
             cell(printable(comparison.orientation)), cell(comparison.blocks),
             whole ? ChartCell() : cell(reason_of(comparison))});
  }
  if (table.rows.empty())
    table.why_empty = found.why_none.empty() ? "No comparison is of a ratio of two of the cases."
                                             : printable(found.why_none, 200);
  return table;
}

}  // namespace sockmark::report
