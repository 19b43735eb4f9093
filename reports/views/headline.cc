#include "reports/views/headline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

#include "base/printable.h"
#include "reports/format/text_limits.h"
#include "reports/format/units.h"
#include "reports/model/metrics.h"
#include "reports/model/params_text.h"
#include "reports/model/reasons.h"
#include "reports/model/shown_difference.h"
#include "reports/model/summary.h"
#include "reports/views/findings.h"
#include "reports/views/metric_text.h"
#include "reports/views/search_table.h"
#include "reports/views/summary_table.h"

namespace sockmark::report {
namespace {

constexpr std::size_t kSentencesMax = 3;

using Sentences = std::vector<std::string>;

std::string_view verb_of(std::size_t count) { return count == 1 ? "is" : "are"; }

// The first of the names, and how many more there are.
std::string listed(std::vector<std::string> names, std::size_t max) {
  const std::size_t shown = std::min(names.size(), max), more = names.size() - shown;
  names.resize(shown);
  return fmt::format("{}{}", fmt::join(names, ", "),
                     more == 0 ? "" : fmt::format(" and {} more", more));
}

// "1 run", "3 runs", "3 to 5 runs": of several cases.
class RunsEach {
 public:
  void add(std::uint64_t runs) {
    min_ = std::min(min_, runs);
    max_ = std::max(max_, runs);
  }
  [[nodiscard]] std::string text() const {
    return (min_ < max_ ? fmt::format("{} to ", min_) : "") + counted(max_, "run");
  }
  [[nodiscard]] std::uint64_t max() const { return max_; }

