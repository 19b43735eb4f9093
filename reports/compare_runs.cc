#include "reports/compare_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "reports/statistics/sign_flip.h"

namespace sockmark::report {
namespace {

constexpr const char* kBaseline = "baseline";
constexpr const char* kCandidate = "candidate";

// What is the fault of the arm that was measured: it crashed, or broke what its transport promises.
std::optional<std::string> failure_of(const Run& run) {
  // A run that did not come to its end has no section to compare.
  if (!run.throughput && !run.latency) {
    return "failed: " + (run.invalid_reasons.empty() ? "no figures" : run.invalid_reasons.front());
  }
  if (run.integrity && run.integrity->stream_integrity_errors > 0) {
    return fmt::format("{} breach(es) of what the transport promises",
                       run.integrity->stream_integrity_errors);
  }
  return std::nullopt;
}

// The rule by which a run is excluded.
std::optional<std::string> excluding_rule(const Run& run) {
  if (auto failure = failure_of(run)) return failure;
  if (std::ranges::find(run.invalid_reasons, kEnvironmentChanged) != run.invalid_reasons.end()) {
    return kEnvironmentChanged;
  }
  return std::nullopt;
}

// By a rule that reads what was measured: the run stays, and casts doubt.
bool invalid_by_value(const Run& run) {
  return !run.valid || (run.generator && run.generator->saturated && *run.generator->saturated);
}

bool unsteady(const Run& run) { return run.steady && !*run.steady; }

Result<> check(const Case& one) {
  if (one.runs.size() > kMostBlocks) {
    return Error{fmt::format("case \"{}\" has {} runs; at most {} are compared", one.id,
                             one.runs.size(), kMostBlocks)};
  }
  std::set<std::uint64_t> indices;
  for (const Run& run : one.runs) {
    if (!indices.insert(run.index).second)
      return Error{fmt::format("case \"{}\" has two runs with index {}", one.id, run.index)};
  }
  return {};
}

// Counts what is excluded against what there is, in blocks, or in runs where nothing pairs them.
struct Exclusions {
  ComparedRuns& result;
  bool two_reports = false;
  std::size_t units = 0, excluded = 0;

  void exclude(const char* arm, const Case& one, const Run& run, std::string rule) const {
    ExcludedRun out;
    out.case_id = one.id;
    out.index = run.index;
    out.rule = std::move(rule);
    if (two_reports) out.report = arm;
    result.excluded.push_back(std::move(out));
  }
};

void choose_blocks(const Case& baseline, const Case& candidate, Exclusions& exclusions) {
  std::map<std::uint64_t, const Run*> others;
  for (const Run& run : candidate.runs) others[run.index] = &run;
  // An interruption leaves half a block, which no rule excluded.
  constexpr const char* kHalf = "the other run of its block was not made";
  for (const Run& run : baseline.runs) {
    const auto found = others.find(run.index);
    if (found == others.end()) {
      exclusions.exclude(kBaseline, baseline, run, kHalf);
      continue;
    }
    const Run& other = *found->second;
    others.erase(found);
    ++exclusions.units;
    auto rule = excluding_rule(run);
    auto rule_of_other = excluding_rule(other);
    if (!rule && !rule_of_other) {
      exclusions.result.baseline.push_back(&run);
      exclusions.result.candidate.push_back(&other);
      continue;
    }
    ++exclusions.excluded;
    constexpr const char* kWhole = "the other run of its block is excluded";
    exclusions.exclude(kBaseline, baseline, run, rule.value_or(kWhole));
    exclusions.exclude(kCandidate, candidate, other, rule_of_other.value_or(kWhole));
  }
  for (const auto& [index, run] : others) exclusions.exclude(kCandidate, candidate, *run, kHalf);
}

void choose_alone(const char* arm, const Case& one, std::vector<const Run*>& used,
                  Exclusions& exclusions) {
  for (const Run& run : one.runs) {
    ++exclusions.units;
    if (auto rule = excluding_rule(run)) {
      ++exclusions.excluded;
      exclusions.exclude(arm, one, run, *std::move(rule));
    } else {
      used.push_back(&run);
    }
  }
}

bool beyond(std::size_t part, std::size_t whole) {
  return static_cast<double>(part) > kMostDoubtful * static_cast<double>(whole);
}

// A failure is no accident to be forgotten: the arm that failed does not pass without those runs
// (definitions 13.4).
void tell_failures(const char* arm, const Case& one, ComparedRuns& result) {
  std::size_t failures = 0;
  std::string first;
  for (const Run& run : one.runs) {
    auto failure = failure_of(run);
    if (!failure) continue;
    if (failures++ == 0) first = *std::move(failure);
  }
  if (failures == 0) return;
  result.invalid.push_back(
      fmt::format("{} of {} runs of the {} {}", failures, one.runs.size(), arm, first));
}

void judge_health(const Exclusions& exclusions, ComparedRuns& result) {
  if (beyond(exclusions.excluded, exclusions.units)) {
    result.invalid.push_back(fmt::format("{} of {} {} are excluded", exclusions.excluded,
                                         exclusions.units, result.paired ? "blocks" : "runs"));
  }
  std::vector<const Run*> used = result.baseline;
  used.insert(used.end(), result.candidate.begin(), result.candidate.end());
  const auto count = [&](auto meant) {
    return static_cast<std::size_t>(
        std::ranges::count_if(used, [&](const Run* run) { return meant(*run); }));
  };
  if (const auto invalid = count(invalid_by_value); invalid > 0) {
    const auto first =
        std::ranges::find_if(used, [](const Run* run) { return invalid_by_value(*run); });
    const auto& reasons = (*first)->invalid_reasons;
    const auto line = fmt::format("{} of {} runs are invalid: {}", invalid, used.size(),
                                  reasons.empty() ? "generator saturated" : reasons.front());
    (beyond(invalid, used.size()) ? result.invalid : result.doubts).push_back(line);
  }
  if (const auto restless = count(unsteady); beyond(restless, used.size())) {
    result.doubts.push_back(fmt::format("{} of {} runs were not steady", restless, used.size()));
  }
}

}  // namespace

std::size_t ComparedRuns::blocks() const { return std::min(baseline.size(), candidate.size()); }

Result<ComparedRuns> choose_runs(const Case& baseline, const Case& candidate, bool paired) {
  for (const Case* one : {&baseline, &candidate}) {
    if (auto sound = check(*one); !sound) return std::move(sound).error();
  }
  ComparedRuns result;
  result.paired = paired;
  // Within one report an id names one case.
  Exclusions exclusions{.result = result, .two_reports = baseline.id == candidate.id};
  if (paired) {
    choose_blocks(baseline, candidate, exclusions);
  } else {
    choose_alone(kBaseline, baseline, result.baseline, exclusions);
    choose_alone(kCandidate, candidate, result.candidate, exclusions);
  }
  tell_failures(kBaseline, baseline, result);
  tell_failures(kCandidate, candidate, result);
  judge_health(exclusions, result);
  return result;
}

}  // namespace sockmark::report
