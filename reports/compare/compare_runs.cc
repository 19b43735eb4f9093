#include "reports/compare/compare_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>

#include "reports/model/reasons.h"
#include "stats/sign_flip.h"

namespace sockmark::report {
namespace {

// A fault of the measured program: it crashed, or broke a promise of its transport.
std::optional<std::string> failure_of(const Run& run) {
  // A run that did not finish has no section to compare.
  if (!run.throughput && !run.latency) {
    return "failed: " + (run.invalid_reasons.empty() ? "no figures" : run.invalid_reasons.front());
  }
  if (run.integrity && run.integrity->stream_integrity_errors > 0) {
    return fmt::format("failed: {} breach(es) of the transport's promises",
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

// Invalid by a rule that reads a measured value: the run is kept, and is a caveat.
bool invalid_by_value(const Run& run) {
  return !run.valid || (run.generator && run.generator->saturated && *run.generator->saturated);
}

bool unsteady(const Run& run) { return run.steady && !*run.steady; }
bool interfered(const Run& run) { return run.valid && !run.interference_reasons.empty(); }

Result<> check(const Case& one) {
  if (one.runs.size() > kMaxBlocks) {
    return Error{fmt::format("case \"{}\" has {} runs; at most {} are compared", one.id,
                             one.runs.size(), kMaxBlocks)};
  }
  std::set<std::uint64_t> indices;
  for (const Run& run : one.runs) {
    if (!indices.insert(run.index).second)
      return Error{fmt::format("case \"{}\" has two runs with index {}", one.id, run.index)};
  }
  return {};
}

// One of the two cases, by its arm where both have the same id.
struct Side {
  Arm arm;
  const Case& one;
  bool two_reports;

  [[nodiscard]] std::string name() const {
    return two_reports ? fmt::format("{} of the {}", one.id, name_of(arm)) : one.id;
  }
};

// Counts the excluded blocks (unpaired: runs) among all.
struct Exclusions {
  ComparedRuns& result;
  bool two_reports = false;
  std::size_t units = 0, excluded = 0;

  void exclude(Arm arm, const Case& one, const Run& run, std::string rule) const {
    ExcludedRun out;
    out.case_id = one.id;
    out.index = run.index;
    out.rule = std::move(rule);
    if (two_reports) out.report = arm;
    result.excluded.push_back(std::move(out));
  }
};

// The runs of a case but for a partial one, which is no unit of the comparison.
std::vector<const Run*> whole_runs(Arm arm, const Case& one, const Exclusions& exclusions) {
  std::vector<const Run*> runs;
  for (const Run& run : one.runs) {
    if (is_partial(one.params, run)) {
      exclusions.exclude(arm, one, run, "interrupted");
    } else {
      runs.push_back(&run);
    }
  }
  return runs;
}

void choose_blocks(const Case& baseline, const Case& candidate, Exclusions& exclusions) {
  std::map<std::uint64_t, const Run*> others;
  for (const Run* run : whole_runs(Arm::candidate, candidate, exclusions)) others[run->index] = run;
  // An interruption leaves half a block.
  constexpr const char* kHalf = "the other run of its block is missing";
  for (const Run* each : whole_runs(Arm::baseline, baseline, exclusions)) {
    const Run& run = *each;
    const auto found = others.find(run.index);
    if (found == others.end()) {
      exclusions.exclude(Arm::baseline, baseline, run, kHalf);
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
    exclusions.exclude(Arm::baseline, baseline, run, rule.value_or(kWhole));
    exclusions.exclude(Arm::candidate, candidate, other, rule_of_other.value_or(kWhole));
  }
  for (const auto& [index, run] : others)
    exclusions.exclude(Arm::candidate, candidate, *run, kHalf);
}

void choose_alone(Arm arm, const Case& one, std::vector<const Run*>& used, Exclusions& exclusions) {
  for (const Run* run : whole_runs(arm, one, exclusions)) {
    ++exclusions.units;
    if (auto rule = excluding_rule(*run)) {
      ++exclusions.excluded;
      exclusions.exclude(arm, one, *run, *std::move(rule));
    } else {
      used.push_back(run);
    }
  }
}

bool beyond(std::size_t part, std::size_t whole) {
  return static_cast<double>(part) > kMaxDoubtful * static_cast<double>(whole);
}

// The first of the most frequent reasons that are alike, with their number if there are others.
std::string most_frequent(std::span<const std::string> reasons) {
  const auto alike = alike_reasons(reasons);
  const auto& most = alike.front();
  return alike.size() == 1 ? most.first
                           : fmt::format("{} ({} of {})", most.first, most.count, reasons.size());
}

// An arm that failed must not pass on its other runs
// (docs/definitions/stopping.md#failed-runs).
void add_failures(const Side& side, ComparedRuns& result) {
  std::vector<std::string> failures;
  for (const Run& run : side.one.runs) {
    if (auto failure = failure_of(run)) failures.push_back(*std::move(failure));
  }
  if (failures.empty()) return;
  result.invalid.push_back(fmt::format("{}: {} of {} runs {}", side.name(), failures.size(),
                                       side.one.runs.size(), most_frequent(failures)));
}

// One line on the runs of a side that are invalid by value; empty if there are none.
std::optional<std::string> invalid_line(const Side& side, std::span<const Run* const> used) {
  std::size_t invalid = 0;
  std::vector<std::string> reasons;
  for (const Run* run : used) {
    if (!invalid_by_value(*run)) continue;
    ++invalid;
    if (run->invalid_reasons.empty()) reasons.emplace_back("generator saturated");
    reasons.insert(reasons.end(), run->invalid_reasons.begin(), run->invalid_reasons.end());
  }
  if (invalid == 0) return std::nullopt;
  return fmt::format("{}: {} of {} runs invalid: {}", side.name(), invalid, used.size(),
                     most_frequent(reasons));
}

void judge_health(const Exclusions& exclusions, const Side& baseline, const Side& candidate,
                  ComparedRuns& result) {
  if (beyond(exclusions.excluded, exclusions.units)) {
    const std::string pair = exclusions.two_reports
                                 ? candidate.one.id
                                 : fmt::format("{} against {}", candidate.name(), baseline.name());
    result.invalid.push_back(fmt::format("{}: {} of {} {} excluded", pair, exclusions.excluded,
                                         exclusions.units,
                                         result.design == Design::paired ? "blocks" : "runs"));
  }
  std::vector<const Run*> used = result.baseline;
  used.insert(used.end(), result.candidate.begin(), result.candidate.end());
  const auto count = [&](auto meant) {
    return static_cast<std::size_t>(
        std::ranges::count_if(used, [&](const Run* run) { return meant(*run); }));
  };
  auto& lines = beyond(count(invalid_by_value), used.size()) ? result.invalid : result.caveats;
  for (auto line :
       {invalid_line(baseline, result.baseline), invalid_line(candidate, result.candidate)}) {
    if (line) lines.push_back(*std::move(line));
  }
  if (const auto interfered_runs = count(interfered); beyond(interfered_runs, used.size())) {
    result.caveats.push_back(
        fmt::format("{} of {} runs had interference", interfered_runs, used.size()));
  }
  if (const auto unsteady_runs = count(unsteady); beyond(unsteady_runs, used.size())) {
    result.caveats.push_back(
        fmt::format("{} of {} runs were not steady", unsteady_runs, used.size()));
  }
}

}  // namespace

std::size_t ComparedRuns::blocks() const { return std::min(baseline.size(), candidate.size()); }

Result<ComparedRuns> choose_runs(const Case& baseline, const Case& candidate, Design design) {
  for (const Case* one : {&baseline, &candidate}) {
    if (auto sound = check(*one); !sound) return std::move(sound).error();
  }
  ComparedRuns result;
  result.design = design;
  // Within one report an id is unique.
  Exclusions exclusions{.result = result, .two_reports = baseline.id == candidate.id};
  if (design == Design::paired) {
    choose_blocks(baseline, candidate, exclusions);
  } else {
    choose_alone(Arm::baseline, baseline, result.baseline, exclusions);
    choose_alone(Arm::candidate, candidate, result.candidate, exclusions);
  }
  const Side first{Arm::baseline, baseline, exclusions.two_reports};
  const Side second{Arm::candidate, candidate, exclusions.two_reports};
  add_failures(first, result);
  add_failures(second, result);
  judge_health(exclusions, first, second, result);
  return result;
}

}  // namespace sockmark::report
