// Whether a run can be trusted: every threshold, and the functions that apply them
// (docs/definitions/generator.md and docs/definitions/stopping.md). A saturated run is invalid. The
// report marks an unsteady run and a lag warning; such a run stays valid.
//
// Pure functions.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bench/plan/schedule.h"
#include "reports/json/visit.h"
#include "reports/model/report.h"

namespace sockmark::health {

using namespace std::chrono_literals;

// --- the generator ------------------------------------------------------------------------------

// Saturated: messages waited for the generator, so their latency is not that of the system under
// test.
inline constexpr double kIssuedRatioMin = 0.995;  // of the messages due in the window
// Limits of p99 of generator_lag: an absolute one and a share of p99 of response_time. The larger
// one applies.
inline constexpr Nanoseconds kSaturatedLag = 100us;
inline constexpr double kSaturatedLagShare = 0.25;
// The backlog grows: median lag of the last tenth of the window against that of the first.
inline constexpr double kBacklogGrowth = 10;
inline constexpr Nanoseconds kBacklogSlack = 1ms;
inline constexpr double kLoopBusyMax = 0.95;  // of the loop's time not spent waiting

// Warning: the lag is small, but a noticeable part of the reported latency.
inline constexpr Nanoseconds kWarningLag = 10us;
inline constexpr double kWarningLagShare = 0.05;

// Poisson sends: 6 of 20 samples are rejected at 5 % by chance in 3 of 10,000 runs.
inline constexpr std::uint64_t kSamplesMin = 20;
inline constexpr double kRejectedRatioMax = 0.3;  // from this share on, the run is flagged

// The sends of an open loop's generator, over all threads.
struct SendRecord {
  std::uint64_t intended = 0;             // messages due in the window
  std::uint64_t attempted_in_window = 0;  // of those, offered to the kernel before its end
  report::Distribution lag = {};
  std::int64_t lag_p50_at_first_ns = 0, lag_p50_at_last_ns = 0;
  std::int64_t largest_deviation_ns = 0;
  std::uint64_t samples = 0, samples_rejected = 0;
  Maybe<double> loop_busy = {};
};

void fields(auto& visit, report::Of<SendRecord> auto& record) {
  visit("intended", record.intended);
  visit("attempted_in_window", record.attempted_in_window);
  visit("lag", record.lag);
  visit("lag_p50_at_first_ns", record.lag_p50_at_first_ns, report::kNotNegative);
  visit("lag_p50_at_last_ns", record.lag_p50_at_last_ns, report::kNotNegative);
  visit("largest_deviation_ns", record.largest_deviation_ns, report::kNotNegative);
  visit("samples", record.samples);
  visit("samples_rejected", record.samples_rejected);
  visit("loop_busy", record.loop_busy);
}

// `response` is the run's response time; without it, only the absolute limits apply.
[[nodiscard]] report::Generator judge_generator(const SendRecord& record, Arrivals arrivals,
                                                const Maybe<report::Distribution>& response);
// The reasons why it is saturated, one line each; empty if it is not.
[[nodiscard]] std::vector<std::string> saturation(const SendRecord& record,
                                                  const Maybe<report::Distribution>& response);

// --- the run ------------------------------------------------------------------------------------

inline constexpr double kTrendLevel = 0.001;  // of Mann-Kendall's test
inline constexpr double kTrendChange = 0.05;  // between the first and the last third, relative
// MSER-5 alone would truncate a quarter of all runs that need no warm-up (its choice among a dozen
// batches is mostly chance): the truncated part must differ from the rest by this much, relative.
inline constexpr double kWarmUpChange = 0.05;

// Whether the medians of the window's equal parts drift. None if one of them is missing.
[[nodiscard]] std::optional<bool> trend(std::span<const report::SeriesPoint> series);

// Whether the series was steady after its first `warm_up` values, those of the warm-up. None if it
// is too short.
[[nodiscard]] std::optional<bool> warmed_up(std::span<const double> medians, std::size_t warm_up);

}  // namespace sockmark::health
