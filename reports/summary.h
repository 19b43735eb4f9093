// What one number says about a case: a metric of each valid run, and its median over them.
//
// A run is one observation (definitions 12.1). Percentiles of runs are medianed, never averaged,
// and no run is left out for its value (definitions 13.3); a metric that one valid run does not
// define has no summary. Pure functions.

#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "reports/report.h"

namespace sockmark::report {

inline constexpr const char* kNoValidRun = "no_valid_run";

// The distribution that "the latency" of a run means: response time, or where messages are not
// echoed the one-way delay. Absent with the response time's reason.
[[nodiscard]] const Maybe<Distribution>& main_latency(const Latency& latency);

struct Metric {
  std::string_view name;  // "p99_ns", as in Case::summary
  bool higher_is_better;
  Maybe<double> (*of)(const Run&);
};

// p50_ns, p99_ns, max_ns, goodput_messages_per_s, goodput_bytes_per_s, cpu_ns_per_message (of both
// ends together), loss_ratio.
[[nodiscard]] std::span<const Metric> metrics();

// Must: the name is one of metrics().
[[nodiscard]] const Metric& metric(std::string_view name);

// Smallest value with at least half of them at or below it (RFC 2330 section 11.3 with p = 1/2),
// and not the mean of the middle two. Must: not empty, none of them NaN.
[[nodiscard]] Statistic statistic_of(std::vector<double> values);

// Over the valid runs. Absent with the first reason that a run gives, or "no_valid_run".
[[nodiscard]] Maybe<Statistic> summarise(const Case& one, const Metric& metric);

// Fills Case::summary.
void summarise(Case& one);
void summarise(Report& report);

}  // namespace sockmark::report
