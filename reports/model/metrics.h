// The metrics of a run: the figures at the top of a report, by which cases are compared and which
// other formats export. One table holds the name, the unit and the direction of each. Pure
// functions, any thread.

#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "reports/model/report.h"

namespace sockmark::report {

// The latency of a run: response time, or if messages are not echoed the one-way delay. Absent with
// the reason of the response time.
[[nodiscard]] const Maybe<Distribution>& main_latency(const Latency& latency);

enum class MetricUnit { ns, messages_per_s, bytes_per_s, ratio };
constexpr auto enum_names(MetricUnit) {
  return std::to_array<EnumName<MetricUnit>>({{MetricUnit::ns, "ns"},
                                              {MetricUnit::messages_per_s, "messages/s"},
                                              {MetricUnit::bytes_per_s, "bytes/s"},
                                              {MetricUnit::ratio, "ratio"}});
}

struct Metric {
  std::string_view name = {};        // "p99_ns", as in Case::summary
  std::string_view short_name = {};  // "p99", as on a command line
  MetricUnit unit = MetricUnit::ns;
  bool more_is_better = false;
  // The effect is a difference then, because there is no ratio to 0
  // (docs/definitions/comparing.md#effect).
  bool may_be_zero = false;
  // Elapsed time: a larger value is "slower". Of CPU time and of other metrics it is "worse".
  bool is_latency = false;
  // Of the stream to the generator, where both ends send.
  bool of_reverse = false;
  // Of a percentile, the fraction of the sample above it.
  std::optional<double> share_beyond = std::nullopt;
  // How much worse a candidate may be: a ratio above 1, or a difference in the metric's unit where
  // it may be 0. docs/definitions/comparing.md#verdict sets the margins of p50, p99, goodput and
  // loss; the other metrics have that of the nearest of these.
  double default_margin = 1;
  // The value of one run, or why there is none. It may not be finite.
  Maybe<double> (*of)(const Run&) = nullptr;
};

// p50_ns, p99_ns, p99_9_ns, max_ns, goodput_messages_per_s, goodput_bytes_per_s,
// cpu_ns_per_message (of both ends and all messages together), loss_ratio; and where both ends send
// a stream, reverse_p50_ns, reverse_p99_ns, reverse_p99_9_ns, reverse_max_ns,
// reverse_goodput_messages_per_s, reverse_goodput_bytes_per_s and reverse_loss_ratio of the one to
// the generator.
[[nodiscard]] std::span<const Metric> metrics();

// By name or short name. Null if there is no such metric.
[[nodiscard]] const Metric* find_metric(std::string_view name);

// Must: the name is that of a metric.
[[nodiscard]] const Metric& metric(std::string_view name);

// How well the value of the run is known, in ns: for a latency that is a one-way delay between two
// clocks, their bound. 0 for other metrics and runs.
[[nodiscard]] double clock_bound_ns(const Run& run, const Metric& metric);

// The value of one run, valid or not. Empty if it is undefined or not finite.
[[nodiscard]] std::optional<double> value_of(const Run& run, const Metric& metric);

}  // namespace sockmark::report
