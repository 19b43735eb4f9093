#include "reports/compare/compare_gates.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "reports/model/summary.h"
#include "stats/p_adjust.h"
#include "stats/power.h"
#include "stats/sign_flip.h"
#include "stats/verdict.h"

namespace sockmark::report {
namespace {

constexpr const char* kClosedLoop = "closed_loop";
// A percentile is gated only where the sample of a run holds so many values beyond it
// (docs/definitions/latency.md#percentiles).
constexpr double kMinBeyondGate = 100;

// Coordinated omission (docs/definitions/latency.md#coordinated-omission): what a stall kept from
// being sent is not in the tail.
bool tail_of_closed_loop(const Metric& metric, const Params& params) {
  const auto share = metric.share_beyond;
  return share && *share < 0.5 && !params.rate_per_s;
}

bool ruled_out(const std::vector<const Run*>& runs, const Metric& metric) {
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
std::string counted(const Comparison& comparison) {
  const bool one = comparison.blocks == 1, paired = comparison.design == Design::paired;
  return fmt::format("{} {}{}{} {}", comparison.blocks, paired ? "block" : "run", one ? "" : "s",
                     paired ? "" : " of a side", one ? "is" : "are");
}

Maybe<std::uint64_t> blocks_needed(const PendingGate& gate, std::size_t gates, double alpha) {
  const std::uint64_t least = least_blocks(gates, alpha);
  const double bound = gate.spec.bound();
  // One block has no spread to go by; where it is far below the margin the least will do.
  if (!gate.effect.sd) return Maybe<std::uint64_t>::none(kTooFewBlocks);
  if (*gate.effect.sd < 1e-3 * bound) return least;
  const auto blocks =
      blocks_for_power(bound, *gate.effect.sd, 0.9, alpha / static_cast<double>(gates));
  if (!blocks) return Maybe<std::uint64_t>::none(kTooManyBlocks);
  return std::max<std::uint64_t>(*blocks, least);
}

// The smallest one-sided p-value there can be: 1 of all sign vectors, or of all ways to deal the
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

// Why the blocks do not decide a gate; nothing where they do. Must: an estimate is defined.
std::optional<std::string> undecided(const PendingGate& gate, const Verdict& alone,
                                     const Verdict& verdict, std::size_t gates, double alpha) {
  const Comparison& comparison = gate.effect.comparison;
  if (!gate.effect.interval) {
    const std::string& reason = comparison.interval.reason();
    if (reason != kTooFewBlocks && reason != kTooFewRuns) return reason_in_words(reason);
    return counted(comparison) + " too few for an interval";
  }
  // Where none could fail, none passes: a gate that is open to one side only is no gate.
  if (smallest_p(comparison, gate.effect) > alpha / 2 / static_cast<double>(gates)) {
    return fmt::format("{} too few for a verdict over {} gate{}", counted(comparison), gates,
                       gates == 1 ? "" : "s");
  }
  if (verdict.gate != Gate::inconclusive) return std::nullopt;
  if (alone.gate == Gate::fail)
    return fmt::format("beyond the margin, but one of {} gates may be so by chance", gates);
  return "the interval reaches from one side of the margin to the other";
}

GateVerdict judge_one(const PendingGate& gate, double p_holm, std::size_t gates, double alpha) {
  const Verdict alone = judge(gate.effect.interval, gate.spec.bound(), 0);
  const Verdict verdict = judge_among(alone, p_holm, alpha);
  GateVerdict result{.margin = gate.spec.margin, .reasons = gate.doubts};
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

Maybe<PendingGate> stand(const GateSpec& spec, const Effect& effect, const ComparedRuns& runs,
                         const Params& baseline, const Params& candidate, bool accept_unpaired) {
  const Metric& metric = *spec.metric;
  if (ruled_out(runs.baseline, metric) && ruled_out(runs.candidate, metric))
    return Maybe<PendingGate>::none(kNotApplicable);
  const bool closed =
      tail_of_closed_loop(metric, baseline) || tail_of_closed_loop(metric, candidate);
  if (closed && spec.by_default) return Maybe<PendingGate>::none(kClosedLoop);

  PendingGate gate{.spec = spec, .effect = effect, .doubts = runs.doubts};
  if (closed) {
    gate.doubts.emplace_back(
        "a closed loop omits what a stall kept from being sent; --rate measures it");
  }
  if (!runs.paired && !accept_unpaired) {
    gate.doubts.emplace_back(
        "nothing pairs the runs, so that a change may be that of the hours between "
        "(--accept-unpaired)");
  }
  if (!effect.comparison.estimate) {
    gate.doubts.push_back("undefined in a run (" +
                          reason_in_words(effect.comparison.estimate.reason()) + ")");
  } else if (small_sample(runs.baseline, metric) || small_sample(runs.candidate, metric)) {
    gate.doubts.push_back(fmt::format("a run has fewer than {:.0f} messages beyond {}",
                                      kMinBeyondGate, metric.short_name));
  }
  return gate;
}

std::vector<GateVerdict> judge_all(std::span<const PendingGate> gates, double alpha) {
  std::vector<std::optional<double>> alone;
  std::vector<double> p;
  for (const PendingGate& gate : gates) {
    alone.push_back(p_worse_than(gate.effect, gate.spec.bound()));
    // One that has none is one of the family all the same.
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
