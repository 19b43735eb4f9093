#include "bench/load/health.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stats/goodness_of_fit.h"
#include "stats/stationarity.h"

namespace sockmark::health {

namespace {

// With fewer parts, MSER-5 has too few batches to choose from.
constexpr std::size_t kPartsMin = 50;

double median(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>((sorted.size() - 1) / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

// The distance of the first median from the second, relative to the second.
double change(std::span<const double> from, std::span<const double> to) {
  const double reference = median(to);
  return reference == 0 ? 0 : std::abs(median(from) / reference - 1);
}

std::int64_t limit(Nanoseconds absolute, double share, Nanoseconds response) {
  return std::max(ns(absolute),
                  static_cast<std::int64_t>(share * static_cast<double>(ns(response))));
}

Maybe<double> issued_ratio(const SendRecord& record) {
  if (record.intended == 0) return Maybe<double>::none(report::kNothingSent);
  return static_cast<double>(record.attempted_in_window) / static_cast<double>(record.intended);
}

std::string microseconds(std::int64_t value) {
  return fmt::format("{:.0f} µs", static_cast<double>(value) / 1e3);
}

}  // namespace

Nanoseconds response_bound(const Maybe<report::Distribution>& response, Nanoseconds tmax) {
  if (!response || response->count == 0) return tmax;
  for (const auto& percentile :
       {response->p99_ns, response->p95_ns, response->p90_ns, response->p75_ns, response->p50_ns}) {
    if (percentile) return Nanoseconds(*percentile);
  }
  return response->min_ns ? Nanoseconds(*response->min_ns) : Nanoseconds(0);
}

std::vector<std::string> saturation(const SendRecord& record) {
  std::vector<std::string> reasons;
  if (const auto issued = issued_ratio(record); issued && *issued < kIssuedRatioMin) {
    const double percent = 100 * *issued;
    reasons.push_back(
        fmt::format("rate not reached: {} % of the messages due were attempted in time",
                    percent < 1 ? fmt::format("{:.2g}", percent) : fmt::format("{:.1f}", percent)));
  }
  if (static_cast<double>(record.lag_min_at_last_ns) >
      kBacklogGrowth * static_cast<double>(record.lag_p50_at_first_ns) +
          static_cast<double>(ns(kBacklogSlack))) {
    reasons.push_back(fmt::format("generator saturated: lateness grew from {} to {}",
                                  microseconds(record.lag_p50_at_first_ns),
                                  microseconds(record.lag_min_at_last_ns)));
  }
  if (record.loop_busy && *record.loop_busy > kLoopBusyMax) {
    reasons.push_back(fmt::format("generator saturated: its loop was busy {:.0f} % of the time",
                                  100 * *record.loop_busy));
  }
  return reasons;
}

std::string lateness(const SendRecord& record, Nanoseconds response) {
  const auto lag_max = limit(kInterferenceLag, kInterferenceLagShare, response);
  if (!record.lag.p99_ns || *record.lag.p99_ns <= lag_max || !saturation(record).empty()) return "";
  return fmt::format("late by {} at p99, limit {}", microseconds(*record.lag.p99_ns),
                     microseconds(lag_max));
}

Stopped judge_stop(Nanoseconds stopped, Nanoseconds window) {
  const double share = static_cast<double>(ns(stopped)) / static_cast<double>(ns(window));
  if (share > kStoppedInvalid && stopped >= kStoppedInvalidMin) return Stopped::invalid;
  return share > kStoppedInterference ? Stopped::interference : Stopped::no;
}

report::Generator judge_generator(const SendRecord& record, const ArrivalLaw& arrivals,
                                  Nanoseconds response) {
  report::Generator result{
      .saturated = !saturation(record).empty(),
      .lag_warning = Maybe<bool>::none(report::kSamples),
      .lag = record.lag,
      .issued_ratio = issued_ratio(record),
      .loop_busy = record.loop_busy,
      .arrival_check = report::ArrivalCheck{.largest_deviation_ns = record.largest_deviation_ns,
                                            .windows = record.samples,
                                            .rejected = record.samples_rejected,
                                            .flag = Maybe<bool>::none(report::kSamples)}};
  if (record.lag.p99_ns) {
    result.lag_warning = *record.lag.p99_ns > limit(kWarningLag, kWarningLagShare, response);
  }
  if (arrivals.process == Arrivals::uniform) {
    result.arrival_check->flag = Maybe<bool>::none("uniform");
  } else if (record.samples >= kSamplesMin) {
    result.arrival_check->flag = static_cast<double>(record.samples_rejected) >=
                                 kRejectedRatioMax * static_cast<double>(record.samples);
  }
  return result;
}

report::SizeCheck judge_sizes(const SizeMix& mix, std::span<const std::uint64_t> sent) {
  std::vector<double> weights;
  for (const auto& part : mix.parts) weights.push_back(static_cast<double>(part.weight));
  report::SizeCheck check{.sent = {sent.begin(), sent.end()},
                          .chi_square = Maybe<double>::none(report::kSamples),
                          .p_value = Maybe<double>::none(report::kSamples),
                          .degrees_of_freedom = weights.size() - 1,
                          .flag = Maybe<bool>::none(report::kSamples)};
  if (const auto fit = report::chi_square_fit(check.sent, weights)) {
    check.chi_square = fit->chi_square;
    check.p_value = fit->p;
    check.flag = fit->p < kSizesLevel;
  }
  return check;
}

std::optional<bool> trend(std::span<const report::SeriesPoint> series) {
  std::vector<double> medians;
  for (const auto& point : series) {
    if (!point.p50_ns) return std::nullopt;
    medians.push_back(static_cast<double>(*point.p50_ns));
  }
  const auto correlation = report::mann_kendall(medians);
  // None: all equal, or too few values.
  if (!correlation) return medians.size() < 3 ? std::nullopt : std::optional(false);
  const auto third = medians.size() / 3;
  return correlation->p < kTrendLevel &&
         change(std::span(medians).last(third), std::span(medians).first(third)) > kTrendChange;
}

std::optional<bool> warmed_up(std::span<const double> medians, std::size_t warm_up) {
  if (medians.size() < kPartsMin) return std::nullopt;
  const auto truncation = report::mser5_truncation(medians);
  if (!truncation) return std::nullopt;
  if (truncation->values <= warm_up) return true;
  const auto cut = medians.subspan(warm_up, truncation->values - warm_up);
  return change(cut, medians.subspan(truncation->values)) <= kWarmUpChange;
}

}  // namespace sockmark::health
