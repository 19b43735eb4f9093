#include "reports/model/sections.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "measure/histogram_decode.h"
#include "reports/format/base64.h"
#include "stats/proportion.h"

namespace sockmark::report {

namespace {

bool carries(std::uint64_t count, Ppm ppm) {
  return Uint128{count} * (kP100 - ppm) >= Uint128{kMinBeyondPercentile} * kP100;
}

template <class Values>
Maybe<std::int64_t> quoted(const Values& values, Ppm ppm, const char* empty = kNothingReceived) {
  if (values.empty()) return Maybe<std::int64_t>::none(empty);
  if (!carries(values.count(), ppm)) return Maybe<std::int64_t>::none(kSamples);
  return maybe(values.percentile(ppm), kOverflow);
}

}  // namespace

Distribution distribution(const Histogram& histogram) {
  const char* absent = histogram.empty() ? kNothingReceived : kOverflow;
  return {.count = histogram.count(),
          .min_ns = maybe(histogram.min(), absent),
          .max_ns = maybe(histogram.max(), absent),
          .mean_ns = maybe(histogram.mean(), absent),
          .p50_ns = quoted(histogram, kP50),
          .p75_ns = quoted(histogram, kP75),
          .p90_ns = quoted(histogram, kP90),
          .p95_ns = quoted(histogram, kP95),
          .p99_ns = quoted(histogram, kP99),
          .p99_9_ns = quoted(histogram, kP99_9),
          .p99_99_ns = quoted(histogram, kP99_99),
          .overflow = histogram.overflow(),
          .histogram_v2 = base64(histogram.encode_v2_compressed())};
}

Result<Histogram> histogram_of(const Distribution& distribution) {
  const auto bytes = from_base64(distribution.histogram_v2);
  if (!bytes) return Error{"not base64"};
  Histogram histogram = TRY(decode_v2_compressed(*bytes));
  const std::int64_t min = distribution.min_ns ? *distribution.min_ns : histogram.min().value_or(0);
  const std::int64_t max = distribution.max_ns ? *distribution.max_ns : histogram.max().value_or(0);
  // A report is not trusted: leaves room for the sum over the runs of a case.
  constexpr std::uint64_t kOverflowMax = std::uint64_t{1} << 48;
  histogram.restore(min, max, std::min(distribution.overflow, kOverflowMax));
  return histogram;
}

Maybe<std::int64_t> percentile_of(const Distribution& distribution, Ppm ppm) {
  using Value = Maybe<std::int64_t> Distribution::*;
  constexpr std::pair<Ppm, Value> kStored[] = {
      {kP50, &Distribution::p50_ns},       {kP75, &Distribution::p75_ns},
      {kP90, &Distribution::p90_ns},       {kP95, &Distribution::p95_ns},
      {kP99, &Distribution::p99_ns},       {kP99_9, &Distribution::p99_9_ns},
      {kP99_99, &Distribution::p99_99_ns},
  };
  for (const auto& [stored, value] : kStored) {
    if (stored == ppm) return distribution.*value;
  }
  if (distribution.count == 0) return Maybe<std::int64_t>::none(kNothingReceived);
  const auto histogram = histogram_of(distribution);
  return histogram ? quoted(*histogram, ppm) : Maybe<std::int64_t>::none("histogram");
}

Maybe<double> responsiveness_rpm(const Histogram& round_trips) {
  constexpr double kKept = 0.95, kMinuteNs = 60e9;
  const auto kept =
      static_cast<std::uint64_t>(std::ceil(kKept * static_cast<double>(round_trips.count())));
  std::uint64_t left = kept;
  double sum_ns = 0;
  round_trips.for_each_counter([&](std::int64_t value, std::uint64_t count) {
    const std::uint64_t taken = std::min(left, count);
    sum_ns +=
        static_cast<double>(taken) * static_cast<double>(round_trips.median_equivalent(value));
    left -= taken;
  });
  if (kept == 0) return Maybe<double>::none(kSamples);
  if (left > 0) return Maybe<double>::none("overflow");
  return kMinuteNs * static_cast<double>(kept) / std::max(sum_ns, 1.0);
}

LossAsInfinite loss_as_infinite(const Histogram& histogram, std::uint64_t lost) {
  const std::uint64_t sent = histogram.count() + lost;
  const auto at = [&](Ppm ppm) {
    if (sent == 0) return Maybe<std::int64_t>::none(kNothingSent);
    if (!carries(sent, ppm)) return Maybe<std::int64_t>::none(kSamples);
    return maybe(histogram.percentile(ppm, lost), histogram.overflow() == 0 ? kLoss : kOverflow);
  };
  return {.p50_ns = at(kP50),
          .p75_ns = at(kP75),
          .p90_ns = at(kP90),
          .p95_ns = at(kP95),
          .p99_ns = at(kP99),
          .p99_9_ns = at(kP99_9),
          .p99_99_ns = at(kP99_99)};
}

Loss loss_section(const SequenceStatistics& statistics, Nanoseconds tmax, Delivery delivery) {
  Loss loss{.sent = statistics.sent,
            .received = statistics.received,
            .lost = statistics.lost,
            .late = statistics.late,
            .late_arrivals = statistics.late_arrivals,
            .loss_ratio = maybe(statistics.loss_ratio(), kNothingSent),
            .loss_ratio_ci95 = Maybe<std::array<double, 2>>::none(kNothingSent),
            .tmax_ns = ns(tmax),
            .periods = LossPeriods{.count = statistics.loss.periods(),
                                   .max_length = statistics.loss.longest_period(),
                                   .length_histogram = statistics.loss.period_lengths},
            .distance_histogram = statistics.loss.distances,
            .inter_loss_period_histogram = statistics.loss.inter_period_lengths,
            .noticeable_rate = Maybe<std::map<std::string, double>>::none("nothing_lost"),
            .forward_lost = {},
            .reverse_lost = {},
            .attribution = {}};
  if (statistics.sent > 0)
    loss.loss_ratio_ci95 = proportion_interval95(statistics.lost, statistics.sent);
  if (statistics.lost > 0) {
    std::map<std::string, double> rates;
    for (const std::uint64_t delta : {1U, 2U, 5U, 10U, 100U}) {
      rates[std::to_string(delta)] = statistics.loss.noticeable_rate(delta).value_or(0);
    }
    loss.noticeable_rate = rates;
  }
  if (delivery == Delivery::reliable) {
    loss.loss_ratio = Maybe<double>::none(kNotApplicable);
    loss.loss_ratio_ci95 = Maybe<std::array<double, 2>>::none(kNotApplicable);
    loss.periods = Maybe<LossPeriods>::none(kNotApplicable);
    loss.distance_histogram = loss.inter_loss_period_histogram =
        Maybe<CountsByLength>::none(kNotApplicable);
    loss.noticeable_rate = Maybe<std::map<std::string, double>>::none(kNotApplicable);
    loss.forward_lost = loss.reverse_lost = Maybe<std::uint64_t>::none(kNotApplicable);
    loss.attribution = Maybe<LossAttribution>::none(kNotApplicable);
  }
  return loss;
}

Duplication duplication_section(const SequenceStatistics& statistics, Delivery delivery) {
  if (delivery == Delivery::reliable) {
    const auto count = Maybe<std::uint64_t>::none(kNotApplicable);
    const auto ratio = Maybe<double>::none(kNotApplicable);
    return {.duplicates = count,
            .replicated_packets = count,
            .duplication_fraction = ratio,
            .replicated_packet_rate = ratio};
  }
  return {.duplicates = statistics.duplicates,
          .replicated_packets = statistics.replicated_packets,
          .duplication_fraction = maybe(statistics.duplication_fraction(), kNothingReceived),
          .replicated_packet_rate = maybe(statistics.replicated_packet_rate(), kNothingReceived)};
}

Reordering reordering_section(const SequenceStatistics& statistics, Delivery delivery) {
  if (delivery == Delivery::reliable) {
    const auto count = Maybe<std::uint64_t>::none(kNotApplicable);
    const auto counts = Maybe<CountsByLength>::none(kNotApplicable);
    return {.reordered = count,
            .reordered_ratio = Maybe<double>::none(kNotApplicable),
            .extent_max = count,
            .extent_histogram = counts,
            .late_time = Maybe<Distribution>::none(kNotApplicable),
            .byte_offset_max = count,
            .sequence_discontinuities = count,
            .reordering_discontinuities = count,
            .gap_histogram = counts,
            .free_runs = Maybe<FreeRuns>::none(kNotApplicable),
            .n_reordering = Maybe<std::vector<std::uint64_t>>::none(kNotApplicable)};
  }
  const auto& reordering = statistics.reordering;
  const auto runs = statistics.free_runs();
  return {.reordered = reordering.reordered,
          .reordered_ratio = maybe(statistics.reordered_ratio(), kNothingReceived),
          .extent_max = reordering.extent_max(),
          .extent_histogram = reordering.extents,
          .late_time = reordering.late_time.empty() ? Maybe<Distribution>::none("nothing_reordered")
                                                    : distribution(reordering.late_time),
          .byte_offset_max = reordering.byte_offset_max,
          .sequence_discontinuities = reordering.sequence_discontinuities,
          .reordering_discontinuities = reordering.reordering_discontinuities,
          .gap_histogram = reordering.gaps,
          .free_runs = FreeRuns{.x = runs.x, .a = runs.a, .p = runs.p, .q = runs.q},
          .n_reordering = reordering.n_reordering()};
}

DelayVariation delay_variation_section(const DelayStatistics& delay, DelayKind delay_kind) {
  const auto& ipdv = delay.ipdv;
  constexpr const char* kTooFew = "fewer_than_two_received";
  const auto pdv = [&](Ppm ppm) {
    if (!carries(delay.delay.count(), ppm)) return Maybe<std::int64_t>::none(kSamples);
    return maybe(delay.pdv_percentile(ppm), kOverflow);
  };
  const Histogram magnitudes = ipdv.magnitudes();
  return {.delay_kind = delay_kind,
          .ipdv = Ipdv{.defined = delay.ipdv_defined(),
                       .undefined = delay.ipdv_undefined(),
                       .min_ns = maybe(ipdv.min(), kTooFew),
                       .max_ns = maybe(ipdv.max(), kTooFew),
                       .mean_ns = maybe(ipdv.mean(), kTooFew),
                       .mean_abs_ns = maybe(ipdv.mean_magnitude(), kTooFew),
                       .p50_ns = quoted(ipdv, kP50, kTooFew),
                       .p90_ns = quoted(ipdv, kP90, kTooFew),
                       .p99_ns = quoted(ipdv, kP99, kTooFew),
                       .p99_9_ns = quoted(ipdv, kP99_9, kTooFew),
                       .abs_p50_ns = quoted(magnitudes, kP50, kTooFew),
                       .abs_p90_ns = quoted(magnitudes, kP90, kTooFew),
                       .abs_p99_ns = quoted(magnitudes, kP99, kTooFew),
                       .abs_p99_9_ns = quoted(magnitudes, kP99_9, kTooFew)},
          .pdv = delay.delay.empty() ? Maybe<Pdv>::none(kNothingReceived)
                                     : Pdv{.p50_ns = pdv(kP50),
                                           .p90_ns = pdv(kP90),
                                           .p99_ns = pdv(kP99),
                                           .p99_9_ns = pdv(kP99_9),
                                           .max_ns = maybe(delay.pdv_max(), kOverflow)},
          .jitter_rfc3550_ns = maybe(delay.jitter_rfc3550_ns(), kTooFew)};
}

SeriesPoint series_point(const Series::Point& point, Delivery delivery) {
  const char* absent = point.overflow > 0 ? kOverflow : kSamples;
  SeriesPoint result{.t_s = static_cast<double>(ns(point.start)) * 1e-9,
                     .messages = point.messages,
                     .p50_ns = maybe(point.p50_ns, absent),
                     .p99_ns = maybe(point.p99_ns, absent),
                     .max_ns = maybe(point.max_ns, absent),
                     .lost = Maybe<std::uint64_t>::none(kNotApplicable)};
  if (delivery == Delivery::best_effort) result.lost = point.lost;
  return result;
}

std::vector<SeriesPoint> series_section(const Series& series, Delivery delivery) {
  std::vector<SeriesPoint> points;
  for (const auto& point : series.points()) points.push_back(series_point(point, delivery));
  return points;
}

}  // namespace sockmark::report
