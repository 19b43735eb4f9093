#include "reports/model/metrics.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"

namespace sockmark::report {
namespace {

template <class T>
Maybe<double> as_double(const Maybe<T>& value) {
  if (!value) return Maybe<double>::none(value.reason());
  return static_cast<double>(*value);
}

template <auto Member>
Maybe<double> latency(const Run& run) {
  if (!run.latency) return Maybe<double>::none(run.latency.reason());
  const Maybe<Distribution>& distribution = main_latency(*run.latency);
  if (!distribution) return Maybe<double>::none(distribution.reason());
  return as_double((*distribution).*Member);
}

template <auto Member>
Maybe<double> throughput(const Run& run) {
  if (!run.throughput) return Maybe<double>::none(run.throughput.reason());
  return (*run.throughput).*Member;
}

Maybe<double> cpu_per_message(const Run& run) {
  double sum = 0;
  for (const auto* end : {&run.resources.generator, &run.resources.responder}) {
    if (!*end) return Maybe<double>::none(end->reason());
    const Maybe<double>& cost = (*end)->cpu_ns_per_message;
    if (!cost) return cost;
    sum += *cost;
  }
  return sum;
}

Maybe<double> loss_ratio(const Run& run) {
  if (!run.loss) return Maybe<double>::none(run.loss.reason());
  return run.loss->loss_ratio;
}

constexpr Metric kMetrics[] = {
    {.name = "p50_ns",
     .short_name = "p50",
     .is_latency = true,
     .share_beyond = 0.5,
     .default_margin = 1.05,
     .of = latency<&Distribution::p50_ns>},
    {.name = "p99_ns",
     .short_name = "p99",
     .is_latency = true,
     .share_beyond = 0.01,
     .default_margin = 1.10,
     .of = latency<&Distribution::p99_ns>},
    {.name = "p99_9_ns",
     .short_name = "p99.9",
     .is_latency = true,
     .share_beyond = 0.001,
     .default_margin = 1.10,
     .of = latency<&Distribution::p99_9_ns>},
    {.name = "max_ns",
     .short_name = "max",
     .is_latency = true,
     .share_beyond = 0,
     .default_margin = 1.10,
     .of = latency<&Distribution::max_ns>},
    {.name = "goodput_messages_per_s",
     .short_name = "goodput",
     .unit = MetricUnit::messages_per_s,
     .more_is_better = true,
     .default_margin = 1.05,
     .of = throughput<&Throughput::goodput_messages_per_s>},
    {.name = "goodput_bytes_per_s",
     .short_name = "goodput_bytes",
     .unit = MetricUnit::bytes_per_s,
     .more_is_better = true,
     .default_margin = 1.05,
     .of = throughput<&Throughput::goodput_bytes_per_s>},
    {.name = "cpu_ns_per_message",
     .short_name = "cpu",
     .default_margin = 1.05,
     .of = cpu_per_message},
    {.name = "loss_ratio",
     .short_name = "loss",
     .unit = MetricUnit::ratio,
     .may_be_zero = true,
     .default_margin = 0.001,
     .of = loss_ratio},
};

}  // namespace

const Maybe<Distribution>& main_latency(const Latency& latency) {
  return latency.response_time || !latency.one_way ? latency.response_time : latency.one_way;
}

std::span<const Metric> metrics() { return kMetrics; }

const Metric* find_metric(std::string_view name) {
  const auto* found = std::ranges::find_if(kMetrics, [name](const Metric& metric) {
    return name == metric.name || name == metric.short_name;
  });
  return found == std::ranges::end(kMetrics) ? nullptr : found;
}

const Metric& metric(std::string_view name) {
  const Metric* found = find_metric(name);
  ASSERT(found != nullptr);
  return *found;
}

double clock_bound_ns(const Run& run, const Metric& metric) {
  if (!metric.is_latency || !run.latency || !run.latency->bound_ns) return 0;
  const Latency& latency = *run.latency;
  const bool one_way =
      latency.delay_kind == DelayKind::one_way || &main_latency(latency) == &latency.one_way;
  return one_way ? static_cast<double>(*latency.bound_ns) : 0;
}

std::optional<double> value_of(const Run& run, const Metric& metric) {
  const Maybe<double> value = metric.of(run);
  if (!value || !std::isfinite(*value)) return std::nullopt;
  return *value;
}

}  // namespace sockmark::report
