#include "reports/views/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <span>

#include "base/printable.h"
#include "reports/format/text_limits.h"
#include "reports/format/units.h"
#include "reports/model/params_text.h"
#include "reports/model/shown_difference.h"
#include "reports/views/comparison_rows.h"
#include "reports/views/metric_text.h"
#include "reports/views/summary_table.h"

namespace sockmark::report {
namespace {

constexpr double kMultiple = 2;  // a ratio from here on is a multiple, not a change in per cent

// 0 too if the numbers of the report contradict each other.
double strength_of(const Comparison& one) {
  const Shown shown = shown_difference(one);
  if (shown != Shown::faster && shown != Shown::slower && shown != Shown::observed) return 0;
  const bool ratio = one.effect == EffectKind::ratio;
  const auto scaled = [&](double effect) { return ratio ? std::log(effect) : effect; };
  const double low = scaled(one.interval->front()), high = scaled(one.interval->back());
  const double estimate = scaled(*one.estimate);  // NaN if the ratio is negative
  return low <= estimate && estimate <= high ? std::max(low, -high) : 0;
}

// The main metric of the pair, or the first that it was compared by.
const Comparison& main_of(std::span<const Comparison> pair, const Case& candidate) {
  const auto found =
      std::ranges::find(pair, main_metric(candidate.params).name, &Comparison::metric);
  return found == pair.end() ? pair.front() : *found;
}

// A case in the summary table.
struct TableEntry {
  const SummaryGroup* group = nullptr;
  const SummaryRow* row = nullptr;
};

// What the two sides are called: by what differs between them, or else by their ids.
void name_sides(const TableEntry& baseline, const TableEntry& candidate, Finding& finding) {
  const Comparison& one = *finding.comparison;
  const std::string &name = candidate.row->transport, &title = candidate.group->title;
  const bool two_reports = one.baseline == one.candidate;
  const bool alike = baseline.group == candidate.group;
  if (two_reports || (alike && baseline.row->transport == name)) {
    finding.baseline = "the baseline";
    finding.candidate = "the candidate";
    finding.condition = title.empty() ? name : fmt::format("{}, {}", name, title);
  } else if (alike) {
    finding.baseline = baseline.row->transport;
    finding.candidate = name;
    finding.condition = title;
  } else {
    finding.baseline = printable(one.baseline, kNameColumns);
    finding.candidate = printable(one.candidate, kNameColumns);
  }
}

}  // namespace

const Metric& main_metric(const Params& params) {
  return metric(is_saturating(params) ? "goodput_messages_per_s" : "p50_ns");
}

std::vector<Finding> findings_of(const Report& report, const CompareOutcome& outcome) {
  const SummaryTable table = summary_table(report);
  std::map<std::string_view, TableEntry> entries;
  for (const SummaryGroup& group : table.groups) {
    for (const SummaryRow& row : group.rows)
      entries.try_emplace(row.source->id, TableEntry{&group, &row});
  }
  std::vector<Finding> findings;
  for (const std::span<const Comparison> pair : pairs_of(outcome)) {
    const auto candidate = entries.find(pair.front().candidate);
    if (candidate == entries.end()) continue;
    const Case& of = *candidate->second.row->source;
    const Comparison& one = main_of(pair, of);
    Finding& finding =
        findings.emplace_back(Finding{&one, of.params.workload, strength_of(one), {}, {}, {}});
    name_sides(entries[one.baseline], candidate->second, finding);
  }
  return findings;
}

std::string sentence_of(const Finding& finding) {
  const Comparison& one = *finding.comparison;
  const bool ratio = one.effect == EffectKind::ratio, paired = one.design == Design::paired;
  const bool multiple = ratio && *one.estimate >= kMultiple;
  const auto amount = [&](double value) {
    return multiple ? value : 100 * std::abs(ratio ? value - 1 : value);
  };
  const double estimate = amount(*one.estimate);
  const auto [low, high] =
      std::minmax({amount(one.interval->front()), amount(one.interval->back())});
  // As in the table, but no end of an interval is rounded to zero.
  const int decimals = low < 0.05 ? decimals_for(low) : 1;
  const std::string noun = noun_of(metric(one.metric));
  const std::string change =
      multiple ? fmt::format("{:.{}f} times the {} of", estimate, decimals, noun)
               : fmt::format("{:.{}f} {} {} {} than", estimate, decimals,
                             ratio ? "%" : "percentage points",
                             *one.estimate > (ratio ? 1 : 0) ? "higher" : "lower", noun);
  std::string sentence = fmt::format(
      "{}{} has {} {} ({}{}95 % interval {:.{}f} to {:.{}f}{}{}).",
      paired ? "" : "Observed, but time-confounded: ", finding.candidate, change, finding.baseline,
      finding.condition, finding.condition.empty() ? "" : "; ", low, decimals, high, decimals,
      ratio && !multiple ? " %" : "", paired ? ", " + counted(one.blocks, "block") : "");
  if (sentence.starts_with("the ")) sentence.front() = 'T';
  return sentence;
}

}  // namespace sockmark::report
