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
Maybe<double> latency(const Latency& latency) {
  const Maybe<Distribution>& distribution = main_latency(latency);
  if (!distribution) return Maybe<double>::none(distribution.reason());
  return as_double((*distribution).*Member);
}

template <auto Member>
Maybe<double> latency(const Run& run) {
  if (!run.latency) return Maybe<double>::none(run.latency.reason());
  return latency<Member>(*run.latency);
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

// A metric of the stream to the generator.
template <auto Of>
Maybe<double> reverse(const Run& run) {
  if (!run.reverse) return Maybe<double>::none(run.reverse.reason());
  return Of(*run.reverse);
}
template <auto Member>
Maybe<double> reverse_latency(const Run& run) {
  return reverse<[](const ReverseStream& stream) { return latency<Member>(stream.latency); }>(run);
}
template <auto Member>
Maybe<double> reverse_throughput(const Run& run) {
  return reverse<[](const ReverseStream& stream) -> Maybe<double> {
    return stream.throughput.*Member;
  }>(run);
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
    {.name = "reverse_p50_ns",
     .short_name = "reverse_p50",
     .is_latency = true,
     .of_reverse = true,
     .share_beyond = 0.5,
     .default_margin = 1.05,
     .of = reverse_latency<&Distribution::p50_ns>},
    {.name = "reverse_p99_ns",
     .short_name = "reverse_p99",
     .is_latency = true,
     .of_reverse = true,
     .share_beyond = 0.01,
     .default_margin = 1.10,
     .of = reverse_latency<&Distribution::p99_ns>},
    {.name = "reverse_p99_9_ns",
     .short_name = "reverse_p99.9",
     .is_latency = true,
     .of_reverse = true,
     .share_beyond = 0.001,
     .default_margin = 1.10,
     .of = reverse_latency<&Distribution::p99_9_ns>},
    {.name = "reverse_max_ns",
     .short_name = "reverse_max",
     .is_latency = true,
     .of_reverse = true,
     .share_beyond = 0,
     .default_margin = 1.10,
     .of = reverse_latency<&Distribution::max_ns>},
    {.name = "reverse_goodput_messages_per_s",
     .short_name = "reverse_goodput",
     .unit = MetricUnit::messages_per_s,
     .more_is_better = true,
     .of_reverse = true,
     .default_margin = 1.05,
     .of = reverse_throughput<&Throughput::goodput_messages_per_s>},
    {.name = "reverse_goodput_bytes_per_s",
     .short_name = "reverse_goodput_bytes",
     .unit = MetricUnit::bytes_per_s,
     .more_is_better = true,
     .of_reverse = true,
     .default_margin = 1.05,
     .of = reverse_throughput<&Throughput::goodput_bytes_per_s>},
    {.name = "reverse_loss_ratio",
     .short_name = "reverse_loss",
     .unit = MetricUnit::ratio,
     .may_be_zero = true,
     .of_reverse = true,
     .default_margin = 0.001,
     .of = reverse<[](const ReverseStream& stream) { return stream.loss.loss_ratio; }>},
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
  if (!metric.is_latency || (metric.of_reverse ? !run.reverse : !run.latency)) return 0;
  const Latency& latency = metric.of_reverse ? run.reverse->latency : *run.latency;
  if (!latency.bound_ns) return 0;
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
