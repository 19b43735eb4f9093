#include "reports/compare/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "base/random.h"
#include "reports/compare/compare_params.h"
#include "reports/model/reasons.h"
#include "stats/moments.h"
#include "stats/p_adjust.h"
#include "stats/power.h"
#include "stats/sign_flip.h"
#include "stats/stationarity.h"

namespace sockmark::report {
namespace {

constexpr double kAlpha = 0.05;
// Of the draws: the same figures every time.
constexpr std::uint64_t kShuffleSeed = 1;
constexpr std::uint64_t kDraws = 400;
constexpr std::size_t kDrawnBlocks = 10;
// At least two draws that share no block, and as many as a calibration should have
// (docs/definitions/comparing.md#calibration).
constexpr std::size_t kMinToDraw = 2 * kDrawnBlocks;

std::vector<double> d_of(const Comparison& comparison) {
  std::vector<double> d = comparison.block_effects;
  if (comparison.effect == EffectKind::ratio)
    std::ranges::transform(d, d.begin(), [](double ratio) { return std::log(ratio); });
  return d;
}

Maybe<double> sd_of(std::span<const double> d) {
  if (d.size() < 2) return Maybe<double>::none(kTooFewBlocks);
  const double sd = std::sqrt(variance_of(d));
  return std::isfinite(sd) ? Maybe<double>(sd) : Maybe<double>::none(kNotFinite);
}

// May be infinite.
double mde90(double sd, std::size_t blocks, EffectKind effect) {
  return effect == EffectKind::ratio ? mde90_ratio_less_1(sd, blocks)
                                     : mde90_difference(sd, blocks);
}

// The share of hits among independent trials, each with probability 5 %, that is exceeded with at
// most 5 %.
double largest_share(std::uint64_t trials) {
  const auto n = static_cast<double>(trials);
  double hits = 0, probability = std::pow(1 - kAlpha, n), cumulated = probability;
  while (cumulated < 1 - kAlpha) {
    probability *= (n - hits) / (hits + 1) * kAlpha / (1 - kAlpha);
    cumulated += probability;
    ++hits;
  }
  return hits / n;
}

Maybe<FalseAlarms> false_alarms_of(std::vector<double> d) {
  if (d.size() < kMinToDraw) return Maybe<FalseAlarms>::none(kTooFewBlocks);
  FalseAlarms result{.blocks = kDrawnBlocks, .draws = kDraws, .disjoint = d.size() / kDrawnBlocks};
  Random random(kShuffleSeed);
  for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
    // Fisher and Yates, as far as the draw reaches.
    for (std::size_t i = 0; i < kDrawnBlocks; ++i)
      std::swap(d[i], d[i + random.below(d.size() - i)]);
    if (signflip_p(std::span(d).first(kDrawnBlocks)) <= kAlpha) ++result.shown;
  }
  result.rate = static_cast<double>(result.shown) / static_cast<double>(kDraws);
  result.limit = largest_share(result.disjoint);
  return result;
}

CalibratedMetric calibrated(const Comparison& comparison, const Params& params) {
  CalibratedMetric result{.id = comparison.baseline.substr(0, comparison.baseline.rfind('@')),
                          .params = params,
                          .metric = comparison.metric,
                          .effect = comparison.effect,
                          .blocks = comparison.blocks,
                          .difference = comparison.difference};
  const GateSpec gate{.metric = &metric(comparison.metric),
                      .margin = metric(comparison.metric).default_margin};
  result.margin = gate.margin;
  if (!comparison.estimate) {
    const std::string& reason = comparison.estimate.reason();
    result.sd = result.p_value = result.p_holm = result.trend_p_holm = Maybe<double>::none(reason);
    result.blocks_needed = Maybe<std::uint64_t>::none(reason);
    result.false_alarms = Maybe<FalseAlarms>::none(reason);
    return result;
  }
  const std::vector<double> d = d_of(comparison);
  result.p_value = comparison.p_value;
  result.sd = sd_of(d);
  result.false_alarms = false_alarms_of(d);
  const auto trend = mann_kendall(d);
  result.trend_p_holm = trend ? Maybe<double>(trend->p)
                              : Maybe<double>::none(d.size() < 3 ? kTooFewBlocks : kNoSpread);
  if (!result.sd) {
    result.blocks_needed = Maybe<std::uint64_t>::none(result.sd.reason());
    return result;
  }
  for (const std::size_t blocks : kCalibratedBlocks) {
    const double found = mde90(*result.sd, blocks, result.effect);
    result.detectable.push_back(
        {.blocks = blocks,
         .mde90 = std::isfinite(found) ? Maybe<double>(found) : Maybe<double>::none(kNotFinite)});
  }
  result.blocks_needed = blocks_to_find(gate.bound(), *result.sd);
  return result;
}

// Over all metrics that have one; a p-value that is adjusted twice is adjusted wrongly.
void adjust(std::vector<CalibratedMetric>& metrics, Maybe<double> CalibratedMetric::*from,
            Maybe<double> CalibratedMetric::*to) {
  std::vector<double> p;
  for (const auto& one : metrics) {
    if (one.*from) p.push_back(*(one.*from));
  }
  const std::vector<double> adjusted = holm(p);
  auto next = adjusted.begin();
  for (auto& one : metrics) {
    if (one.*from) one.*to = *next++;
  }
}

void add_warnings(const CalibratedMetric& one, std::vector<std::string>& warnings) {
  const std::string what = fmt::format("{} {}", one.id, metric(one.metric).short_name);
  if (const auto& alarms = one.false_alarms; alarms && alarms->rate > alarms->limit) {
    warnings.push_back(fmt::format(
        "{}: {:.0f} % of the draws show a difference; chance alone, in {} draws without a common "
        "block, seldom exceeds {:.0f} %",
        what, 100 * alarms->rate, alarms->disjoint, 100 * alarms->limit));
  }
  if (one.trend_p_holm && *one.trend_p_holm <= kAlpha) {
    warnings.push_back(
        fmt::format("{}: the blocks drift, so that they are not independent (p {:.2g}, Holm)", what,
                    *one.trend_p_holm));
  }
}

int exit_status_of(CalibrationVerdict verdict) {
  switch (verdict) {
    case CalibrationVerdict::no_difference_shown:
      return 0;
    case CalibrationVerdict::difference_shown:
      return 1;
    case CalibrationVerdict::undecidable:
      return 3;
    case CalibrationVerdict::invalid:
      break;
  }
  return 4;
}

void decide(Calibration& calibration) {
  const auto& metrics = calibration.metrics;
  const auto decided = static_cast<std::size_t>(
      std::ranges::count_if(metrics, [](const auto& one) { return bool(one.p_value); }));
  const auto too_few = [&](const CalibratedMetric& one) {
    return one.p_value && one.blocks < min_blocks(decided, kAlpha);
  };
  if (!calibration.invalid.empty()) {
    calibration.verdict = CalibrationVerdict::invalid;
  } else if (std::ranges::any_of(
                 metrics, [](const auto& one) { return one.p_holm && *one.p_holm <= kAlpha; })) {
    calibration.verdict = CalibrationVerdict::difference_shown;
  } else if (decided == 0 || std::ranges::any_of(metrics, too_few)) {
    calibration.verdict = CalibrationVerdict::undecidable;
  } else {
    calibration.verdict = CalibrationVerdict::no_difference_shown;
  }
  calibration.exit_status = exit_status_of(calibration.verdict);
}

const Case* find_case(std::span<const Case> cases, std::string_view id) {
  const auto found = std::ranges::find(cases, id, &Case::id);
  return found == cases.end() ? nullptr : &*found;
}

// The largest sd of a metric: over the calibrated cases that have the parameters of one of the
// pair, or where there is none over all.
std::optional<double> largest_sd(const Calibration& calibration, const Comparison& pair,
                                 std::span<const Case> cases) {
  const Parameter& arm = *find_parameter("arm");
  std::vector<std::string> keys;
  for (const std::string* id : {&pair.baseline, &pair.candidate}) {
    if (const Case* one = find_case(cases, *id)) keys.push_back(key_without(arm, one->params));
  }
  std::optional<double> alike, any;
  for (const CalibratedMetric& one : calibration.metrics) {
    if (one.metric != pair.metric || !one.sd) continue;
    any = std::max(any.value_or(0), *one.sd);
    if (std::ranges::find(keys, key_without(arm, one.params)) != keys.end())
      alike = std::max(alike.value_or(0), *one.sd);
  }
  return alike ? alike : any;
}

// What `blocks` cannot find of a gate, if so.
std::optional<std::string> shortfall(const GateSpec& gate, const Comparison& pair, double sd,
                                     std::uint64_t blocks) {
  const auto needed = blocks_to_find(gate.bound(), sd);
  if (needed && *needed <= blocks) return std::nullopt;
  const std::string found =
      blocks < min_blocks(1, kAlpha)
          ? fmt::format("{} {} no interval", blocks, blocks == 1 ? "block has" : "blocks have")
          : fmt::format("this machine finds {} with {} blocks",
                        detectable_text(mde90(sd, blocks, pair.effect), pair.effect), blocks);
  const std::string fix = needed ? fmt::format("{} blocks are enough", *needed)
                                 : fmt::format("not even {} blocks are enough", kMaxBlocks);
  return fmt::format("--gate {}:{:.6g}: {}; {}", gate.metric->short_name, gate.margin, found, fix);
}

}  // namespace

