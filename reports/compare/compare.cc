#include "reports/compare/compare.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "reports/compare/compare_effect.h"
#include "reports/compare/compare_gates.h"
#include "reports/compare/compare_params.h"
#include "reports/compare/compare_runs.h"
#include "reports/model/params_text.h"
#include "reports/model/reverse_stream.h"
#include "stats/p_adjust.h"
#include "stats/stopping_rule.h"

namespace sockmark::report {
namespace {

constexpr const char* kDefaultMetrics[] = {"p50", "p99", "goodput", "cpu", "loss",
                                           // Where both ends send a stream.
                                           "reverse_p50_ns", "reverse_p99_ns",
                                           "reverse_goodput_messages_per_s", "reverse_loss_ratio"};

std::vector<const Metric*> metrics_of(const CompareOptions& options) {
  std::vector<const Metric*> chosen = options.metrics;
  if (chosen.empty()) {
    for (const char* name : kDefaultMetrics) chosen.push_back(find_metric(name));
  }
  for (const GateSpec& gate : options.gates) {
    if (std::ranges::find(chosen, gate.metric) == chosen.end()) chosen.push_back(gate.metric);
  }
  return chosen;
}

// With more than one planned look each uses a lower alpha (stats/stopping_rule.h).
double alpha_of(const Report& report) {
  return report.stopping && report.stopping->planned_looks.size() > 1 ? kAlphaLooks : kAlphaFixed;
}

int exit_status_of(ComparisonVerdict verdict, Inconclusive policy) {
  constexpr int kPass = 0, kFail = 1, kInconclusive = 3, kInvalid = 4;
  switch (verdict) {
    case ComparisonVerdict::pass:
    case ComparisonVerdict::no_gate:
      return kPass;
    case ComparisonVerdict::fail:
      return kFail;
    case ComparisonVerdict::invalid:
    case ComparisonVerdict::refused:
      return kInvalid;
    case ComparisonVerdict::inconclusive:
      break;
  }
  switch (policy) {
    case Inconclusive::pass:
      return kPass;
    case Inconclusive::fail:
      return kFail;
    case Inconclusive::own:
      break;
  }
  return kInconclusive;
}

// Collects pairs of cases, and judges them together at the end.
class Comparing {
 public:
  Comparing(const CompareOptions& options, double alpha, Design design)
      : options_(options), metrics_(metrics_of(options)), alpha_(alpha), design_(design) {
    outcome_.design = design;
    outcome_.accept_unpaired = options.accept_unpaired;
    outcome_.inconclusive = options.inconclusive;
  }

  // `question`: the parameter in which the cases are meant to differ, if any.
  Result<> add(const Case& baseline, const Case& candidate, const Parameter* question);
  // A case of the baseline that the candidate lacks: its gates cannot be judged.
  void add_missing(const std::string& id) {
    outcome_.notes.push_back(fmt::format("{} is not in the candidate's report", id));
    missing_ = true;
  }
  void note(std::string line) { outcome_.notes.push_back(std::move(line)); }
  CompareOutcome conclude() &&;

 private:
  void add_excluded(std::vector<ExcludedRun> excluded);
  void judge_gates();
  void adjust_p_values();

