// The sections of a run, made from what was measured. Here stands which figure is undefined when,
// and why: a percentile that the sample cannot carry, a metric that the transport rules out.
// Pure functions.

#pragma once

#include <cstdint>

#include "base/clock.h"
#include "measure/histogram.h"
#include "measure/sequence_statistics.h"
#include "measure/series.h"
#include "reports/model/report.h"

namespace sockmark::report {

// A percentile p of N values is quoted only if N * (1 - p) is at least this; fewer say nothing
// about that tail.
inline constexpr std::uint64_t kMinBeyondPercentile = 10;

// min, max, mean are exact. A percentile is the histogram's, but not above the exact maximum, so
// that p50 <= p99 <= max always holds.
[[nodiscard]] Distribution distribution(const Histogram& histogram);

// Percentiles over all that was sent: a lost message counts as infinitely late (RFC 7679,
// section 5.1). One that lands on a lost message is undefined with reason "loss".
[[nodiscard]] LossAsInfinite loss_as_infinite(const Histogram& histogram, std::uint64_t lost);

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

[[nodiscard]] std::vector<SeriesPoint> series_section(const Series& series);

}  // namespace sockmark::report
