#include "reports/compare/compare_effect.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/model/summary.h"
#include "stats/paired.h"
#include "stats/power.h"
#include "stats/sign_flip.h"
#include "stats/two_sample.h"
#include "stats/verdict.h"

namespace sockmark::report {
namespace {

// Of the random subsets beyond kMaxBlocksEnumerated blocks: the same figures every time.
constexpr std::uint64_t kSeed = 1;
// A report may hold any number. Where differences are taken of them, and not logarithms, the fourth
// powers that Welch's test forms must stay within a double.
constexpr double kLargest = 1e60, kSmallest = 1e-60;

using Values = std::vector<double>;

struct Percentile {
  std::string_view metric;
  Maybe<std::int64_t> LossAsInfinite::*member;
};
constexpr Percentile kPercentiles[] = {{"p50_ns", &LossAsInfinite::p50_ns},
                                       {"p99_ns", &LossAsInfinite::p99_ns},
                                       {"p99_9_ns", &LossAsInfinite::p99_9_ns}};

// The metric of every run, or the reason of the first run without one: no run is left out.
Maybe<Values> values_of(std::span<const Run* const> runs, const Metric& metric) {
  Values values;
  for (const Run* run : runs) {
    const Maybe<double> value = compared_value(*run, metric);
    if (!value) return Maybe<Values>::none(value.reason());
    if (!std::isfinite(*value)) return Maybe<Values>::none(kNotFinite);
    const double size = std::abs(*value);
    if (metric.may_be_zero && (size > kLargest || (size > 0 && size < kSmallest)))
      return Maybe<Values>::none(kOutOfRange);
    values.push_back(*value);
  }
  if (values.empty()) return Maybe<Values>::none(kNoRun);
  return values;
}

Maybe<double> median_of(const Maybe<Values>& values) {
  if (!values) return Maybe<double>::none(values.reason());
  return statistic_of(*values).median;
}

// Converts between the reported scale (a ratio or a difference) and that of d.
class Scale {
 public:
  explicit Scale(const Metric& metric) : ratio_(!metric.may_be_zero) {}

  [[nodiscard]] double into(double value) const { return ratio_ ? std::log(value) : value; }
  [[nodiscard]] Maybe<double> out(double d) const {
    const double value = ratio_ ? std::exp(d) : d;
    return std::isfinite(value) ? Maybe<double>(value) : Maybe<double>::none(kNotFinite);
  }
  [[nodiscard]] Maybe<std::array<double, 2>> out(const std::optional<Interval>& d,
                                                 const char* reason) const {
    using Pair = Maybe<std::array<double, 2>>;
    if (!d) return Pair::none(reason);
    const Maybe<double> low = out(d->low), high = out(d->high);
    return low && high ? Pair(std::array{*low, *high}) : Pair::none(kNotFinite);
  }
  // A ratio less 1.
  [[nodiscard]] Maybe<double> change(double d) const {
    const double value = ratio_ ? std::expm1(d) : d;
    return std::isfinite(value) ? Maybe<double>(value) : Maybe<double>::none(kNotFinite);
  }

