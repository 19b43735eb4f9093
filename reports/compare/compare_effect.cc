#include "reports/compare/compare_effect.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/model/summary.h"
#include "stats/power.h"
#include "stats/ranks.h"
#include "stats/sign_flip.h"
#include "stats/signed_rank.h"
#include "stats/two_sample.h"
#include "stats/verdict.h"

namespace sockmark::report {
namespace {

// Of the draws by lot beyond 16 blocks, the same for everybody.
constexpr std::uint64_t kSeed = 1;
// Up to here the exact distribution of Wilcoxon's V is (stats/paired.h).
constexpr std::size_t kMostRanked = 49;
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

// The metric of every run, or the reason of the first that has none: a run is not left out for
// that.
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

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double variance_of(std::span<const double> values) {
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return squares / static_cast<double>(values.size() - 1);
}

double median_of_sorted(std::span<const double> sorted) {
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

// How often a value of x exceeds one of y, ties counting half (Vargha and Delaney 2000).
double exceeding(std::span<const double> x, std::span<const double> y) {
  Values all(x.begin(), x.end());
  all.insert(all.end(), y.begin(), y.end());
  const Values ranks = midranks(all);
  const auto nx = static_cast<double>(x.size());
  const double sum =
      std::accumulate(ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(x.size()), 0.0);
  return (sum - nx * (nx + 1) / 2) / (nx * static_cast<double>(y.size()));
}

// From the scale of d to what is reported: ratios, or differences as they are.
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

std::optional<Interval> turned(const std::optional<Interval>& d, bool more_is_better) {
  if (!d || !more_is_better) return d;
  return Interval{-d->high, -d->low};
}

Values turned(Values d, bool more_is_better) {
  if (more_is_better) std::ranges::transform(d, d.begin(), std::negate());
  return d;
}

// Student's interval and what it would have found, of a mean with this standard error.
void add_student(double mean, double standard_error, double freedom, double alpha,
                 const Scale& scale, Comparison& comparison) {
  // (t_{1 - alpha/2} + t_{1/2}) * standard_error, and t_{1/2} is 0.
  const double half = detectable_effect(standard_error, freedom, 0.5, alpha);
  comparison.t_interval = scale.out(Interval{mean - half, mean + half}, "");
  comparison.mde90 = standard_error > 0
                         ? scale.change(detectable_effect(standard_error, freedom, 0.9))
                         : Maybe<double>::none(kNoSpread);
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
  // All of them or none: a list with a hole says nothing of which block is which.
  if (comparison.block_effects.size() != d.size()) comparison.block_effects.clear();
  const double mean = mean_of(d);
  comparison.estimate = scale.out(mean);
  const auto interval = subset_mean_interval(d, alpha, kSeed);
  comparison.interval = scale.out(interval, kTooFewBlocks);
  comparison.p_value = signflip_p(d, kSeed);

  const Values walsh = walsh_means(d);
  comparison.hodges_lehmann = scale.out(median_of_sorted(walsh));
  if (d.size() <= kMostRanked) {
    comparison.wilcoxon_p = signed_rank_p(d);
    comparison.hodges_lehmann_interval =
        scale.out(pseudomedian_interval(walsh, d.size(), 0.05), kTooFewBlocks);
  } else {
    comparison.wilcoxon_p = Maybe<double>::none(kTooManyBlocks);
    comparison.hodges_lehmann_interval = scale.out(std::nullopt, kTooManyBlocks);
  }
  if (d.size() >= 2) {
    effect.sd = std::sqrt(variance_of(d));
    const auto n = static_cast<double>(d.size());
    add_student(mean, *effect.sd / std::sqrt(n), n - 1, alpha, scale, comparison);
  }
  const bool turn = comparison.orientation == Orientation::more_is_better;
  effect.interval = turned(interval, turn);
  effect.worse = turned(std::move(d), turn);
}

// Welch 1947: the standard error of the difference of two means, and its degrees of freedom.
void add_welch(const Values& baseline, const Values& candidate, double alpha, const Scale& scale,
               Effect& effect) {
  if (baseline.size() < 2 || candidate.size() < 2) return;
  const auto na = static_cast<double>(baseline.size());
  const auto nb = static_cast<double>(candidate.size());
  const double variance_a = variance_of(baseline), variance_b = variance_of(candidate);
  const double va = variance_a / na, vb = variance_b / nb;
  effect.sd = std::sqrt(variance_a + variance_b);
  const double both = va + vb;
  const double freedom =
      both > 0 ? 1 / (va / both * (va / both) / (na - 1) + vb / both * (vb / both) / (nb - 1))
               : na + nb - 2;
  add_student(mean_of(candidate) - mean_of(baseline), std::sqrt(both), freedom, alpha, scale,
              effect.comparison);
}

void add_samples(Values baseline, Values candidate, double alpha, const Scale& scale,
                 Effect& effect) {
  Comparison& comparison = effect.comparison;
  for (Values* side : {&baseline, &candidate}) {
    for (double& value : *side) value = scale.into(value);
  }
  const auto found = compare_two_samples(candidate, baseline, alpha);
  const bool ranked = std::max(baseline.size(), candidate.size()) <= kMostRunsRanked;
  comparison.estimate = comparison.hodges_lehmann = scale.out(found.hl_shift);
  comparison.interval = comparison.hodges_lehmann_interval =
      scale.out(found.hl_ci, ranked ? kTooFewRuns : kTooManyBlocks);
  // Equal values everywhere have no asymptotic p-value, and no difference.
  comparison.p_value = found.p_exact ? *found.p_exact : found.p_asymptotic.value_or(1);
  comparison.wilcoxon_p = Maybe<double>::none(kUnpaired);
  add_welch(baseline, candidate, alpha, scale, effect);
  const bool turn = comparison.orientation == Orientation::more_is_better;
  effect.interval = turned(found.hl_ci, turn);
  effect.baseline = turned(std::move(baseline), turn);
  effect.candidate = turned(std::move(candidate), turn);
}

// Everything that needs values, where there are none.
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

// A metric of which no ratio can be formed.
std::optional<std::string> undefined_reason(const Maybe<Values>& baseline,
                                            const Maybe<Values>& candidate, const Metric& metric) {
  for (const auto* side : {&baseline, &candidate}) {
    if (!*side) return side->reason();
    if (!metric.may_be_zero && *std::ranges::min_element(**side) <= 0) return kNotPositive;
  }
  return std::nullopt;
}

Maybe<Difference> difference_of(const Effect& effect) {
  if (!effect.interval) return Maybe<Difference>::none(effect.comparison.interval.reason());
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
  comparison.design = runs.paired ? Design::paired : Design::unpaired;
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
    const char* too_few = runs.paired ? kTooFewBlocks : kTooFewRuns;
    comparison.t_interval = scale.out(std::nullopt, too_few);
    comparison.mde90 = Maybe<double>::none(too_few);
    comparison.vargha_delaney_a = exceeding(*candidate, *baseline);
    if (runs.paired) {
      add_blocks(*baseline, *candidate, alpha, scale, effect);
    } else {
      add_samples(*baseline, *candidate, alpha, scale, effect);
    }
  }
  comparison.difference = difference_of(effect);
  return effect;
}

std::optional<double> p_worse_than(const Effect& effect, double bound) {
  if (!effect.worse.empty()) return signflip_p_above(effect.worse, bound, kSeed);
  if (effect.candidate.empty()) return std::nullopt;
  return mann_whitney_p_above(effect.candidate, effect.baseline, bound);
}

}  // namespace sockmark::report