std::vector<const Metric*> calibrated_metrics() {
  return {&metric("p50_ns"), &metric("p99_ns"), &metric("goodput_messages_per_s"),
          &metric("cpu_ns_per_message")};
}

Result<Calibration> calibration_of(const Report& report, std::span<const Metric* const> metrics) {
  const CompareOptions options{.metrics = {metrics.begin(), metrics.end()}};
  auto outcome = TRY(compare_by(report, "arm", std::nullopt, options));
  Calibration calibration;
  calibration.excluded_runs = outcome.excluded_runs;
  calibration.invalid = outcome.invalid;
  for (const Comparison& one : outcome.comparisons)
    calibration.metrics.push_back(calibrated(one, find_case(report.cases, one.baseline)->params));
  adjust(calibration.metrics, &CalibratedMetric::p_value, &CalibratedMetric::p_holm);
  adjust(calibration.metrics, &CalibratedMetric::trend_p_holm, &CalibratedMetric::trend_p_holm);
  for (const CalibratedMetric& one : calibration.metrics) add_warnings(one, calibration.warnings);
  decide(calibration);
  return calibration;
}

Maybe<std::uint64_t> blocks_to_find(double bound, double sd) {
  ASSERT(bound > 0 && sd >= 0);
  // More blocks find less.
  std::size_t low = min_blocks(1, kAlpha), high = kMaxBlocks + 1;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (mde90_difference(sd, middle) <= bound) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  if (low > kMaxBlocks) return Maybe<std::uint64_t>::none(kTooManyBlocks);
  return std::uint64_t{low};
}