 private:
  bool ratio_;
};

// Turned so that a larger value is worse.
std::optional<Interval> worse_is_more(const std::optional<Interval>& d, Orientation orientation) {
  if (!d || orientation == Orientation::less_is_better) return d;
  return Interval{-d->high, -d->low};
}

Values worse_is_more(Values d, Orientation orientation) {
  if (orientation == Orientation::more_is_better)
    std::ranges::transform(d, d.begin(), std::negate());
  return d;
}

void add_blocks(const Values& baseline, const Values& candidate, double alpha, const Scale& scale,
                Effect& effect) {
  Comparison& comparison = effect.comparison;
  Values d;
  for (std::size_t block = 0; block < baseline.size(); ++block) {
    d.push_back(scale.into(candidate[block]) - scale.into(baseline[block]));
    const Maybe<double> shown = scale.out(d.back());
    if (shown) comparison.block_effects.push_back(*shown);
  }
  // All of them or none: a list with a hole does not say which block is which.
  if (comparison.block_effects.size() != d.size()) comparison.block_effects.clear();
  const PairedComparison found = compare_paired(d, {.alpha = alpha, .seed = kSeed});
  const char* no_ranks = d.size() <= kRankedMax ? kTooFewBlocks : kTooManyBlocks;
  comparison.estimate = scale.out(found.mean);
  comparison.interval = scale.out(found.interval, kTooFewBlocks);
  comparison.p_value = found.signflip_p;
  comparison.hodges_lehmann = scale.out(found.hl_pseudomedian);
  comparison.wilcoxon_p = maybe(found.wilcoxon_p, no_ranks);
  comparison.hodges_lehmann_interval = scale.out(found.hl_interval95, no_ranks);
  if (found.sd) {
    comparison.t_interval = scale.out(found.t_interval, kTooFewBlocks);
    comparison.mde90 = *found.sd > 0 ? scale.change(*found.mde90) : Maybe<double>::none(kNoSpread);
  }
  effect.sd = found.sd;
  effect.interval = worse_is_more(found.interval, comparison.orientation);
  effect.worse = worse_is_more(std::move(d), comparison.orientation);
}

void add_samples(Values baseline, Values candidate, double alpha, const Scale& scale,
                 Effect& effect) {
  Comparison& comparison = effect.comparison;
  for (Values* side : {&baseline, &candidate}) {
    for (double& value : *side) value = scale.into(value);
  }
  const auto found = compare_two_samples(candidate, baseline, alpha);
  const bool ranked = std::max(baseline.size(), candidate.size()) <= kRankedMax;
  comparison.estimate = comparison.hodges_lehmann = scale.out(found.hl_shift);
  comparison.interval = comparison.hodges_lehmann_interval =
      scale.out(found.hl_ci, ranked ? kTooFewRuns : kTooManyBlocks);
  // Equal values everywhere have no asymptotic p-value, and no difference.
  comparison.p_value = found.p_exact ? *found.p_exact : found.p_asymptotic.value_or(1);
  comparison.wilcoxon_p = Maybe<double>::none(kUnpaired);
  if (const auto means = welch(candidate, baseline)) {
    effect.sd = means->sd;
    // (t_{1 - alpha/2} + t_{1/2}) * standard_error, and t_{1/2} is 0.
    const double half = detectable_effect(means->standard_error, means->freedom, 0.5, alpha);
    comparison.t_interval =
        scale.out(Interval{means->shift - half, means->shift + half}, kTooFewRuns);
    comparison.mde90 =
        means->standard_error > 0
            ? scale.change(detectable_effect(means->standard_error, means->freedom, 0.9))
            : Maybe<double>::none(kNoSpread);
  }
  effect.interval = worse_is_more(found.hl_ci, comparison.orientation);
  effect.baseline = worse_is_more(std::move(baseline), comparison.orientation);
  effect.candidate = worse_is_more(std::move(candidate), comparison.orientation);
}

// Sets every figure that needs values to undefined.
void make_undefined(const std::string& reason, Comparison& comparison) {
  for (Maybe<double>* figure : {&comparison.estimate, &comparison.p_value, &comparison.wilcoxon_p,
                                &comparison.vargha_delaney_a, &comparison.hodges_lehmann,
                                &comparison.mde90, &comparison.p_adjusted}) {
    *figure = Maybe<double>::none(reason);
  }
  for (auto* interval :
       {&comparison.interval, &comparison.t_interval, &comparison.hodges_lehmann_interval}) {
    *interval = std::decay_t<decltype(*interval)>::none(reason);
  }
}

// Why a metric has no effect; empty if it has one.
std::optional<std::string> undefined_reason(const Maybe<Values>& baseline,
                                            const Maybe<Values>& candidate, const Metric& metric) {
  for (const auto* side : {&baseline, &candidate}) {
    if (!*side) return side->reason();
    if (!metric.may_be_zero && *std::ranges::min_element(**side) <= 0) return kNotPositive;
  }
  return std::nullopt;
}

bool within_clock_bounds(const ComparedRuns& runs, const Metric& metric,
                         const Comparison& comparison) {
  if (!comparison.baseline_median || !comparison.candidate_median) return false;
  const auto bound_of = [&](const std::vector<const Run*>& side) {
    double bound = 0;
    for (const Run* run : side) bound = std::max(bound, clock_bound_ns(*run, metric));
    return bound;
  };
  return std::abs(*comparison.candidate_median - *comparison.baseline_median) <
         bound_of(runs.baseline) + bound_of(runs.candidate);
}

Maybe<Difference> difference_of(const Effect& effect) {
  if (!effect.interval) return Maybe<Difference>::none(effect.comparison.interval.reason());
  if (effect.within_clock_bounds) return Difference::none_shown;
  const Difference difference = judge(effect.interval, 0, 0).difference;
  const bool shown = difference != Difference::none_shown;
  return shown && effect.comparison.design == Design::unpaired ? Difference::observed : difference;
}

}  // namespace

Maybe<double> compared_value(const Run& run, const Metric& metric) {
  if (run.latency && run.latency->response_time && run.latency->response_time_loss_as_infinite) {
    for (const Percentile& percentile : kPercentiles) {
      if (percentile.metric != metric.name) continue;
      const auto& value = (*run.latency->response_time_loss_as_infinite).*percentile.member;
      return value ? Maybe<double>(static_cast<double>(*value))
                   : Maybe<double>::none(value.reason());
    }
  }
  return metric.of(run);
}

Effect effect_of(const ComparedRuns& runs, const Metric& metric, double alpha) {
  Effect effect;
  Comparison& comparison = effect.comparison;
  comparison.metric = metric.name;
  comparison.design = runs.design;
  comparison.effect = metric.may_be_zero ? EffectKind::difference : EffectKind::ratio;
  comparison.orientation =
      metric.more_is_better ? Orientation::more_is_better : Orientation::less_is_better;
  comparison.blocks = runs.blocks();
  comparison.baseline_runs = runs.baseline.size();
  comparison.candidate_runs = runs.candidate.size();
  comparison.confidence = 1 - alpha;
  const Maybe<Values> baseline = values_of(runs.baseline, metric);
  const Maybe<Values> candidate = values_of(runs.candidate, metric);
  comparison.baseline_median = median_of(baseline);
  comparison.candidate_median = median_of(candidate);
  if (const auto reason = undefined_reason(baseline, candidate, metric)) {
    make_undefined(*reason, comparison);
  } else {
    const Scale scale(metric);
    const char* too_few = runs.design == Design::paired ? kTooFewBlocks : kTooFewRuns;
    comparison.t_interval = scale.out(std::nullopt, too_few);
    comparison.mde90 = Maybe<double>::none(too_few);
    comparison.vargha_delaney_a = vargha_delaney_a(*candidate, *baseline);
    if (runs.design == Design::paired) {
      add_blocks(*baseline, *candidate, alpha, scale, effect);
    } else {
      add_samples(*baseline, *candidate, alpha, scale, effect);
    }
  }
  effect.within_clock_bounds = within_clock_bounds(runs, metric, comparison);
  comparison.difference = difference_of(effect);
  return effect;
}

std::optional<double> p_worse_than(const Effect& effect, double bound) {
  if (!effect.worse.empty()) return signflip_p_above(effect.worse, bound, kSeed);
  if (effect.candidate.empty()) return std::nullopt;
  return mann_whitney_p_above(effect.candidate, effect.baseline, bound);
}

}  // namespace sockmark::report
