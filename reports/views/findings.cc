#include "reports/views/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

#include "base/printable.h"
#include "reports/compare/compare_effect.h"
#include "reports/format/text_limits.h"
#include "reports/format/units.h"
#include "reports/model/params_text.h"
#include "reports/model/reasons.h"
#include "reports/model/shown_difference.h"
#include "reports/views/comparison_rows.h"
#include "reports/views/metric_text.h"

namespace sockmark::report {
namespace {

constexpr double kMultiple = 2;  // a ratio from here on is a multiple, not a change in per cent

// --- numbers ------------------------------------------------------------------------------------

struct IntervalText {
  std::string estimate, low, high;
};

// Two significant digits of the smallest, and more if both ends would look the same.
IntervalText interval_text(double estimate, double a, double b) {
  constexpr int kDecimalsMax = 6;
  double smallest = 0;
  for (const double size : {std::abs(estimate), std::abs(a), std::abs(b)}) {
    if (size > 0 && (smallest == 0 || size < smallest)) smallest = size;
  }
  int decimals = smallest == 0 ? 0 : 1 - static_cast<int>(std::floor(std::log10(smallest)));
  decimals = std::clamp(decimals, 0, kDecimalsMax);
  const auto text = [&](double value) { return fmt::format("{:.{}f}", value, decimals); };
  while (decimals < kDecimalsMax && a != b && text(a) == text(b)) ++decimals;
  return {text(estimate), text(std::min(a, b)), text(std::max(a, b))};
}

// The distance of the interval from no change; negative if it contains no change, or if the numbers
// of the report contradict each other.
double strength_of(const Comparison& one) {
  auto [low, high] = *one.interval;
  double estimate = *one.estimate;
  if (one.effect == EffectKind::ratio) {
    if (!(low > 0) || !(high > 0) || !(estimate > 0)) return -1;
    low = std::log(low);
    high = std::log(high);
    estimate = std::log(estimate);
  }
  if (low > high || estimate < low || estimate > high) return -1;
  return std::max(low, -high);
}

Finding::Kind kind_of(const Comparison& one) {
  switch (shown_difference(one)) {
    case Shown::undefined:
      break;
    case Shown::may_be_chance:
      return Finding::Kind::maybe_chance;
    case Shown::none:
      return Finding::Kind::not_significant;
    case Shown::faster:
    case Shown::slower:
    case Shown::observed:
      return strength_of(one) > 0 ? Finding::Kind::significant : Finding::Kind::not_significant;
  }
  const std::string& reason = one.estimate ? one.interval.reason() : one.estimate.reason();
  return reason == kTooFewBlocks || reason == kTooFewRuns ? Finding::Kind::too_few_runs
                                                          : Finding::Kind::undefined;
}

// --- sentences ----------------------------------------------------------------------------------

// "udp has 38 % lower p50 latency than tcp (rr, 64 B; 95 % interval 35 to 41 %, 16 blocks)."
std::string sentence_of(const Comparison& one, const Finding& finding) {
  const bool ratio = one.effect == EffectKind::ratio;
  const bool multiple = ratio && *one.estimate >= kMultiple;
  const auto amount = [&](double value) {
    return multiple ? value : 100 * std::abs(ratio ? value - 1 : value);
  };
  const auto [low, high] = *one.interval;
  const IntervalText text = interval_text(amount(*one.estimate), amount(low), amount(high));
  const std::string change =
      multiple ? fmt::format("{} times the {} of", text.estimate, finding.metric)
               : fmt::format("{} {} {} {} than", text.estimate, ratio ? "%" : "percentage points",
                             *one.estimate > (ratio ? 1 : 0) ? "higher" : "lower", finding.metric);
  // If interim looks were planned, the level of the interval is a little higher than that of the
  // whole procedure, which is 95 % (stats/stopping_rule.h).
  const double level = one.confidence >= 0.95 ? 95 : 100 * one.confidence;
  std::string details = finding.condition.empty() ? "" : finding.condition + "; ";
  details += fmt::format("{:.3g} % interval {} to {}{}", level, text.low, text.high,
                         ratio && !multiple ? " %" : "");
  const bool paired = one.design == Design::paired;
  if (paired) details += ", " + counted(one.blocks, "block");
  std::string sentence = fmt::format(
      "{}{} has {} {} ({}).", paired ? "" : "Observed, but time-confounded: ", finding.candidate,
      change, finding.baseline, details);
  if (sentence.starts_with("the ")) sentence.front() = 'T';
  return sentence;
}

// The main metric of the pair, or the first that it was compared by.
const Comparison& main_of(std::span<const Comparison> pair, const Case& candidate) {
  const std::string_view wanted = main_metric(candidate.params).name;
  const auto found = std::ranges::find(pair, wanted, &Comparison::metric);
  return found == pair.end() ? pair.front() : *found;
}

// What the two sides are called: by what differs between them, or else by their ids.
void name_sides(const Comparison& one, const Case* baseline, const Case& candidate,
                const Conditions& conditions, Finding& finding) {
  const auto condition_of = [&](const Case& of) {
    const auto found = conditions.find(&of);
    return found == conditions.end() ? std::string() : found->second;
  };
  const std::string condition = condition_of(candidate), name = name_of_case(candidate);
  const bool two_reports = one.baseline == one.candidate;
  const bool alike = baseline != nullptr && condition_of(*baseline) == condition;
  const bool same_name = alike && name_of_case(*baseline) == name;
  if (two_reports || (same_name && candidate.params.arm != baseline->params.arm)) {
    finding.candidate = "the candidate";
    finding.baseline = "the baseline";
    finding.condition = condition.empty() ? name : fmt::format("{}, {}", name, condition);
  } else if (alike && !same_name) {
    finding.candidate = name;
    finding.baseline = name_of_case(*baseline);
    finding.condition = condition;
  } else {
    finding.candidate = printable(one.candidate, kNameColumns);
    finding.baseline = printable(one.baseline, kNameColumns);
  }
}

}  // namespace

const Metric& main_metric(const Params& params) {
  return metric(is_saturating(params) ? "goodput_messages_per_s" : "p50_ns");
}

std::string name_of_case(const Case& one) { return printable(name_of(one.params), kNameColumns); }

Conditions conditions_of(const SummaryTable& table) {
  Conditions conditions;
  for (const SummaryGroup& group : table.groups) {
    for (const SummaryRow& row : group.rows) conditions.emplace(row.source, group.title);
  }
  return conditions;
}

std::vector<Finding> findings_of(const Report& report, const CompareOutcome& outcome) {
  const Conditions conditions = conditions_of(summary_table(report));
  std::map<std::string_view, const Case*> by_id;
  for (const Case& one : report.cases) by_id.emplace(one.id, &one);
  const auto case_of = [&](const std::string& id) {
    const auto found = by_id.find(id);
    return found == by_id.end() ? nullptr : found->second;
  };
  std::vector<Finding> findings;
  for (const std::span<const Comparison> pair : pairs_of(outcome)) {
    const Case* candidate = case_of(pair.front().candidate);
    if (candidate == nullptr) continue;
    const Comparison& one = main_of(pair, *candidate);
    Finding finding{.kind = kind_of(one),
                    .metric = noun_of(metric(one.metric)),
                    .workload = candidate->params.workload,
                    .runs_min = one.blocks,
                    .runs_max = one.blocks};
    name_sides(one, case_of(one.baseline), *candidate, conditions, finding);
    if (one.baseline_runs && one.candidate_runs)
      finding.runs_max = std::max({one.blocks, *one.baseline_runs, *one.candidate_runs});
    if (one.mde90 && one.effect == EffectKind::ratio)
      finding.smallest_detectable = fmt::format("{:.2g} %", 100 * *one.mde90);
    if (finding.kind == Finding::Kind::significant) {
      finding.strength = strength_of(one);
      finding.sentence = sentence_of(one, finding);
    }
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace sockmark::report