  const CompareOptions& options_;
  std::vector<const Metric*> metrics_;
  double alpha_;
  Design design_;
  bool missing_ = false;
  std::vector<std::pair<std::size_t, PendingGate>> gates_;  // with the comparison that it is of
  CompareOutcome outcome_;
};

Result<> Comparing::add(const Case& baseline, const Case& candidate, const Parameter* question) {
  auto runs = TRY(choose_runs(baseline, candidate, design_));
  // A problem of the baseline occurs in every pair and is listed once.
  for (std::string& line : runs.invalid) {
    if (std::ranges::find(outcome_.invalid, line) == outcome_.invalid.end())
      outcome_.invalid.push_back(std::move(line));
  }
  const auto unequal = differing_fields(question, baseline, candidate);
  const bool both_directions = has_both_streams(baseline) || has_both_streams(candidate);
  for (const Metric* metric : metrics_) {
    const bool gated =
        std::ranges::find(options_.gates, metric, &GateSpec::metric) != options_.gates.end();
    if (metric->of_reverse && !both_directions && !gated) continue;
    Effect effect = effect_of(runs, *metric, alpha_);
    Comparison comparison = effect.comparison;
    comparison.baseline = baseline.id;
    comparison.candidate = candidate.id;
    comparison.unequal = unequal;
    if (const auto spec = std::ranges::find(options_.gates, metric, &GateSpec::metric);
        spec != options_.gates.end()) {
      auto gate =
          prepare_gate({.spec = *spec,
                        .effect = effect,
                        .runs = runs,
                        .baseline = baseline.params,
                        .candidate = candidate.params,
                        .unpaired = options_.accept_unpaired ? UnpairedGates::judged
                                                             : UnpairedGates::inconclusive});
      if (gate) {
        gates_.emplace_back(outcome_.comparisons.size(), *std::move(gate));
      } else {
        comparison.gate = Maybe<GateVerdict>::none(gate.reason());
      }
    }
    outcome_.comparisons.push_back(std::move(comparison));
  }
  add_excluded(std::move(runs.excluded));
  return {};
}

// A baseline is compared more than once, and its excluded runs are listed once.
void Comparing::add_excluded(std::vector<ExcludedRun> excluded) {
  for (ExcludedRun& run : excluded) {
    const bool known = std::ranges::any_of(outcome_.excluded_runs, [&](const ExcludedRun& other) {
      return other.case_id == run.case_id && other.index == run.index && other.rule == run.rule &&
             other.report == run.report;
    });
    if (!known) outcome_.excluded_runs.push_back(std::move(run));
  }
}

void Comparing::judge_gates() {
  std::vector<PendingGate> pending;
  for (auto& [comparison, gate] : gates_) pending.push_back(std::move(gate));
  auto verdicts = judge_all(pending, alpha_);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    GateVerdict& verdict = verdicts[i];
    outcome_.gates.add(verdict.verdict);
    outcome_.comparisons[gates_[i].first].gate = std::move(verdict);
  }
}

void Comparing::adjust_p_values() {
  std::vector<Comparison*> adjusted;
  std::vector<double> p;
  for (Comparison& comparison : outcome_.comparisons) {
    if (!comparison.p_value) continue;
    adjusted.push_back(&comparison);
    p.push_back(*comparison.p_value);
  }
  const auto answers = benjamini_hochberg(p);
  for (std::size_t i = 0; i < adjusted.size(); ++i) adjusted[i]->p_adjusted = answers[i];
}

CompareOutcome Comparing::conclude() && {
  if (options_.gates.empty()) {
    adjust_p_values();
  } else {
    judge_gates();
  }
  decide(outcome_, options_.gates.empty() ? GatesAsked::none
                   : missing_             ? GatesAsked::of_some
                                          : GatesAsked::of_all);
  return std::move(outcome_);
}

// --- within one report --------------------------------------------------------------------------

// Cases that differ only in the parameter and the parameters that follow from it.
using Group = std::vector<const Case*>;

std::vector<Group> grouped(const Report& report, const Parameter& parameter) {
  std::vector<Group> groups;
  std::map<std::string, std::size_t> at;
  for (const Case& one : report.cases) {
    const auto [found, added] = at.emplace(key_without(parameter, one.params), groups.size());
    if (added) groups.emplace_back();
    groups[found->second].push_back(&one);
  }
  return groups;
}

// Only an interleaved order has blocks: every case once, in random order. A random order shuffles
// all runs, so that runs of equal index may be hours apart.
Design design_of(const Report& report) {
  const auto order = report.plan_effective.find("order");
  const bool blocks = order != report.plan_effective.end() && order->second == "interleaved";
  return blocks ? Design::paired : Design::unpaired;
}

Result<> add_group(const Group& group, const Parameter& parameter, const std::string& baseline,
                   Comparing& comparing) {
  std::map<std::string, const Case*> by_value;
  for (const Case* one : group) {
    const auto [found, added] = by_value.emplace(parameter.text(one->params), one);
    if (added) continue;
    return Error{fmt::format("cases \"{}\" and \"{}\" have the same parameters", found->second->id,
                             one->id)};
  }
  const auto first = by_value.find(baseline);
  if (first == by_value.end()) {
    for (const Case* one : group)
      comparing.note(
          fmt::format("{} has no counterpart with {} {}", one->id, parameter.name, baseline));
    return {};
  }
  if (group.size() == 1) comparing.note(fmt::format("{} has no counterpart", group.front()->id));
  for (const Case* one : group) {
    if (one == first->second) continue;
    if (auto added = comparing.add(*first->second, *one, &parameter); !added) return added;
  }
  return {};
}

// --- two reports --------------------------------------------------------------------------------

Result<std::map<std::string_view, const Case*>> cases_by_id(const Report& report,
                                                            const char* which) {
  std::map<std::string_view, const Case*> cases;
  for (const Case& one : report.cases) {
    if (!cases.emplace(one.id, &one).second)
      return Error{fmt::format("the {} has two cases \"{}\"", which, one.id)};
  }
  return cases;
}

void add_mismatches(const std::map<std::string, std::string>& baseline,
                    const std::map<std::string, std::string>& candidate,
                    std::vector<Mismatch>& mismatches) {
  const auto value = [](const auto& items, const std::string& name) {
    const auto found = items.find(name);
    return found == items.end() ? "not recorded" : found->second;
  };
  auto all = baseline;
  all.insert(candidate.begin(), candidate.end());
  for (const auto& [name, unused] : all) {
    Mismatch mismatch{name, value(baseline, name), value(candidate, name)};
    if (mismatch.baseline != mismatch.candidate) mismatches.push_back(std::move(mismatch));
  }
}

void add_placement(const char* name, const Maybe<Process>& baseline,
                   const Maybe<Process>& candidate, CompareOutcome& outcome) {
  if (!baseline || !candidate) return;
  const auto add = [&](const char* item, std::string a, std::string b, auto& mismatches) {
    if (a != b) mismatches.push_back({fmt::format("{}.{}", name, item), a, b});
  };
  add("affinity", fmt::format("{}", baseline->affinity), fmt::format("{}", candidate->affinity),
      outcome.hard_mismatches);
  add("scheduler", baseline->scheduler, candidate->scheduler, outcome.soft_mismatches);
  add("nice", fmt::format("{}", baseline->nice), fmt::format("{}", candidate->nice),
      outcome.soft_mismatches);
}

// Where one end was, if it was elsewhere in one of the reports.
void add_end(const std::string& name, const Report& baseline, const Report& candidate,
             CompareOutcome& outcome) {
  const auto end_of = [&](const Report& report) {
    const auto found =
        std::ranges::find(report.ends, name, [](const End& end) { return name_of(end); });
    return found == report.ends.end() ? nullptr : &*found;
  };
  const End *a = end_of(baseline), *b = end_of(candidate);
  if (a == nullptr && b == nullptr) return;
  if (a == nullptr || b == nullptr) {
    const auto place = [](const End* end) { return end == nullptr ? "here" : "elsewhere"; };
    outcome.hard_mismatches.push_back({name, place(a), place(b)});
    return;
  }
  const auto add = [&](const auto& of_a, const auto& of_b, std::vector<Mismatch>& mismatches) {
    const std::size_t first = mismatches.size();
    add_mismatches(of_a, of_b, mismatches);
    for (std::size_t i = first; i < mismatches.size(); ++i)
      mismatches[i].item = name + "." + mismatches[i].item;
  };
  add(a->environment.hard, b->environment.hard, outcome.hard_mismatches);
  add(a->environment.soft, b->environment.soft, outcome.soft_mismatches);
  using Texts = std::map<std::string, std::string>;
  add(Texts{{"version", a->tool.version}, {"git", a->tool.git}},
      Texts{{"version", b->tool.version}, {"git", b->tool.git}}, outcome.soft_mismatches);
}

// The facts that must be equal for two reports to be comparable
// (docs/definitions/environment.md).
CompareOutcome fingerprints(const Report& baseline, const Report& candidate) {
  CompareOutcome outcome;
  const Environment &a = baseline.environment, &b = candidate.environment;
  add_mismatches(a.hard, b.hard, outcome.hard_mismatches);
  add_mismatches(a.soft, b.soft, outcome.soft_mismatches);
  add_placement("generator", baseline.generator_process, candidate.generator_process, outcome);
  add_placement("responder", baseline.responder_process, candidate.responder_process, outcome);
  std::vector<std::string> ends;
  for (const Report* report : {&baseline, &candidate}) {
    for (const End& end : report->ends) {
      if (std::ranges::count(ends, name_of(end)) == 0) ends.push_back(name_of(end));
    }
  }
  for (const auto& end : ends) add_end(end, baseline, candidate, outcome);
  return outcome;
}

// Compares the cases of the baseline that have `value` with those of the candidate that differ in
// the parameter alone.
Result<> add_counterparts(const Report& baseline, const Report& candidate,
                          const Parameter& parameter, const std::string& value,
                          Comparing& comparing) {
  std::set<const Case*> compared;
  for (const Case& one : baseline.cases) {
    if (parameter.text(one.params) != value) continue;
    const std::string key = key_without(parameter, one.params);
    bool found = false;
    for (const Case& other : candidate.cases) {
      if (parameter.text(other.params) == value || key_without(parameter, other.params) != key)
        continue;
      TRY(comparing.add(one, other, &parameter));
      compared.insert(&other);
      found = true;
    }
    if (!found)
      comparing.note(fmt::format("{} has no counterpart in the candidate's report", one.id));
  }
  for (const Case& other : candidate.cases) {
    if (!compared.contains(&other))
      comparing.note(fmt::format("{} has no counterpart in the baseline's report", other.id));
  }
  return {};
}

// Parameters that the id leaves out, such as the duration, and socket options.
void add_params(const Case& baseline, const Case& candidate, std::vector<Mismatch>& refused) {
  for (const Parameter& parameter : parameters()) {
    std::string a = parameter.text(baseline.params), b = parameter.text(candidate.params);
    if (a == b) continue;
    refused.push_back({fmt::format("{} of {}", parameter.name, baseline.id), a, b});
  }
  // Of those that both reports have: an earlier version of sockmark recorded fewer.
  const auto options = [](const Params& params, const Params& other) {
    std::map<std::string, std::string> texts;
    for (const auto& [name, value] : params.socket_options) {
      if (other.socket_options.contains(name)) texts[name] = value_text(value);
    }
    return texts;
  };
  std::vector<Mismatch> mismatches;
  add_mismatches(options(baseline.params, candidate.params),
                 options(candidate.params, baseline.params), mismatches);
  for (Mismatch& mismatch : mismatches) {
    mismatch.item += " of " + baseline.id;
    refused.push_back(std::move(mismatch));
  }
}

// With the parameters that no case of one report shares with a case of the other.
Error no_common_case(const Report& baseline, const Report& candidate) {
  std::vector<std::string> differ, names;
  for (const Parameter& parameter : parameters()) {
    const auto mine = values_of(parameter, baseline.cases);
    const auto others = values_of(parameter, candidate.cases);
    const bool shared = std::ranges::any_of(
        mine, [&](const auto& value) { return std::ranges::count(others, value) > 0; });
    if (shared || mine.empty() || others.empty()) continue;
    differ.push_back(fmt::format("{} is {} in the baseline and {} in the candidate", parameter.name,
                                 fmt::join(mine, ", "), fmt::join(others, ", ")));
    names.emplace_back(parameter.name);
  }
  const std::string what = differ.empty() ? "" : fmt::format(": {}", fmt::join(differ, "; "));
  const std::string how =
      names.size() == 1 ? fmt::format("; --by {} compares them", names.front()) : "";
  return Error{fmt::format("the two reports have no case in common{}{}", what, how)};
}

// Of two machines that must not be compared: the differences alone.
CompareOutcome refuse(CompareOutcome machine, const CompareOptions& options) {
  machine.accept_unpaired = options.accept_unpaired;
  machine.inconclusive = options.inconclusive;
  decide(machine, GatesAsked::none);
  return machine;
}

}  // namespace

