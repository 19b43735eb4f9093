// The table of comparisons: ratios with their intervals.

#include <fmt/format.h>

#include <cctype>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "base/printable.h"
#include "reports/chart_data/tables.h"
#include "reports/compare/compare.h"
#include "reports/format/text_limits.h"
#include "reports/model/metrics.h"
#include "reports/model/reasons.h"
#include "reports/model/shown_difference.h"

namespace sockmark::report {
namespace {

// A sentence, for a table without rows.
std::string why_none(const Maybe<CompareOutcome>& outcome) {
  if (!outcome) {
    std::string why = reason_in_words(outcome.reason()) + '.';
    why.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(why.front())));
    return why;
  }
  if (outcome->verdict == ComparisonVerdict::refused) {
    return fmt::format(
        "The two sides differ in more than what is compared: {}",
        outcome->hard_mismatches.empty() ? "" : outcome->hard_mismatches.front().item);
  }
  if (!outcome->invalid.empty()) return outcome->invalid.front();
  return "No outcome has a ratio of two of the cases.";
}

// The candidate case of a comparison, also if both sides have the same id.
class Candidates {
 public:
  explicit Candidates(const ChartSubjects& subjects) {
    // The candidate's cases come last.
    for (const ChartSubject& subject : subjects.cases) {
      const auto& arm = subject.one->params.arm;
      const auto [found, added] =
          by_id_.emplace(std::pair(subject.one->id, subject.reverse), &subject);
      if (!added && (!arm || *arm != Arm::baseline)) found->second = &subject;
    }
  }
  [[nodiscard]] const ChartSubject* of(const Comparison& comparison) const {
    const Metric* metric = find_metric(comparison.metric);
    const bool reverse = metric != nullptr && metric->of_reverse;
    const auto found = by_id_.find(std::pair(comparison.candidate, reverse));
    return found == by_id_.end() ? nullptr : found->second;
  }

 private:
  // With whether it is of the stream to the generator, where both ends send.
  std::map<std::pair<std::string, bool>, const ChartSubject*> by_id_;
};

std::string label_of(const Comparison& comparison) {
  const std::string candidate = printable(comparison.candidate, kNameColumns);
  if (comparison.baseline == comparison.candidate) return candidate;
  return fmt::format("{} against {}", candidate, printable(comparison.baseline, kNameColumns));
}

std::string reason_of(const Comparison& comparison) {
  if (!comparison.estimate) return reason_in_words(comparison.estimate.reason());
  return "no interval: " + reason_in_words(comparison.interval.reason());
}

ChartCell words(Shown shown) {
  return shown == Shown::undefined ? ChartCell() : cell(name_of(shown));
}

}  // namespace

ChartTable comparisons_table(const ChartSubjects& subjects, const Maybe<CompareOutcome>& outcome) {
  ChartTable table = chart_table("comparisons", {{"metric", "Metric", ""},
                                                 {"label", "Compared", ""},
                                                 {"baseline", "Baseline", ""},
                                                 {"candidate", "Candidate", ""},
                                                 {"ratio", "Candidate over baseline", "ratio"},
                                                 {"low", "Interval from", "ratio"},
                                                 {"high", "Interval to", "ratio"},
                                                 {"confidence", "Level of the interval", "ratio"},
                                                 {"p_adjusted", "p, adjusted", ""},
                                                 {"verdict", "Difference", ""},
                                                 {"gate", "Gate", ""},
                                                 {"margin", "Margin of the gate", "ratio"},
                                                 {"orientation", "Orientation", ""},
                                                 {"blocks", "Blocks", ""},
                                                 kReasonColumn});
  if (subjects.cases.empty()) return table;
  const Candidates candidates(subjects);
  const bool counts = outcome && outcome->invalid.empty();
  for (const Comparison& comparison :
       counts ? std::span<const Comparison>(outcome->comparisons) : std::span<const Comparison>()) {
    const ChartSubject* subject = candidates.of(comparison);
    if (comparison.effect != EffectKind::ratio || subject == nullptr) continue;
    const auto& interval = comparison.interval;
    const bool whole = comparison.estimate && interval;
    add_row(table, *subject,
            {cell(printable(comparison.metric)), cell(label_of(comparison)),
             cell(printable(comparison.baseline)), cell(printable(comparison.candidate)),
             cell(comparison.estimate), interval ? cell((*interval)[0]) : ChartCell(),
             interval ? cell((*interval)[1]) : ChartCell(), cell(comparison.confidence),
             cell(comparison.p_adjusted), words(shown_difference(comparison)),
             comparison.gate ? cell(name_of(comparison.gate->verdict)) : ChartCell(),
             comparison.gate ? cell(comparison.gate->margin) : ChartCell(),
             cell(name_of(comparison.orientation)), cell(comparison.blocks),
             whole ? ChartCell() : cell(reason_of(comparison))});
  }
  if (table.rows.empty()) table.why_empty = printable(why_none(outcome), 200);
  return table;
}

}  // namespace sockmark::report
