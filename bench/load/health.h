// Whether a run can be trusted: every threshold, and the functions that apply them
// (docs/definitions/generator.md and docs/definitions/stopping.md). A saturated run is invalid. The
// report marks interference, an unsteady run and a lag warning; such a run stays valid.
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
#include "bench/plan/arrival_law.h"
#include "bench/plan/size_mix.h"
#include "reports/model/report.h"

namespace sockmark::health {

using namespace std::chrono_literals;

// --- the generator ------------------------------------------------------------------------------

// Saturated: the generator could not keep its schedule, so the load was another one than was asked
// for.
inline constexpr double kIssuedRatioMin = 0.995;  // of the messages due in the window
// The backlog grows: the smallest lag of the last tenth of the window against the median lag of the
// first. A generator that was late and caught up has small lags again.
inline constexpr double kBacklogGrowth = 10;
inline constexpr Nanoseconds kBacklogSlack = 1ms;
inline constexpr double kLoopBusyMax = 0.95;  // of the loop's time not spent waiting

// Interference: every message that was due was sent, but late, as when another process had the
// generator's processor. Limits of p99 of generator_lag: an absolute one and a share of p99 of
// response_time. The larger one applies.
inline constexpr Nanoseconds kInterferenceLag = 100us;
inline constexpr double kInterferenceLagShare = 0.25;

// Warning: the lag is small, but a noticeable part of the reported latency.
inline constexpr Nanoseconds kWarningLag = 10us;
inline constexpr double kWarningLagShare = 0.05;

// Sends of a random process: 6 of 20 samples are rejected at 5 % by chance in 3 of 10,000 runs.
inline constexpr std::uint64_t kSamplesMin = 20;
inline constexpr double kRejectedRatioMax = 0.3;  // from this share on, the run is flagged

// The sends of an open loop's generator, over all threads.
struct SendRecord {
  std::uint64_t intended = 0;             // messages due in the window
  std::uint64_t attempted_in_window = 0;  // of those, offered to the kernel before its end
  report::Distribution lag = {};
  std::int64_t lag_p50_at_first_ns = 0, lag_min_at_last_ns = 0;  // of the tenths of the window
  std::int64_t largest_deviation_ns = 0;
  std::uint64_t samples = 0, samples_rejected = 0;
  Maybe<double> loop_busy = {};
};

// A p99 of the run's response time, or a lower bound of it: the highest percentile below that is
// defined; Tmax if nothing was answered.
[[nodiscard]] Nanoseconds response_bound(const Maybe<report::Distribution>& response,
                                         Nanoseconds tmax);

// `response` is response_bound() of the run.
[[nodiscard]] report::Generator judge_generator(const SendRecord& record,
                                                const ArrivalLaw& arrivals, Nanoseconds response);
// Sizes of a mix: an event of this probability, which one run in a thousand has by chance.
inline constexpr double kSizesLevel = 0.001;
// Must: a count for each part of the mix.
[[nodiscard]] report::SizeCheck judge_sizes(const SizeMix& mix,
                                            std::span<const std::uint64_t> sent);

// The reasons why it is saturated, one line each; empty if it is not.
[[nodiscard]] std::vector<std::string> saturation(const SendRecord& record);
// How late it was, if that is interference: "late by 5700 µs at p99, limit 100 µs". Empty if it is
// saturated, which explains lateness.
[[nodiscard]] std::string lateness(const SendRecord& record, Nanoseconds response);

// A share of the window in which the generator did not run. Invalid: what remains is not the load
// that was asked for. The absolute limit is for short windows, of which a busy machine takes a
// large share at once.
inline constexpr double kStoppedInvalid = 0.2;
inline constexpr Nanoseconds kStoppedInvalidMin = 100ms;
inline constexpr double kStoppedInterference = 0.02;
enum class Stopped : std::uint8_t { no, interference, invalid };
[[nodiscard]] Stopped judge_stop(Nanoseconds stopped, Nanoseconds window);

// --- the run ------------------------------------------------------------------------------------

inline constexpr double kTrendLevel = 0.001;  // of Mann-Kendall's test
inline constexpr double kTrendChange = 0.05;  // between the first and the last third, relative
// MSER-5 alone would truncate a quarter of all runs that need no warm-up (its choice among a dozen
// batches is mostly chance): the truncated part must differ from the rest by this much, relative.
inline constexpr double kWarmUpChange = 0.05;
// A stall: the share of the window without arrivals, or in which a closed loop waited for lost
// messages.
inline constexpr double kStallShare = 0.1;
inline constexpr Nanoseconds kStallMin = 50ms;  // for short windows

// Whether the medians of the window's equal parts drift. None if one of them is missing.
[[nodiscard]] std::optional<bool> trend(std::span<const report::SeriesPoint> series);

// Whether the series was steady after its first `warm_up` values, those of the warm-up. None if it
// is too short.
[[nodiscard]] std::optional<bool> warmed_up(std::span<const double> medians, std::size_t warm_up);

}  // namespace sockmark::health
