#include "reports/views/headline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

#include "base/printable.h"
#include "reports/format/text_limits.h"
#include "reports/format/units.h"
#include "reports/model/metrics.h"
#include "reports/model/reasons.h"
#include "reports/model/summary.h"
#include "reports/views/findings.h"
#include "reports/views/metric_text.h"
#include "reports/views/search_table.h"
#include "reports/views/summary_table.h"

namespace sockmark::report {
namespace {

constexpr std::size_t kSentencesMax = 3;

using Sentences = std::vector<std::string>;

// "3", "3 to 5"
std::string range_text(std::uint64_t min, std::uint64_t max) {
  return min == max ? std::to_string(max) : fmt::format("{} to {}", min, max);
}

// The first of the names, and how many more there are.
std::string listed(std::vector<std::string> names, std::size_t max) {
  const std::size_t more = names.size() - std::min(names.size(), max);
  names.resize(names.size() - more);
  return fmt::format("{}{}", fmt::join(names, ", "),
                     more == 0 ? "" : fmt::format(" and {} more", more));
}

// --- what is wrong ------------------------------------------------------------------------------

struct RunCounts {
  std::size_t all = 0, invalid = 0;
};

RunCounts count_runs(const Report& report) {
  RunCounts counts;
  for (const Case& one : report.cases) {
    counts.all += one.runs.size();
    counts.invalid += static_cast<std::size_t>(std::ranges::count(one.runs, false, &Run::valid));
  }
  return counts;
}

// ": killed by signal 9", of the reason that most of the invalid runs have.
std::string main_reason(const Report& report) {
  std::vector<std::string> reasons;
  for (const Case& one : report.cases) {
    for (const Run& run : one.runs) {
      if (run.valid) continue;
      for (const std::string& reason : run.invalid_reasons)
        reasons.push_back(printable(reason, kLineColumns));
    }
  }
  if (reasons.empty()) return "";
  const auto alike = alike_reasons(reasons);
  return (alike.size() == 1 ? ": " : ": most often, ") + in_words(alike.front());
}

struct Line {
  bool applies;
  std::string text;
};

// Adds the first line that applies.
void add_first(std::initializer_list<Line> lines, Sentences& sentences) {
  const auto* found = std::ranges::find(lines, true, &Line::applies);
  if (found != lines.end()) sentences.push_back(found->text);
}

// `whose`: " of the candidate"
void add_trouble(const Report& report, std::string_view whose, Sentences& sentences) {
  const auto [all, invalid] = count_runs(report);
  const std::string cut = report.interrupted ? "Interrupted. " : "";
  const std::string some = fmt::format("{} of {}{} {} invalid{}.", invalid, counted(all, "run"),
                                       whose, invalid == 1 ? "is" : "are", main_reason(report));
  add_first(
      {{all == 0 && report.searches.empty(), fmt::format("{}Nothing was measured{}.", cut, whose)},
       {invalid > 0, cut + (invalid == all ? "No valid result: " : "") + some},
       {report.interrupted, fmt::format("The measurement{} was interrupted.", whose)}},
      sentences);
}

void add_refusal(const CompareOutcome& outcome, Sentences& sentences) {
  std::vector<std::string> items;
  for (const Mismatch& mismatch : outcome.hard_mismatches)
    items.push_back(printable(mismatch.item, kNameColumns));
  const std::string text = listed(std::move(items), 3);
  add_first({{outcome.verdict == ComparisonVerdict::refused,
              fmt::format("Not compared: {} must be equal in both reports.", text)}},
            sentences);
}

void add_gates(const CompareOutcome& outcome, Sentences& sentences) {
  const Counts& gates = outcome.gates;
  const std::string all = counted(gates.total(), "gate");
  std::vector<std::string> failed;
  for (const Comparison& one : outcome.comparisons) {
    if (!one.gate || one.gate->verdict != Gate::fail) continue;
    failed.push_back(fmt::format("{} of {}", metric(one.metric).short_name,
                                 printable(one.candidate, kNameColumns)));
  }
  const std::string why = outcome.invalid.empty() ? "" : outcome.invalid.front();
  add_first(
      {{!outcome.invalid.empty(), fmt::format("No verdict: {}.", printable(why, kLineColumns))},
       {gates.fail > 0, fmt::format("{} of {} failed: {}.", gates.fail, all, listed(failed, 2))},
       {gates.inconclusive > 0,
        fmt::format("{} of {} {} inconclusive; none failed.", gates.inconclusive, all,
                    gates.inconclusive == 1 ? "is" : "are")},
       {gates.total() > 0, fmt::format("{} of {} passed.", gates.pass, all)}},
      sentences);
}

// --- differences --------------------------------------------------------------------------------

std::size_t count(const std::vector<Finding>& findings, Finding::Kind kind) {
  return static_cast<std::size_t>(std::ranges::count(findings, kind, &Finding::kind));
}

// The strongest, and the strongest of another workload.
Sentences strongest(const std::vector<Finding>& findings) {
  std::vector<const Finding*> significant;
  for (const Finding& finding : findings) {
    if (finding.kind == Finding::Kind::significant) significant.push_back(&finding);
  }
  std::ranges::stable_sort(significant, std::ranges::greater(), &Finding::strength);
  Sentences sentences;
  for (const Finding* finding : significant) {
    if (sentences.size() == 1 && finding->workload == significant.front()->workload) continue;
    if (sentences.size() == 2) break;
    sentences.push_back(finding->sentence);
  }
  return sentences;
}

// How many differences are significant, and what limits that. Empty if the one that there is has
// its sentence.
std::string tally(const std::vector<Finding>& findings) {
  const std::size_t all = findings.size();
  const std::size_t significant = count(findings, Finding::Kind::significant);
  const std::size_t chance = count(findings, Finding::Kind::maybe_chance);
  if (all == 1 && significant == 1) return "";
  const Finding& first = findings.front();
  const bool one_metric = std::ranges::all_of(
      findings, [&](const Finding& finding) { return finding.metric == first.metric; });
  const std::string metric = one_metric ? " in " + first.metric : "";
  const auto runs_max = std::ranges::max(findings, {}, &Finding::runs_max).runs_max;
  std::string details =
      fmt::format("{} {} each",
                  range_text(std::ranges::min(findings, {}, &Finding::runs_min).runs_min, runs_max),
                  runs_max == 1 ? "run" : "runs");
  if (chance > 0) {
    const std::string number = all == 1 ? "" : fmt::format("{} ", chance);
    details += fmt::format("; {}{} only before adjusting for multiple comparisons", number,
                           significant > 0 ? "more" : "significant");
  } else if (count(findings, Finding::Kind::too_few_runs) == all) {
    details += ", too few for an interval";
  } else if (all == 1 && first.smallest_detectable) {
    details += ", smallest detectable change " + *first.smallest_detectable;
  }
  if (all > 1) {
    return fmt::format("{} of {} differences{} {} significant at the 5 % level ({}).", significant,
                       all, metric, significant == 1 ? "is" : "are", details);
  }
  return fmt::format(
      "The difference{} between {} and {} is not significant at the 5 % level ({}{}).", metric,
      first.baseline, first.candidate, first.condition.empty() ? "" : first.condition + "; ",
      details);
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
std::string origin(std::uint64_t runs_min, std::uint64_t runs_max, const std::string& condition) {
  const std::string runs =
      runs_max == 1 ? "one run" : fmt::format("medians of {} runs", range_text(runs_min, runs_max));
  return condition.empty() ? runs : fmt::format("{} ({})", runs, condition);
}

// "tcp: p50 20.4 ms, p99 61.2 ms, goodput 49.0 k messages/s; medians of 3 runs (rr, 64 B)."
std::string figures_of(const Case& one, const std::string& condition) {
  const Metric& main = main_metric(one.params);
  const auto value = summarise(one, main);
  if (!value) {
    return fmt::format("{}: {} is undefined ({}).", name_of_case(one), main.short_name,
                       reason_in_words(value.reason()));
  }
  std::vector<std::string> figures;
  for (const std::string_view name :
       {main.name, std::string_view("p50_ns"), std::string_view("p99_ns"),
        std::string_view("goodput_messages_per_s")}) {
    const Metric& of = metric(name);
    const auto figure = summarise(one, of);
    if (!figure || (&of == &main && !figures.empty())) continue;
    figures.push_back(fmt::format("{} {}", of.short_name, quantity(figure->median, of)));
  }
  return fmt::format("{}: {}; {}.", name_of_case(one), fmt::join(figures, ", "),
                     origin(value->n, value->n, condition));
}

struct Figure {
  std::string name;
  double value;
  std::uint64_t runs;
};

// The lowest and the highest of the first group of cases that differ in their transport, or else of
// the first workload; of a single case its figures.
void add_figures(const Report& report, Sentences& sentences) {
  const SummaryTable table = summary_table(report);
  const auto alike = std::ranges::find_if(
      table.groups, [](const SummaryGroup& group) { return group.rows.size() > 1; });
  const bool in_group = alike != table.groups.end();
  const SummaryRow* first = nullptr;  // with a valid run
  std::string condition;
  std::vector<Figure> figures;
  for (const SummaryGroup& group : table.groups) {
    if (in_group && &group != &*alike) continue;
    for (const SummaryRow& row : group.rows) {
      if (row.invalid == row.source->runs.size()) continue;
      if (first == nullptr) {
        first = &row;
        condition = group.title;
      }
      const Params &params = row.source->params, &of_first = first->source->params;
      const Metric& main = main_metric(params);
      const auto value = summarise(*row.source, main);
      // Goodput and latency have no order.
      if (!value || params.workload != of_first.workload || &main != &main_metric(of_first))
        continue;
      const bool by_transport = in_group && !table.has_arms;
      figures.push_back({by_transport ? row.transport : printable(row.source->id, kNameColumns),
                         value->median, value->n});
    }
  }
  if (first == nullptr) return;
  if (figures.size() < 2) {
    sentences.push_back(figures_of(*first->source, condition));
    return;
  }
  const Metric& of = main_metric(first->source->params);
  const auto [least, most] = std::ranges::minmax_element(figures, {}, &Figure::value);
  sentences.push_back(fmt::format(
      "Observed: {} from {} ({}) to {} ({}), {}.", noun_of(of), quantity(least->value, of),
      least->name, quantity(most->value, of), most->name,
      origin(std::ranges::min(figures, {}, &Figure::runs).runs,
             std::ranges::max(figures, {}, &Figure::runs).runs, in_group ? condition : "")));
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
  const std::size_t shown = std::min<std::size_t>(report.searches.size(), 2);
  for (const RateSearch& search : std::span(report.searches).first(shown)) {
    sentences.push_back(fmt::format("{}, goal {}: {}.", printable(search.id, kNameColumns),
                                    printable(search.goal, kNameColumns), result_of(search)));
  }
  if (const std::size_t more = report.searches.size() - shown; more > 0)
    sentences.push_back(
        fmt::format("The table has {} more {}.", more, more == 1 ? "search" : "searches"));
}

Sentences shortened(Sentences sentences) {
  if (sentences.size() > kSentencesMax) sentences.resize(kSentencesMax);
  return sentences;
}

}  // namespace

std::vector<std::string> headline(const Report& report, const Maybe<CompareOutcome>& comparison) {
  Sentences sentences;
  add_trouble(report, "", sentences);
  if (const auto [all, invalid] = count_runs(report); invalid < all) {
    if (comparison) add_gates(*comparison, sentences);
    std::vector<Finding> findings;
    if (comparison && comparison->invalid.empty()) findings = findings_of(report, *comparison);
    add_differences(findings, sentences);
    if (count(findings, Finding::Kind::significant) == 0) add_figures(report, sentences);
  }
  add_searches(report, sentences);
  return shortened(std::move(sentences));
}

std::vector<std::string> headline(const Report& baseline, const Report& candidate,
                                  const CompareOutcome& outcome) {
  Sentences sentences;
  add_refusal(outcome, sentences);
  add_trouble(baseline, " of the baseline", sentences);
  add_trouble(candidate, " of the candidate", sentences);
  add_gates(outcome, sentences);
  if (outcome.invalid.empty()) add_differences(findings_of(candidate, outcome), sentences);
  return shortened(std::move(sentences));
}

}  // namespace sockmark::report