void Counts::add(Gate verdict) {
  switch (verdict) {
    case Gate::pass:
      ++pass;
      return;
    case Gate::fail:
      ++fail;
      return;
    case Gate::inconclusive:
      ++inconclusive;
      return;
  }
}

void decide(CompareOutcome& outcome, GatesAsked asked) {
  const Counts& gates = outcome.gates;
  if (!outcome.invalid.empty()) {
    outcome.verdict = ComparisonVerdict::invalid;
  } else if (!outcome.hard_mismatches.empty()) {
    outcome.verdict = ComparisonVerdict::refused;
  } else if (asked == GatesAsked::none) {
    outcome.verdict = ComparisonVerdict::no_gate;
  } else if (gates.fail > 0) {
    outcome.verdict = ComparisonVerdict::fail;
  } else if (gates.inconclusive == 0 && gates.pass > 0 && asked == GatesAsked::of_all) {
    outcome.verdict = ComparisonVerdict::pass;
  } else {
    outcome.verdict = ComparisonVerdict::inconclusive;
  }
  outcome.exit_status = exit_status_of(outcome.verdict, outcome.inconclusive);
}

Result<CompareOutcome> compare_by(const Report& report, std::string_view parameter,
                                  const std::optional<std::string>& baseline,
                                  const CompareOptions& options) {
  const auto question = TRY(choose_parameter(report.cases, parameter));
  const auto value = TRY(choose_baseline(report.cases, *question, baseline));
  Comparing comparing(options, alpha_of(report), design_of(report));
  for (const Group& group : grouped(report, *question)) {
    if (auto added = add_group(group, *question, value, comparing); !added)
      return std::move(added).error();
  }
  if (report.interrupted) comparing.note("interrupted: only runs that were complete");
  CompareOutcome outcome = std::move(comparing).conclude();
  if (outcome.comparisons.empty()) {
    return Error{fmt::format("no two cases differ in {} alone, with {} as the baseline",
                             question->name, value)};
  }
  outcome.parameter = question->name;
  outcome.baseline_value = value;
  outcome.stopping = report.stopping;
  return outcome;
}

