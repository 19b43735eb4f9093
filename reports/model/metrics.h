// What one number says about a run: the metrics that stand at the head of a report, that two cases
// are compared by, and that other tools are told. One table; whoever needs a metric's name, unit or
// direction takes it from here. Pure functions, any thread.

#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "reports/model/report.h"

namespace sockmark::report {

// The distribution that "the latency" of a run means: response time, or where messages are not
// echoed the one-way delay. Absent with the response time's reason.
[[nodiscard]] const Maybe<Distribution>& main_latency(const Latency& latency);

struct Metric {
  const char* name;        // "p99_ns", as in Case::summary
  const char* short_name;  // "p99", as people type it
  const char* unit;        // "ns", "messages/s", "bytes/s" or "ratio"
  bool more_is_better;
  // Its effect is a difference, not a ratio, since nothing is a ratio to 0
  // (docs/definitions/comparing.md#effect).
  bool may_be_zero;
  // How much worse a candidate may be: a ratio above 1, or a difference in the metric's unit where
  // it may be 0. docs/definitions/comparing.md#verdict sets that of p50, p99, goodput and loss; the
  // others have the one of the metric nearest to them.
  double default_margin;
  // Of one run, or why there is none. What a report was filled with may not be finite.
  Maybe<double> (*of)(const Run&);
};

// p50_ns, p99_ns, p99_9_ns, max_ns, goodput_messages_per_s, goodput_bytes_per_s,
// cpu_ns_per_message (of both ends together), loss_ratio.
[[nodiscard]] std::span<const Metric> metrics();

// By the name or the short one. Null where there is no such metric.
[[nodiscard]] const Metric* find_metric(std::string_view name);

// Must: the name is that of a metric.
[[nodiscard]] const Metric& metric(std::string_view name);

// The metric of one run, valid or not. Nothing where it is undefined or not finite.
[[nodiscard]] std::optional<double> value_of(const Run& run, const Metric& metric);

}  // namespace sockmark::report
