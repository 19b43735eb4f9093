// The sections of a run, computed from the measurements. Decides which figures are undefined and
// why: a percentile of too small a sample, a metric that is not applicable to the transport. Pure
// functions, any thread.

#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/result.h"
#include "measure/histogram.h"
#include "measure/sequence_statistics.h"
#include "measure/series.h"
#include "reports/model/report.h"

namespace sockmark::report {

// A percentile p of N values is defined only if N * (1 - p) is at least this.
inline constexpr std::uint64_t kMinBeyondPercentile = 10;

// min, max and mean are exact, and min <= p50 <= p99 <= max. A percentile that lies among
// overflowed values is undefined with reason "overflow".
[[nodiscard]] Distribution distribution(const Histogram& histogram);

// A percentile of any kind, undefined by the same rules: as in the distribution, or computed from
// its histogram (reason "histogram" if that cannot be read).
[[nodiscard]] Maybe<std::int64_t> percentile_of(const Distribution& distribution, Ppm ppm);

// The way back, with the exact extremes and the overflow. Error: the text is not base64, or not the
// encoding of a report's histogram.
[[nodiscard]] Result<Histogram> histogram_of(const Distribution& distribution);

// Percentiles over all sent messages. A lost message counts as infinitely late (RFC 7679, section
// 5.1); a percentile that falls on one is undefined with reason "loss".
[[nodiscard]] LossAsInfinite loss_as_infinite(const Histogram& histogram, std::uint64_t lost);

// Round trips per minute: 60 s over the mean of the round trips up to the 95th percentile
// (docs/definitions/responsiveness.md). Undefined with reason "samples" without one, "overflow" if
// overflowed values are among them.
[[nodiscard]] Maybe<double> responsiveness_rpm(const Histogram& round_trips);

// Whether loss, duplication and reordering are measurements or, over a reliable transport, defects.
enum class Delivery : std::uint8_t { best_effort, reliable };

[[nodiscard]] Loss loss_section(const SequenceStatistics& statistics, Nanoseconds tmax,
                                Delivery delivery);
[[nodiscard]] Duplication duplication_section(const SequenceStatistics& statistics,
                                              Delivery delivery);
[[nodiscard]] Reordering reordering_section(const SequenceStatistics& statistics,
                                            Delivery delivery);
[[nodiscard]] DelayVariation delay_variation_section(const DelayStatistics& delay,
                                                     DelayKind delay_kind);

[[nodiscard]] std::vector<SeriesPoint> series_section(const Series& series, Delivery delivery);
[[nodiscard]] SeriesPoint series_point(const Series::Point& point, Delivery delivery);

}  // namespace sockmark::report