Result<CompareOutcome> compare_reports(const Report& baseline, const Report& candidate,
                                       const CompareOptions& options) {
  const auto mine = TRY(cases_by_id(baseline, "baseline"));
  const auto others = TRY(cases_by_id(candidate, "candidate"));
  CompareOutcome machine = fingerprints(baseline, candidate);
  Comparing comparing(options, std::min(alpha_of(baseline), alpha_of(candidate)), Design::unpaired);
  bool any = false;
  for (const Case& one : baseline.cases) {
    const auto other = others.find(one.id);
    if (other == others.end()) {
      comparing.add_missing(one.id);
      continue;
    }
    any = true;
    add_params(one, *other->second, machine.hard_mismatches);
    if (!machine.hard_mismatches.empty()) continue;
    if (auto added = comparing.add(one, *other->second, nullptr); !added)
      return std::move(added).error();
  }
  if (!any) return no_common_case(baseline, candidate);
  for (const Case& one : candidate.cases) {
    if (!mine.contains(one.id))
      comparing.note(fmt::format("{} is not in the baseline's report", one.id));
  }
  if (!machine.hard_mismatches.empty()) return refuse(std::move(machine), options);
  CompareOutcome outcome = std::move(comparing).conclude();
  outcome.soft_mismatches = std::move(machine.soft_mismatches);
  return outcome;
}

Result<CompareOutcome> compare_reports_by(const Report& baseline, const Report& candidate,
                                          std::string_view parameter,
                                          const std::optional<std::string>& wanted,
                                          const CompareOptions& options) {
  std::vector<Case> both = baseline.cases;
  both.insert(both.end(), candidate.cases.begin(), candidate.cases.end());
  const auto question = TRY(choose_parameter(both, parameter));
  const auto value = TRY(choose_baseline(baseline.cases, *question, wanted));
  CompareOutcome machine = fingerprints(baseline, candidate);
  if (!machine.hard_mismatches.empty()) return refuse(std::move(machine), options);
  Comparing comparing(options, std::min(alpha_of(baseline), alpha_of(candidate)), Design::unpaired);
  TRY(add_counterparts(baseline, candidate, *question, value, comparing));
  CompareOutcome outcome = std::move(comparing).conclude();
  if (outcome.comparisons.empty()) {
    return Error{fmt::format(
        "no case of the candidate differs in {} alone from a case of the baseline with {}",
        question->name, value)};
  }
  outcome.parameter = question->name;
  outcome.baseline_value = value;
  outcome.soft_mismatches = std::move(machine.soft_mismatches);
  return outcome;
}

}  // namespace sockmark::report
