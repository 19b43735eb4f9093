#include "reports/model/overhead.h"

#include <fmt/format.h>

#include <cmath>
#include <span>
#include <vector>

#include "base/printable.h"
#include "reports/format/units.h"
#include "reports/model/reasons.h"
#include "reports/model/summary.h"
#include "stats/moments.h"
#include "stats/sign_flip.h"

namespace sockmark::report {

namespace {

constexpr double kAlpha = 0.05;

struct Sides {
  double ours = 0, floor = 0;  // less is better
};

Maybe<Sides> sides_of(const Run& run) {
  using None = Maybe<Sides>;
  if (!run.floor) return None::none(run.floor.reason());
  if (!run.floor->round_trip) {
    if (!run.throughput) return None::none(run.throughput.reason());
    const double ours = run.throughput->goodput_messages_per_s;
    if (ours <= 0 || run.floor->messages_per_s <= 0) return None::none(kNotPositive);
    return Sides{.ours = 1 / ours, .floor = 1 / run.floor->messages_per_s};
  }
  if (!run.latency) return None::none(run.latency.reason());
  if (!run.latency->response_time) return None::none(run.latency->response_time.reason());
  const auto& ours = run.latency->response_time->p50_ns;
  const auto& floor = run.floor->round_trip->p50_ns;
  if (!ours || !floor) return None::none(ours ? floor.reason() : ours.reason());
  if (*ours <= 0 || *floor <= 0) return None::none(kNotPositive);
  return Sides{.ours = static_cast<double>(*ours), .floor = static_cast<double>(*floor)};
}

std::string shown(double value, std::span<const Unit> units) {
  const Unit unit = unit_for(value, units);
  return with_unit(value, unit, decimals_for(value / unit.size));
}

// The median over the runs, as a table shows it.
std::string floor_text(const Case& one) {
  std::vector<double> values;
  const Run* with_floor = nullptr;
  for (const Run& run : one.runs) {
    if (!run.valid || !run.floor) continue;
    with_floor = &run;
    const auto& trip = run.floor->round_trip;
    if (!trip) values.push_back(run.floor->messages_per_s);
    if (trip && trip->p50_ns) values.push_back(static_cast<double>(*trip->p50_ns));
  }
  if (values.empty()) return "";
  const double median = statistic_of(values).median;
  return with_floor->floor->round_trip
             ? fmt::format("the {} loop's p50 of {}", with_floor->floor->loop, shown(median, kTime))
             : fmt::format("the {} loop's {} msg/s", with_floor->floor->loop,
                           shown(median, kCount));
}

}  // namespace

Maybe<Overhead> overhead_of(const Case& one) {
  std::vector<double> d;
  bool one_way = false;
  for (const Run& run : one.runs) {
    if (!run.valid) continue;
    const auto sides = sides_of(run);
    if (!sides) return Maybe<Overhead>::none(sides.reason());
    d.push_back(std::log(sides->ours / sides->floor));
    one_way = !run.floor->round_trip;
  }
  if (d.empty()) return Maybe<Overhead>::none(kNoValidRun);
  const double mean = mean_of(d);
  Overhead overhead{.metric = one_way ? "goodput_messages_per_s" : "p50_ns",
                    .blocks = d.size(),
                    .overhead_ratio = std::exp(mean),
                    .interval = Maybe<std::array<double, 2>>::none(kTooFewBlocks)};
  if (d.size() <= kMaxBlocks) {
    if (const auto interval = subset_mean_interval(d, kAlpha))
      overhead.interval = std::array{std::exp(interval->low), std::exp(interval->high)};
  } else {
    overhead.interval = Maybe<std::array<double, 2>>::none(kTooManyBlocks);
  }
  return overhead;
}

std::string overhead_text(const Report& report) {
  std::string text;
  for (const Case& one : report.cases) {
    if (!one.overhead) continue;
    const Overhead& overhead = *one.overhead;
    text += fmt::format("  {}: x{:.3f}", printable(one.id), overhead.overhead_ratio);
    text +=
        overhead.interval
            ? fmt::format(" ({:.3f} to {:.3f})", (*overhead.interval)[0], (*overhead.interval)[1])
            : fmt::format(" (no interval: {})", reason_in_words(overhead.interval.reason()));
    text += fmt::format(" of {}\n", floor_text(one));
  }
  if (text.empty()) return text;
  return "  over the floor, the same exchange by bare system calls in the same blocks:\n" + text;
}

}  // namespace sockmark::report