Result<> check_gates(const PlannedGates& planned, const Calibration& calibration,
                     std::string_view name) {
  const auto& [outcome, cases, gates, blocks] = planned;
  for (const Comparison& pair : outcome.comparisons) {
    if (!pair.gate) continue;  // it does not apply to these cases
    const auto gate = std::ranges::find_if(
        gates, [&](const GateSpec& spec) { return spec.metric->name == pair.metric; });
    if (gate == gates.end()) continue;
    const auto sd = largest_sd(calibration, pair, cases);
    if (!sd) {
      if (gate->by_default) continue;
      return Error{fmt::format("--gate {}: {} has no such metric", gate->metric->short_name, name)};
    }
    if (auto lacks = shortfall(*gate, pair, *sd, blocks)) return Error{*std::move(lacks)};
  }
  return {};
}

std::string detectable_text(double mde90, EffectKind effect) {
  if (effect == EffectKind::ratio && mde90 >= 9) return fmt::format("×{:.3g}", 1 + mde90);
  const char* unit = effect == EffectKind::ratio ? "%" : "pp";
  // From 100 on three significant digits would have a point behind them, or an exponent.
  return mde90 < 0.9995 ? fmt::format("{:+#.3g} {}", 100 * mde90, unit)
                        : fmt::format("{:+.0f} {}", 100 * mde90, unit);
}

}  // namespace sockmark::report
