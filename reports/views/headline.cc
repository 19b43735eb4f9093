#include "reports/views/headline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "base/printable.h"
#include "reports/format/units.h"
#include "reports/model/metrics.h"
#include "reports/model/reasons.h"
#include "reports/model/summary.h"
#include "reports/views/findings.h"
#include "reports/views/search_table.h"
#include "reports/views/summary_table.h"

namespace sockmark::report {
namespace {

constexpr std::size_t kMostSentences = 3;
constexpr std::size_t kNameColumns = 40;
constexpr std::size_t kLineColumns = 160;

using Sentences = std::vector<std::string>;

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

// Of the invalid runs: the reason that most of them have.
std::string commonest_reason(const Report& report) {
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

// `whose`: " of the candidate"
void add_trouble(const Report& report, std::string_view whose, Sentences& sentences) {
  const RunCounts runs = count_runs(report);
  const std::string_view cut = report.interrupted ? "Interrupted. " : "";
  if (runs.all == 0 && report.searches.empty()) {
    sentences.push_back(fmt::format("{}Nothing was measured{}.", cut, whose));
  } else if (runs.all > 0 && runs.invalid == runs.all) {
    sentences.push_back(
        fmt::format("{}Nothing valid was measured{}: {} is invalid{}.", cut, whose,
                    runs.all == 1 ? "the one run" : fmt::format("each of {} runs", runs.all),
                    commonest_reason(report)));
  } else if (runs.invalid > 0) {
    sentences.push_back(fmt::format("{}{} of {}{} {} invalid{}.", cut, runs.invalid,
                                    counted(runs.all, "run"), whose,
                                    runs.invalid == 1 ? "is" : "are", commonest_reason(report)));
  } else if (report.interrupted) {
    sentences.push_back(
        fmt::format("The measurement{} was interrupted: the figures are of what had "
                    "ended by then.",
                    whose));
  }
}

// --- gates --------------------------------------------------------------------------------------

void add_gates(const CompareOutcome& outcome, Sentences& sentences) {
  const Counts& gates = outcome.gates;
  if (!outcome.invalid.empty()) {
    sentences.push_back(fmt::format("No verdict from these runs: {}.",
                                    printable(outcome.invalid.front(), kLineColumns)));
  } else if (gates.fail > 0) {
    std::vector<std::string> failed;
    for (const Comparison& one : outcome.comparisons) {
      if (!one.gate || one.gate->verdict != Gate::fail) continue;
      failed.push_back(fmt::format("{} of {}", metric(one.metric).short_name,
                                   printable(one.candidate, kNameColumns)));
    }
    const std::size_t more = failed.size() > 2 ? failed.size() - 2 : 0;
    failed.resize(failed.size() - more);
    sentences.push_back(fmt::format("{} of {} failed: {}{}.", gates.fail,
                                    counted(gates.total(), "gate"), fmt::join(failed, ", "),
                                    more == 0 ? "" : fmt::format(" and {} more", more)));
  } else if (gates.total() > 0 && gates.inconclusive > 0) {
    sentences.push_back(
        fmt::format("Inconclusive: of {} {} passed, none failed and {} could not be "
                    "decided.",
                    counted(gates.total(), "gate"), gates.pass, gates.inconclusive));
  } else if (gates.total() > 0) {
    sentences.push_back(gates.total() == 1 ? "The gate passed."
                                           : fmt::format("All {} gates passed.", gates.total()));
  }
}

// --- differences --------------------------------------------------------------------------------

// The strongest, and the strongest of another workload.
void add_claims(const std::vector<Claim>& claims, Sentences& sentences) {
  std::vector<const Claim*> shown;
  for (const Claim& claim : claims) {
    if (claim.kind == Claim::Kind::difference) shown.push_back(&claim);
  }
  std::ranges::stable_sort(
      shown, [](const Claim* a, const Claim* b) { return a->at_least > b->at_least; });
  if (shown.empty()) return;
  sentences.push_back(shown.front()->sentence);
  const auto other = std::ranges::find_if(shown, [&](const Claim* claim) {
    return claim->candidate->params.workload != shown.front()->candidate->params.workload;
  });
  if (other != shown.end()) sentences.push_back((*other)->sentence);
}

std::string metrics_of(const std::vector<Claim>& claims) {
  std::vector<std::string_view> names;
  for (const Claim& claim : claims) {
    if (std::ranges::find(names, claim.metric) == names.end()) names.push_back(claim.metric);
  }
  return fmt::format("{}", fmt::join(names, " or "));
}

// "from 3 runs each", or how many there were.
std::string runs_of(const std::vector<Claim>& claims) {
  const auto fewest = std::ranges::min(claims, {}, &Claim::runs).runs;
  const auto most = std::ranges::max(claims, {}, &Claim::most_runs).most_runs;
  if (fewest == most) return fmt::format("from {} each", counted(most, "run"));
  return fmt::format("from {} to {} each", fewest, counted(most, "run"));
}

// For how many no difference could be shown, and why that may be.
void add_tally(const std::vector<Claim>& claims, Sentences& sentences) {
  std::map<Claim::Kind, std::size_t> of_kind;
  for (const Claim& claim : claims) ++of_kind[claim.kind];
  const std::size_t differ = of_kind[Claim::Kind::difference];
  const std::size_t chance = of_kind[Claim::Kind::may_be_chance];
  std::string because;
  if (chance > 0) {
    because = fmt::format("; {}, which among so many lines may be chance",
                          claims.size() == 1 ? "its interval shows one"
                          : differ > 0
                              ? fmt::format("in {} by the interval alone", counted(chance, "other"))
                              : fmt::format("by the interval alone in {}", chance));
  } else if (of_kind[Claim::Kind::too_few] == claims.size()) {
    because = ", too few for an interval";
  } else if (claims.size() == 1 && claims.front().would_find) {
    because = fmt::format("; one of {} would have been found nine times in ten",
                          *claims.front().would_find);
  }
  if (differ == 0 && claims.size() == 1) {
    const Claim& only = claims.front();
    sentences.push_back(fmt::format("No difference in {} between {} and {}{} could be shown {}{}.",
                                    only.metric, only.baseline_name, only.candidate_name,
                                    only.condition, runs_of(claims), because));
  } else if (differ == 0) {
    sentences.push_back(fmt::format("No difference in {} could be shown in any of {} {}{}.",
                                    metrics_of(claims), counted(claims.size(), "comparison"),
                                    runs_of(claims), because));
  } else if (claims.size() > 1) {
    sentences.push_back(
        fmt::format("A difference in {} was shown in {} of {} {}{}.", metrics_of(claims), differ,
                    counted(claims.size(), "comparison"), runs_of(claims), because));
  }
}

// --- figures ------------------------------------------------------------------------------------

struct Figure {
  const Case* one;
  std::string name;
  double value;
  std::uint64_t runs;
};

std::string quantity(double value, const Metric& of) {
  const bool time = of.unit == MetricUnit::ns;
  const Unit unit = time ? unit_for(value, kTime) : unit_for(value, kCount);
  const std::string text = with_unit(value, unit, decimals_for(value / unit.size));
  return time ? text : text + " messages/s";
}

std::string of_runs(std::uint64_t fewest, std::uint64_t most) {
  if (most == 1) return "one run";
  if (fewest == most) return fmt::format("medians of {} runs", most);
  return fmt::format("medians of {} to {} runs", fewest, most);
}

std::string sentence_of(const Case& one, const std::string& condition) {
  const Metric& main = main_metric(one.params);
  const auto value = summarise(one, main);
  const std::string name = name_of_case(one);
  if (!value) {
    return fmt::format("{}{}: {} is undefined: {}.", name, condition, main.short_name,
                       reason_in_words(value.reason()));
  }
  std::string sentence =
      fmt::format("{}{}: {} {}", name, condition, main.short_name, quantity(value->median, main));
  for (const char* other : {"p50_ns", "p99_ns", "goodput_messages_per_s"}) {
    const auto figure = summarise(one, metric(other));
    if (figure && metric(other).name != main.name)
      sentence +=
          fmt::format(", {} {}", metric(other).short_name, quantity(figure->median, metric(other)));
  }
  return fmt::format("{} ({}).", sentence, of_runs(value->n, value->n));
}

// The least and the greatest of the first group that has two, or of the first workload.
void add_figures(const Report& report, Sentences& sentences) {
  const SummaryTable table = summary_table(report);
  const Conditions conditions(table);
  std::vector<Figure> figures;
  std::string condition;
  const auto collect = [&](const SummaryGroup& group, bool by_row) {
    for (const SummaryRow& row : group.rows) {
      const Metric& main = main_metric(row.source->params);
      const auto value = summarise(*row.source, main);
      // Goodput and latency have no order.
      if (!value || (!figures.empty() && &main != &main_metric(figures.front().one->params)))
        continue;
      const std::string name =
          by_row && !table.has_arms ? row.transport : printable(row.source->id, kNameColumns);
      figures.push_back({row.source, name, value->median, value->n});
    }
  };
  for (const SummaryGroup& group : table.groups) {
    figures.clear();
    collect(group, true);
    condition = conditions.of(*group.rows.front().source);
    if (figures.size() > 1) break;
  }
  if (figures.size() < 2) {
    figures.clear();
    condition.clear();
    const std::string& workload = report.cases.front().params.workload;
    for (const SummaryGroup& group : table.groups) {
      if (group.rows.front().source->params.workload == workload) collect(group, false);
    }
  }
  if (figures.size() < 2) {
    for (const Case& one : report.cases) {
      if (std::ranges::any_of(one.runs, &Run::valid)) {
        sentences.push_back(sentence_of(one, conditions.of(one)));
        return;
      }
    }
    return;
  }
  const auto [least, most] = std::ranges::minmax_element(figures, {}, &Figure::value);
  const auto fewest = std::ranges::min(figures, {}, &Figure::runs).runs;
  const auto runs = std::ranges::max(figures, {}, &Figure::runs).runs;
  const Metric& of = main_metric(least->one->params);
  sentences.push_back(fmt::format("Observed: {}{} from {} ({}) to {} ({}), {}.", of.short_name,
                                  condition, quantity(least->value, of), least->name,
                                  quantity(most->value, of), most->name, of_runs(fewest, runs)));
}

// --- searches -----------------------------------------------------------------------------------

std::string sentence_of(const RateSearch& search) {
  const std::string name = fmt::format("{}, {}", printable(search.id, kNameColumns),
                                       printable(search.goal, kNameColumns));
  switch (end_of(search)) {
    case SearchEnd::found:
      return fmt::format("{}: holds up to {}{}.", name,
                         search.limit == RateLimit::path ? "" : "at least ",
                         quantity(*search.lower_bound_per_s, metric("goodput_messages_per_s")));
    case SearchEnd::none:
      return name + ": no rate that was searched reaches the goal.";
    case SearchEnd::incomplete:
      return name + ": the search did not come to its end.";
    case SearchEnd::invalid:
      break;
  }
  return name + ": no trial said anything of a rate.";
}

void add_searches(const Report& report, Sentences& sentences) {
  const std::size_t shown = std::min<std::size_t>(report.searches.size(), 2);
  for (std::size_t i = 0; i < shown; ++i) sentences.push_back(sentence_of(report.searches[i]));
  if (const std::size_t more = report.searches.size() - shown; more > 0)
    sentences.push_back(
        fmt::format("{} more {} in the table.", more, more == 1 ? "search is" : "searches are"));
}

// --- all ----------------------------------------------------------------------------------------

Sentences shortened(Sentences sentences) {
  if (sentences.size() > kMostSentences) sentences.resize(kMostSentences);
  return sentences;
}

// The last sentence is the tally, which is not cut away: the largest of many differences alone
// would flatter.
void add_differences(const std::vector<Claim>& claims, Sentences& sentences) {
  Sentences differences, tally;
  add_claims(claims, differences);
  add_tally(claims, tally);
  const std::size_t taken = std::min(sentences.size() + tally.size(), kMostSentences);
  differences.resize(std::min(differences.size(), kMostSentences - taken));
  std::ranges::move(differences, std::back_inserter(sentences));
  std::ranges::move(tally, std::back_inserter(sentences));
}

bool any_shown(const std::vector<Claim>& claims) {
  return std::ranges::any_of(
      claims, [](const Claim& claim) { return claim.kind == Claim::Kind::difference; });
}

}  // namespace

std::vector<std::string> headline(const Report& report, const Maybe<CompareOutcome>& told) {
  Sentences sentences;
  add_trouble(report, "", sentences);
  const RunCounts runs = count_runs(report);
  if (runs.invalid < runs.all) {
    if (told) add_gates(*told, sentences);
    const auto claims =
        told && told->invalid.empty() ? claims_of(report, *told) : std::vector<Claim>{};
    if (!claims.empty()) add_differences(claims, sentences);
    if (!any_shown(claims)) add_figures(report, sentences);
  }
  add_searches(report, sentences);
  return shortened(std::move(sentences));
}

std::vector<std::string> headline(const Report& baseline, const Report& candidate,
                                  const CompareOutcome& outcome) {
  Sentences sentences;
  if (outcome.verdict == ComparisonVerdict::refused) {
    std::vector<std::string> items;
    for (const Mismatch& mismatch : outcome.hard_mismatches)
      items.push_back(printable(mismatch.item, kNameColumns));
    constexpr std::size_t kMost = 3;
    const std::size_t more = items.size() > kMost ? items.size() - kMost : 0;
    items.resize(items.size() - more);
    sentences.push_back(
        fmt::format("Not compared: the two reports differ in {}{}, which must be equal.",
                    fmt::join(items, ", "), more == 0 ? "" : fmt::format(" and {} more", more)));
  }
  add_trouble(baseline, " of the baseline", sentences);
  add_trouble(candidate, " of the candidate", sentences);
  add_gates(outcome, sentences);
  if (outcome.invalid.empty() && !outcome.comparisons.empty()) {
    const auto claims = claims_of(candidate, outcome);
    if (!claims.empty()) add_differences(claims, sentences);
  }
  return shortened(std::move(sentences));
}

}  // namespace sockmark::report
