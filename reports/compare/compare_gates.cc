#include "reports/compare/compare_gates.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "reports/format/units.h"
#include "reports/model/summary.h"
#include "stats/p_adjust.h"
#include "stats/power.h"
#include "stats/sign_flip.h"
#include "stats/verdict.h"

namespace sockmark::report {
namespace {

constexpr const char* kClosedLoop = "closed_loop";
bool tail_of_closed_loop(const Metric& metric, const Params& params) {
  return is_tail(metric) && !params.rate_per_s;
}

bool not_applicable(const std::vector<const Run*>& runs, const Metric& metric) {
  return !runs.empty() && std::ranges::all_of(runs, [&](const Run* run) {
    const Maybe<double> value = metric.of(*run);
    return !value && value.reason() == kNotApplicable;
  });
}

bool small_sample(const std::vector<const Run*>& runs, const Metric& metric) {
  const auto share = metric.share_beyond;
  // A maximum has nothing beyond it in a sample of any size.
  if (!share || *share == 0) return false;
  return std::ranges::any_of(runs, [&](const Run* run) {
    if (!run->latency) return false;
    const Maybe<Distribution>& latency = main_latency(*run->latency);
    return latency && static_cast<double>(latency->count) * *share < kMinBeyondGate;
  });
}

// "1 block is", "5 runs of a side are".
std::string counted_units(const Comparison& comparison) {
  const std::string count =
      counted(comparison.blocks, comparison.design == Design::paired ? "block" : "run");
  const char* side = comparison.design == Design::paired ? "" : " of a side";
  return fmt::format("{}{} {}", count, side, comparison.blocks == 1 ? "is" : "are");
}

Maybe<std::uint64_t> blocks_needed(const PendingGate& gate, std::size_t gates, double alpha) {
  const std::uint64_t fewest = min_blocks(gates, alpha);
  const double bound = gate.spec.bound();
  // One block has no spread. A spread far below the margin needs no more than the minimum.
  if (!gate.effect.sd) return Maybe<std::uint64_t>::none(kTooFewBlocks);
  if (*gate.effect.sd < 1e-3 * bound) return fewest;
  const auto blocks =
      blocks_for_power(bound, *gate.effect.sd, 0.9, alpha / static_cast<double>(gates));
  if (!blocks) return Maybe<std::uint64_t>::none(kTooManyBlocks);
  return std::max<std::uint64_t>(*blocks, fewest);
}

// The smallest possible one-sided p-value: one of all sign vectors, or of all ways to assign the
// runs to the two sides.
double smallest_p(const Comparison& comparison, const Effect& effect) {
  if (comparison.design == Design::paired)
    return std::exp2(
        -static_cast<double>(std::min<std::size_t>(comparison.blocks, kMaxBlocksEnumerated)));
  double p = 1;
  const auto a = static_cast<double>(effect.baseline.size());
  for (std::size_t i = 1; i <= effect.candidate.size(); ++i)
    p *= static_cast<double>(i) / (a + static_cast<double>(i));
  return p;
}

// Why the blocks do not decide a gate; empty if they do. Must: the estimate is defined.
std::optional<std::string> undecided(const PendingGate& gate, const Verdict& alone,
                                     const Verdict& verdict, std::size_t gates, double alpha) {
  const Comparison& comparison = gate.effect.comparison;
  if (!gate.effect.interval) {
    const std::string& reason = comparison.interval.reason();
    if (reason != kTooFewBlocks && reason != kTooFewRuns) return reason_in_words(reason);
    return counted_units(comparison) + " too few for an interval";
  }
  // A gate that could not fail must not pass.
  if (smallest_p(comparison, gate.effect) > alpha / 2 / static_cast<double>(gates)) {
    return fmt::format("{} too few for a verdict over {}", counted_units(comparison),
                       counted(gates, "gate"));
  }
  if (verdict.gate != Gate::inconclusive) return std::nullopt;
  if (alone.gate == Gate::fail)
    return fmt::format("beyond the margin, but of {} gates one may be by chance", gates);
  return "the interval contains the margin";
}

GateVerdict judge_one(const PendingGate& gate, double p_holm, std::size_t gates, double alpha) {
  const Verdict alone = judge(gate.effect.interval, gate.spec.bound(), 0);
  const Verdict verdict = judge_among(alone, p_holm, alpha);
  GateVerdict result{.margin = gate.spec.margin, .reasons = gate.caveats};
  result.blocks_needed = Maybe<std::uint64_t>::none("enough_blocks");
  if (gate.effect.comparison.estimate) {
    if (auto reason = undecided(gate, alone, verdict, gates, alpha)) {
      result.reasons.push_back(*std::move(reason));
      result.blocks_needed = blocks_needed(gate, gates, alpha);
    }
  }
  result.verdict = result.reasons.empty() ? verdict.gate : Gate::inconclusive;
  return result;
}

}  // namespace

bool is_tail(const Metric& metric) { return metric.share_beyond && *metric.share_beyond < 0.5; }

Maybe<PendingGate> prepare_gate(const GateQuestion& question) {
  const auto& [spec, effect, runs, baseline, candidate, unpaired] = question;
  const Metric& metric = *spec.metric;
  if (not_applicable(runs.baseline, metric) && not_applicable(runs.candidate, metric))
    return Maybe<PendingGate>::none(kNotApplicable);
  const bool closed =
      tail_of_closed_loop(metric, baseline) || tail_of_closed_loop(metric, candidate);
  if (closed && spec.by_default) return Maybe<PendingGate>::none(kClosedLoop);

  PendingGate gate{.spec = spec, .effect = effect, .caveats = runs.caveats};
  if (closed) {
    gate.caveats.emplace_back(
        "a closed loop does not send during a stall, so that its tail is incomplete; use --rate");
  }
  if (runs.design == Design::unpaired && unpaired == UnpairedGates::inconclusive) {
    gate.caveats.emplace_back(
        "the runs are not paired, so that a change may come from the time between them "
        "(--accept-unpaired)");
  }
  if (effect.within_clock_bounds) {
    gate.caveats.emplace_back(
        "the one-way delays differ by less than what the two clocks are known to");
  }
  if (!effect.comparison.estimate) {
    gate.caveats.push_back("undefined in a run (" +
                           reason_in_words(effect.comparison.estimate.reason()) + ")");
  } else if (small_sample(runs.baseline, metric) || small_sample(runs.candidate, metric)) {
    gate.caveats.push_back(fmt::format("a run has fewer than {:.0f} messages beyond {}",
                                       kMinBeyondGate, metric.short_name));
  }
  return gate;
}

std::vector<GateVerdict> judge_all(std::span<const PendingGate> gates, double alpha) {
  std::vector<std::optional<double>> alone;
  std::vector<double> p;
  for (const PendingGate& gate : gates) {
    alone.push_back(p_worse_than(gate.effect, gate.spec.bound()));
    // A gate without a p-value counts as one of the family.
    p.push_back(alone.back().value_or(1));
  }
  const std::vector<double> adjusted = holm(p);
  std::vector<GateVerdict> verdicts;
  for (std::size_t i = 0; i < gates.size(); ++i) {
    verdicts.push_back(judge_one(gates[i], adjusted[i], gates.size(), alpha));
    verdicts.back().p_worse = maybe(alone[i], "undefined");
    verdicts.back().p_worse_holm =
        alone[i] ? Maybe<double>(adjusted[i]) : Maybe<double>::none("undefined");
  }
  return verdicts;
}

}  // namespace sockmark::report
