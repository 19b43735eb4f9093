#include "reports/views/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

#include "base/printable.h"
#include "reports/compare/compare_effect.h"
#include "reports/format/units.h"
#include "reports/model/params_text.h"
#include "reports/model/reasons.h"
#include "reports/model/shown_difference.h"

namespace sockmark::report {
namespace {

constexpr std::size_t kNameColumns = 40;
constexpr double kTimes = 2;  // from here on "2.4 times as long" reads better

// --- per cent -----------------------------------------------------------------------------------

constexpr int kMostDecimals = 6;

// Two significant digits of the smallest, so that no end of an interval is rounded to nothing.
int decimals_of(std::span<const double> values) {
  double smallest = 0;
  for (const double value : values) {
    const double size = std::abs(value);
    if (size > 0 && (smallest == 0 || size < smallest)) smallest = size;
  }
  if (smallest == 0) return 0;
  return std::clamp(1 - static_cast<int>(std::floor(std::log10(smallest))), 0, kMostDecimals);
}

struct Size {
  std::string of, low, high;  // without unit
};

Size in_decimals(double of, double a, double b) {
  int decimals = decimals_of(std::array{of, a, b});
  const auto text = [&](double value) { return fmt::format("{:.{}f}", value, decimals); };
  while (decimals < kMostDecimals && a != b && text(a) == text(b)) ++decimals;
  return {text(of), text(std::min(a, b)), text(std::max(a, b))};
}

// --- the sentence -------------------------------------------------------------------------------

struct Words {
  std::string subject, object, condition, workload;
};

// "(p50 over 8 blocks; 95 % interval 35 to 41 %)". Where more than one look was planned the
// interval's own level is a little higher, and that of the whole procedure is 95 %
// (stats/stopping_rule.h).
std::string interval_words(const Comparison& one, const Metric& of, const Size& size,
                           std::string_view unit) {
  const double level = one.confidence >= 0.95 ? 95 : 100 * one.confidence;
  // The mean over the blocks is not the ratio of the two medians that stand in the table.
  const std::string over =
      one.design == Design::paired ? " over " + counted(one.blocks, "block") : std::string();
  return fmt::format("({}{}; {:.3g} % interval {} to {}{})", of.short_name, over, level, size.low,
                     size.high, unit);
}

std::string ratio_sentence(const Comparison& one, const Metric& of, const Words& words) {
  const double ratio = *one.estimate;
  const auto [low, high] = *one.interval;
  const bool is_p50 = of.short_name == "p50";
  const bool is_goodput = of.short_name == "goodput";
  const std::string_view does = words.workload == "rr"        ? "answers"
                                : words.workload == "connect" ? "connects and answers"
                                                              : "delivers";
  if (ratio >= kTimes) {
    const Size size = in_decimals(ratio, low, high);
    const std::string interval = interval_words(one, of, size, "");
    if (is_p50)
      return fmt::format("{} takes {} times as long as {}{} {}", words.subject, size.of,
                         words.object, words.condition, interval);
    if (is_goodput)
      return fmt::format("{} {} {} times as many messages/s as {}{} {}", words.subject, does,
                         size.of, words.object, words.condition, interval);
    return fmt::format("{} of {} is {} times that of {}{} {}", of.short_name, words.subject,
                       size.of, words.object, words.condition, interval);
  }
  const bool more = ratio > 1;
  const auto change = [](double r) { return 100 * std::abs(r - 1); };
  const Size size = in_decimals(change(ratio), change(low), change(high));
  const std::string interval = interval_words(one, of, size, " %");
  if (is_p50)
    return fmt::format("{} {} in {} % {} time than {}{} {}", words.subject, does, size.of,
                       more ? "more" : "less", words.object, words.condition, interval);
  if (is_goodput)
    return fmt::format("{} {} {} % {} messages/s than {}{} {}", words.subject, does, size.of,
                       more ? "more" : "fewer", words.object, words.condition, interval);
  return fmt::format("{} of {} is {} % {} than that of {}{} {}", of.short_name, words.subject,
                     size.of, more ? "higher" : "lower", words.object, words.condition, interval);
}

std::string difference_sentence(const Comparison& one, const Metric& of, const Words& words) {
  const auto [low, high] = *one.interval;
  const Size size =
      in_decimals(100 * std::abs(*one.estimate), 100 * std::abs(low), 100 * std::abs(high));
  return fmt::format("{} of {} is {} percentage points {} than that of {}{} {}", of.short_name,
                     words.subject, size.of, *one.estimate > 0 ? "higher" : "lower", words.object,
                     words.condition, interval_words(one, of, size, ""));
}

std::string sentence_of(const Comparison& one, const Metric& of, const Words& words) {
  std::string sentence = one.effect == EffectKind::ratio ? ratio_sentence(one, of, words)
                                                         : difference_sentence(one, of, words);
  if (one.design != Design::paired)
    sentence = "observed, but time-confounded (nothing pairs the runs): " + sentence;
  if (words.subject.starts_with("the ") || one.design != Design::paired)
    sentence.front() = static_cast<char>(sentence.front() == 't'   ? 'T'
                                         : sentence.front() == 'o' ? 'O'
                                                                   : sentence.front());
  return sentence + '.';
}

// --- what is shown ------------------------------------------------------------------------------

// The distance of an interval from no difference; negative where it contains that. Of a report
// nothing is taken for granted: an interval may be any two numbers.
double distance(const Comparison& one) {
  auto [low, high] = *one.interval;
  double estimate = *one.estimate;
  if (one.effect == EffectKind::ratio) {
    if (!(low > 0) || !(high > 0) || !(estimate > 0)) return -1;
    low = std::log(low);
    high = std::log(high);
    estimate = std::log(estimate);
  }
  if (low > high || estimate < low || estimate > high) return -1;
  return low > 0 ? low : high < 0 ? -high : -1;
}

Claim::Kind kind_of(const Comparison& one) {
  switch (shown_difference(one)) {
    case Shown::undefined:
      break;
    case Shown::may_be_chance:
      return Claim::Kind::may_be_chance;
    case Shown::none:
      return Claim::Kind::none_shown;
    case Shown::faster:
    case Shown::slower:
    case Shown::observed:
      return distance(one) > 0 ? Claim::Kind::difference : Claim::Kind::none_shown;
  }
  const std::string& reason = one.estimate ? one.interval.reason() : one.estimate.reason();
  return reason == kTooFewBlocks || reason == kTooFewRuns ? Claim::Kind::too_few
                                                          : Claim::Kind::other;
}

// The main metric of the pair, or the first that it was compared by.
const Comparison& main_of(std::span<const Comparison> pair, const Case& candidate) {
  const std::string_view wanted = main_metric(candidate.params).name;
  const auto found = std::ranges::find(pair, wanted, &Comparison::metric);
  return found == pair.end() ? pair.front() : *found;
}

Words words_of(const Comparison& one, const Case* baseline, const Case& candidate,
               const Conditions& conditions) {
  Words words{.subject = printable(one.candidate, kNameColumns),
              .object = printable(one.baseline, kNameColumns),
              .condition = {},
              .workload = candidate.params.workload};
  const bool two_reports = one.baseline == one.candidate;
  if (baseline == nullptr && !two_reports) return words;
  const std::string condition = conditions.of(candidate);
  if (!two_reports && conditions.of(*baseline) != condition) return words;
  if (two_reports || (name_of_case(candidate) == name_of_case(*baseline) &&
                      candidate.params.arm != baseline->params.arm)) {
    words.subject = "the candidate";
    words.object = "the baseline";
    words.condition = fmt::format(" over {}{}", name_of_case(candidate), condition);
  } else if (name_of_case(candidate) != name_of_case(*baseline)) {
    words.subject = name_of_case(candidate);
    words.object = name_of_case(*baseline);
    words.condition = condition;
  }
  return words;
}

Claim claim_of(const Comparison& one, const Words& words, const Case& candidate) {
  const Metric& of = metric(one.metric);
  Claim claim{.kind = kind_of(one),
              .metric = of.short_name,
              .baseline_name = words.object,
              .candidate_name = words.subject,
              .condition = words.condition,
              .runs = one.blocks,
              .most_runs = one.blocks,
              .candidate = &candidate};
  if (one.baseline_runs && one.candidate_runs)
    claim.most_runs = std::max({one.blocks, *one.baseline_runs, *one.candidate_runs});
  if (one.mde90 && one.effect == EffectKind::ratio)
    claim.would_find = fmt::format("{:.2g} %", 100 * *one.mde90);
  if (claim.kind != Claim::Kind::difference) return claim;
  claim.at_least = distance(one);
  claim.sentence = sentence_of(one, of, words);
  return claim;
}

}  // namespace

const Metric& main_metric(const Params& params) {
  return metric(is_saturating(params) ? "goodput_messages_per_s" : "p50_ns");
}

std::string name_of_case(const Case& one) { return printable(name_of(one.params), kNameColumns); }

Conditions::Conditions(const SummaryTable& table) {
  for (const SummaryGroup& group : table.groups) {
    // The title begins with the workload, which a sentence tells by its verb.
    const std::size_t workload = group.keys.front().size() + std::string_view(", ").size();
    const std::string rest = group.title.substr(std::min(workload, group.title.size()));
    for (const SummaryRow& row : group.rows) conditions_.emplace(row.source, " at " + rest);
  }
}

std::string Conditions::of(const Case& one) const {
  const auto found = conditions_.find(&one);
  return found == conditions_.end() ? "" : found->second;
}

std::vector<Claim> claims_of(const Report& report, const CompareOutcome& outcome) {
  const SummaryTable table = summary_table(report);
  const Conditions conditions(table);
  std::map<std::string_view, const Case*> by_id;
  for (const Case& one : report.cases) by_id.emplace(one.id, &one);
  const auto case_of = [&](const std::string& id) {
    const auto found = by_id.find(id);
    return found == by_id.end() ? nullptr : found->second;
  };
  std::vector<Claim> claims;
  const std::span<const Comparison> all = outcome.comparisons;
  for (std::size_t begin = 0, end = 0; begin < all.size(); begin = end) {
    while (end < all.size() && all[end].baseline == all[begin].baseline &&
           all[end].candidate == all[begin].candidate)
      ++end;
    const Case* candidate = case_of(all[begin].candidate);
    if (candidate == nullptr) continue;
    const Comparison& one = main_of(all.subspan(begin, end - begin), *candidate);
    claims.push_back(
        claim_of(one, words_of(one, case_of(one.baseline), *candidate, conditions), *candidate));
  }
  return claims;
}

}  // namespace sockmark::report
