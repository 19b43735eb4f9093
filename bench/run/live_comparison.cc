#include "bench/run/live_comparison.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/assert.h"
#include "stats/power.h"

namespace sockmark {

namespace {

using report::StoppedBy;

std::string key_of(const report::Comparison& one) {
  return one.baseline + '\n' + one.candidate + '\n' + one.metric;
}

// The report after this number of blocks.
report::Report after_blocks(const report::Report& report, std::uint64_t blocks) {
  report::Report before = report;
  for (auto& one : before.cases)
    std::erase_if(one.runs, [&](const auto& run) { return run.index >= blocks; });
  return before;
}

bool precise(const report::Comparison& one) {
  if (!one.gate) return true;
  if (!one.interval) return false;
  const auto [low, high] = *one.interval;
  return one.effect == report::EffectKind::ratio
             ? report::precise_enough(report::Interval{std::log(low), std::log(high)},
                                      std::log(one.gate->margin))
             : report::precise_enough(report::Interval{low, high}, one.gate->margin);
}

}  // namespace

LiveComparison::LiveComparison(Question question, std::uint64_t blocks)
    : question_(std::move(question)),
      plan_(question_.until_precise ? report::until_precise(blocks)
                                    : report::fixed_blocks(blocks)) {}

report::Stopping LiveComparison::stopping(StoppedBy reason) const {
  return {.stopped_by = reason, .planned_looks = {plan_.looks.begin(), plan_.looks.end()}};
}

bool LiveComparison::look(const report::Report& report, std::uint64_t blocks) {
  auto before = after_blocks(report, blocks);
  before.stopping = stopping(StoppedBy::precision);
  const auto outcome =
      report::compare_by(before, question_.by, question_.baseline, question_.options);
  if (!outcome) return false;
  const auto& comparisons = (*outcome).comparisons;
  for (const auto& one : comparisons)
    looks_[key_of(one)].push_back({.blocks = blocks, .interval = one.interval});
  // Intervals may be narrow before there are enough blocks for a verdict over this many gates.
  const std::size_t gates = outcome->gates.total();
  if (gates > 0 && blocks < report::min_blocks(gates, plan_.alpha)) return false;
  return std::all_of(comparisons.begin(), comparisons.end(), precise);
}

bool LiveComparison::enough(const report::Report& report, std::uint64_t blocks) {
  if (!asked()) return false;
  const bool planned = !plan_.fixed() && std::find(plan_.looks.begin(), plan_.looks.end(),
                                                   blocks) != plan_.looks.end();
  const bool is_precise = planned && look(report, blocks);
  const bool spent = question_.budget && now() - started_ >= *question_.budget;
  stopped_by_ =
      report::stop_after(plan_, {.blocks = blocks, .precise = is_precise, .out_of_budget = spent});
  return stopped_by_.has_value();
}

Result<report::CompareOutcome> LiveComparison::finish(report::Report& report,
                                                      bool interrupted) const {
  ASSERT(asked());
  // No reason to stop: the measurement was ended by the user or by a full disk.
  report.stopping =
      stopping(interrupted ? StoppedBy::interrupted : stopped_by_.value_or(StoppedBy::interrupted));
  auto outcome = report::compare_by(report, question_.by, question_.baseline, question_.options);
  if (!outcome) return outcome;
  for (auto& one : outcome->comparisons) {
    if (const auto looks = looks_.find(key_of(one)); looks != looks_.end())
      one.looks = looks->second;
  }
  report.comparisons = outcome->comparisons;
  report.excluded_runs = outcome->excluded_runs;
  return outcome;
}

}  // namespace sockmark