 private:
  std::uint64_t min_ = std::numeric_limits<std::uint64_t>::max(), max_ = 0;
};

// --- what is wrong ------------------------------------------------------------------------------

bool has_valid_run(const Report& report) {
  return std::ranges::any_of(
      report.cases, [](const Case& one) { return std::ranges::any_of(one.runs, &Run::valid); });
}

// `whose`: " of the candidate"
void add_trouble(const Report& report, std::string_view whose, Sentences& sentences) {
  std::size_t all = 0, invalid = 0;
  std::vector<std::string> reasons;
  for (const Case& one : report.cases) {
    for (const Run& run : one.runs) {
      ++all;
      if (run.valid) continue;
      ++invalid;
      for (const std::string& reason : run.invalid_reasons)
        reasons.push_back(printable(reason, kLineColumns));
    }
  }
  const std::string cut = report.interrupted ? "Interrupted. " : "";
  if (all == 0 && report.searches.empty()) {
    sentences.push_back(fmt::format("{}Nothing was measured{}.", cut, whose));
  } else if (invalid > 0) {
    const auto alike = alike_reasons(reasons);
    const std::string why =
        alike.empty() ? "" : (alike.size() == 1 ? ": " : ": most often, ") + in_words(alike[0]);
    sentences.push_back(fmt::format("{}{}{} of {}{} {} invalid{}.", cut,
                                    invalid == all ? "No valid result: " : "", invalid,
                                    counted(all, "run"), whose, verb_of(invalid), why));
  } else if (report.interrupted) {
    sentences.push_back(fmt::format("The measurement{} was interrupted.", whose));
  }
}

void add_refusal(const CompareOutcome& outcome, Sentences& sentences) {
  if (outcome.verdict != ComparisonVerdict::refused) return;
  std::vector<std::string> items;
  for (const Mismatch& mismatch : outcome.hard_mismatches)
    items.push_back(printable(mismatch.item, kNameColumns));
  sentences.push_back(
      fmt::format("Not compared: {} must be equal in both reports.", listed(std::move(items), 3)));
}

void add_gates(const CompareOutcome& outcome, Sentences& sentences) {
  const Counts& gates = outcome.gates;
  const std::string all = counted(gates.total(), "gate");
  if (!outcome.invalid.empty()) {
    sentences.push_back(
        fmt::format("No verdict: {}.", printable(outcome.invalid.front(), kLineColumns)));
  } else if (gates.fail > 0) {
    std::vector<std::string> failed;
    for (const Comparison& one : outcome.comparisons) {
      if (!one.gate || one.gate->verdict != Gate::fail) continue;
      failed.push_back(fmt::format("{} of {}", metric(one.metric).short_name,
                                   printable(one.candidate, kNameColumns)));
    }
    sentences.push_back(
        fmt::format("{} of {} failed: {}.", gates.fail, all, listed(std::move(failed), 2)));
  } else if (gates.inconclusive > 0) {
    sentences.push_back(fmt::format("{} of {} {} inconclusive; none failed.", gates.inconclusive,
                                    all, verb_of(gates.inconclusive)));
  } else if (gates.total() > 0) {
    sentences.push_back(fmt::format("{} passed.", all));
  }
}

// --- differences --------------------------------------------------------------------------------

bool is_significant(const Finding& finding) { return finding.strength > 0; }

// The strongest, and the strongest of another workload.
Sentences strongest(std::vector<Finding> findings) {
  std::ranges::stable_sort(findings, std::ranges::greater(), &Finding::strength);
  Sentences sentences;
  for (const Finding& finding : findings) {
    if (!is_significant(finding) || sentences.size() == 2) break;
    if (sentences.empty() || finding.workload != findings.front().workload)
      sentences.push_back(sentence_of(finding));
  }
  return sentences;
}

// How many differences are significant, and what limits that. Empty if the one that there is has
// its sentence.
std::string tally(const std::vector<Finding>& findings) {
  const std::size_t all = findings.size();
  std::size_t significant = 0, chance = 0, too_few_runs = 0;
  RunsEach runs;
  for (const Finding& finding : findings) {
    const Comparison& one = *finding.comparison;
    const std::string& reason = one.estimate ? one.interval.reason() : one.estimate.reason();
    if (is_significant(finding)) ++significant;
    if (shown_difference(one) == Shown::may_be_chance) ++chance;
    if (reason == kTooFewBlocks || reason == kTooFewRuns) ++too_few_runs;
    for (const auto& side : {Maybe(one.blocks), one.baseline_runs, one.candidate_runs}) {
      if (side) runs.add(*side);
    }
  }
  if (all == 1 && significant == 1) return "";
  const Finding& first = findings.front();
  const Comparison& one = *first.comparison;
  std::vector<std::string> details = {runs.text() + " each"};
  if (chance > 0) {
    details.push_back((all == 1 ? "significant only" : std::to_string(significant + chance)) +
                      " before adjusting for multiple comparisons");
  } else if (too_few_runs == all) {
    details.emplace_back("too few for an interval");
  } else if (all == 1 && one.mde90 && one.effect == EffectKind::ratio) {
    details.push_back(fmt::format("smallest detectable change {:.2g} %", 100 * *one.mde90));
  }
  if (all == 1) {
    if (!first.condition.empty()) details.insert(details.begin(), first.condition);
    return fmt::format(
        "The difference in {} between {} and {} is not significant at the 5 % level ({}).",
        noun_of(metric(one.metric)), first.baseline, first.candidate, fmt::join(details, "; "));
  }
  const bool one_metric = std::ranges::all_of(
      findings, [&](const Finding& finding) { return finding.comparison->metric == one.metric; });
  return fmt::format("{} of {} differences{} {} significant at the 5 % level ({}).", significant,
                     all, one_metric ? " in " + noun_of(metric(one.metric)) : "",
                     verb_of(significant), fmt::join(details, "; "));
}

// The tally is never cut: the largest of many differences alone would mislead.
void add_differences(const std::vector<Finding>& findings, Sentences& sentences) {
  if (findings.empty()) return;
  Sentences differences = strongest(findings);
  const std::string last = tally(findings);
  const std::size_t taken = std::min(kSentencesMax, sentences.size() + (last.empty() ? 0 : 1));
  differences.resize(std::min(differences.size(), kSentencesMax - taken));
  std::ranges::move(differences, std::back_inserter(sentences));
  if (!last.empty()) sentences.push_back(last);
}

// --- figures ------------------------------------------------------------------------------------

// "medians of 3 runs (rr, 64 B)"
std::string origin(const RunsEach& runs, const std::string& condition) {
  return (runs.max() == 1 ? "" : "medians of ") + runs.text() +
         (condition.empty() ? "" : fmt::format(" ({})", condition));
}

// "tcp: p50 20.4 ms, p99 61.2 ms, goodput 49.0 k messages/s; medians of 3 runs (rr, 64 B).": the
// main metric comes first.
std::string figures_of(const Case& one, const std::string& condition) {
  const std::string name = printable(name_of(one.params), kNameColumns);
  const Metric& main = main_metric(one.params);
  const auto main_value = summarise(one, main);
  if (!main_value) {
    return fmt::format("{}: {} is undefined ({}).", name, main.short_name,
                       reason_in_words(main_value.reason()));
  }
  std::vector<std::string> figures;
  for (const std::string_view each : {"p50_ns", "p99_ns", "goodput_messages_per_s"}) {
    const Metric& of = metric(each);
    if (const auto value = summarise(one, of)) {
      figures.insert(&of == &main ? figures.begin() : figures.end(),
                     fmt::format("{} {}", of.short_name, quantity(value->median, of)));
    }
  }
  RunsEach runs;
  runs.add(main_value->n);
  return fmt::format("{}: {}; {}.", name, fmt::join(figures, ", "), origin(runs, condition));
}

// The lowest and the highest of the first group of cases that differ in their transport, or else of
// the first workload; of a single case its figures.
void add_figures(const Report& report, Sentences& sentences) {
  const SummaryTable table = summary_table(report);
  const auto several = std::ranges::find_if(
      table.groups, [](const SummaryGroup& group) { return group.rows.size() > 1; });
  const bool in_group = several != table.groups.end();
  std::span<const SummaryGroup> groups = table.groups;
  if (in_group) groups = {several, 1};
  struct Figure {
    double median;
    std::string name;
  };
  std::vector<Figure> figures;
  RunsEach runs;
  const Case* first = nullptr;  // with a valid run
  std::string condition;
  for (const SummaryGroup& group : groups) {
    for (const SummaryRow& row : group.rows) {
      const Case& one = *row.source;
      if (std::ranges::none_of(one.runs, &Run::valid)) continue;
      if (first == nullptr) {
        first = &one;
        condition = group.title;
      }
      // Goodput and latency have no order.
      const Metric& main = main_metric(one.params);
      if (one.params.workload != first->params.workload || &main != &main_metric(first->params))
        continue;
      const Metric& of_stream = row.reverse ? metric("reverse_" + std::string(main.name)) : main;
      if (const auto value = summarise(one, of_stream)) {
        runs.add(value->n);
        const bool by_transport = in_group && !table.has_arms;
        figures.push_back(
            {value->median, by_transport ? row.transport : printable(one.id, kNameColumns)});
      }
    }
  }
  if (first == nullptr) return;
  if (figures.size() < 2) {
    sentences.push_back(figures_of(*first, condition));
    return;
  }
  const Metric& of = main_metric(first->params);
  const auto [least, most] = std::ranges::minmax(figures, {}, &Figure::median);
  sentences.push_back(fmt::format("Observed: {} from {} ({}) to {} ({}), {}.", noun_of(of),
                                  quantity(least.median, of), least.name, quantity(most.median, of),
                                  most.name, origin(runs, in_group ? condition : "")));
}

// --- searches -----------------------------------------------------------------------------------

std::string result_of(const RateSearch& search) {
  switch (end_of(search)) {
    case SearchEnd::found:
      return fmt::format("met up to {}{}", search.limit == RateLimit::path ? "" : "at least ",
                         quantity(*search.lower_bound_per_s, metric("goodput_messages_per_s")));
    case SearchEnd::none:
      return "met at no rate of the searched range";
    case SearchEnd::incomplete:
      return "the search is incomplete";
    case SearchEnd::invalid:
      break;
  }
  return "no trial was conclusive";
}

void add_searches(const Report& report, Sentences& sentences) {
  const std::size_t all = report.searches.size(), shown = std::min<std::size_t>(all, 2);
  for (const RateSearch& search : std::span(report.searches).first(shown)) {
    sentences.push_back(fmt::format("{}, goal {}: {}.", printable(search.id, kNameColumns),
                                    printable(search.goal, kNameColumns), result_of(search)));
  }
  if (all > shown) sentences.push_back(fmt::format("The table has all {} searches.", all));
}

}  // namespace

std::vector<std::string> headline(const Report& report, const Maybe<CompareOutcome>& comparison) {
  Sentences sentences;
  add_trouble(report, "", sentences);
  if (has_valid_run(report)) {
    if (comparison) add_gates(*comparison, sentences);
    std::vector<Finding> findings;
    if (comparison && comparison->invalid.empty()) findings = findings_of(report, *comparison);
    add_differences(findings, sentences);
    if (std::ranges::none_of(findings, is_significant)) add_figures(report, sentences);
  }
  add_searches(report, sentences);
  sentences.resize(std::min(sentences.size(), kSentencesMax));
  return sentences;
}

std::vector<std::string> headline(const Report& baseline, const Report& candidate,
                                  const CompareOutcome& outcome) {
  Sentences sentences;
  add_refusal(outcome, sentences);
  add_trouble(baseline, " of the baseline", sentences);
  add_trouble(candidate, " of the candidate", sentences);
  add_gates(outcome, sentences);
  if (outcome.invalid.empty()) add_differences(findings_of(candidate, outcome), sentences);
  sentences.resize(std::min(sentences.size(), kSentencesMax));
  return sentences;
}

}  // namespace sockmark::report
