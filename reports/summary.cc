#include "reports/summary.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>

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
    {"p50_ns", false, latency<&Distribution::p50_ns>},
    {"p99_ns", false, latency<&Distribution::p99_ns>},
    {"max_ns", false, latency<&Distribution::max_ns>},
    {"goodput_messages_per_s", true, throughput<&Throughput::goodput_messages_per_s>},
    {"goodput_bytes_per_s", true, throughput<&Throughput::goodput_bytes_per_s>},
    {"cpu_ns_per_message", false, cpu_per_message},
    {"loss_ratio", false, loss_ratio},
};

}  // namespace

const Maybe<Distribution>& main_latency(const Latency& latency) {
  return latency.response_time || !latency.one_way ? latency.response_time : latency.one_way;
}

std::span<const Metric> metrics() { return kMetrics; }

const Metric& metric(std::string_view name) {
  const auto found = std::ranges::find(kMetrics, name, &Metric::name);
  assert(found != std::ranges::end(kMetrics));
  return *found;
}

Statistic statistic_of(std::vector<double> values) {
  assert(!values.empty());
  std::ranges::sort(values);
  return {.n = values.size(),
          .median = values[(values.size() + 1) / 2 - 1],
          .min = values.front(),
          .max = values.back()};
}

Maybe<Statistic> summarise(const Case& one, const Metric& metric) {
  std::vector<double> values;
  for (const Run& run : one.runs) {
    if (!run.valid) continue;
    const Maybe<double> value = metric.of(run);
    if (!value) return Maybe<Statistic>::none(value.reason());
    if (!std::isfinite(*value)) return Maybe<Statistic>::none(kNotFinite);
    values.push_back(*value);
  }
  if (values.empty()) return Maybe<Statistic>::none(kNoValidRun);
  return statistic_of(std::move(values));
}

void summarise(Case& one) {
  one.summary.clear();
  for (const Metric& metric : metrics()) {
    if (const Maybe<Statistic> statistic = summarise(one, metric)) {
      one.summary[std::string(metric.name)] = *statistic;
    }
  }
}

void summarise(Report& report) {
  for (Case& one : report.cases) summarise(one);
}

}  // namespace sockmark::report
