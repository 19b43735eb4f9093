// The tables of latency: percentiles of the runs, and the distribution over all runs.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "measure/histogram.h"
#include "reports/chart_data/tables.h"
#include "reports/model/metrics.h"
#include "reports/model/reasons.h"
#include "reports/model/sections.h"
#include "reports/model/summary.h"

namespace sockmark::report {
namespace {

constexpr const char* kUnreadable = "its histogram cannot be read";

// --- levels -------------------------------------------------------------------------------------

// A percentile by what lies above it, in parts per 10^9, so that ranks are computed in integers: a
// percentile 1 - t of N values has rank N - floor(N t), which is the one of
// docs/definitions/conventions.md#percentile-rule.
struct Level {
  std::uint64_t tail = 0;
  [[nodiscard]] double quantile() const { return static_cast<double>(kWhole - tail) / 1e9; }
  [[nodiscard]] double nines() const {
    return to_ninth_place(-std::log10(static_cast<double>(tail) / 1e9));
  }
  [[nodiscard]] std::string label() const {
    return tail == kWhole ? "min" : fmt::format("p{:.6g}", 100 * quantile());
  }
  [[nodiscard]] std::uint64_t rank(std::uint64_t count) const {
    const auto above = static_cast<std::uint64_t>(Uint128{count} * tail / kWhole);
    return std::max<std::uint64_t>(count - above, 1);
  }
  // The rule of sections.h.
  [[nodiscard]] bool is_supported_by(std::uint64_t count) const {
    return Uint128{count} * tail >= Uint128{kMinBeyondPercentile} * kWhole;
  }
  static constexpr std::uint64_t kWhole = 1'000'000'000;
};

// An eighth of a nine apart, and the percentiles of a report: 50, 75 and 95 %. Up to six nines,
// which ten million messages support.
const std::vector<Level>& levels() {
  static const std::vector<Level> kLevels = [] {
    constexpr int kPerNine = 8, kNines = 6;
    std::vector<Level> all = {{500'000'000}, {250'000'000}, {50'000'000}};
    for (int i = 0; i <= kPerNine * kNines; ++i)
      all.push_back({static_cast<std::uint64_t>(
          std::llround(std::pow(10.0, 9 - static_cast<double>(i) / kPerNine)))});
    std::ranges::sort(all, std::ranges::greater(), &Level::tail);
    return all;
  }();
  return kLevels;
}

// --- one run ------------------------------------------------------------------------------------

struct RunLatency {
  std::uint64_t count = 0;             // messages, those beyond the histogram's range too
  std::vector<std::int64_t> at_level;  // of the levels that its count supports
  Maybe<std::int64_t> max_ns;
};

// One pass over the counters for all percentiles.
RunLatency run_latency(const Distribution& distribution, const Histogram& histogram) {
  RunLatency result{.count = histogram.count(), .at_level = {}, .max_ns = distribution.max_ns};
  std::uint64_t seen = 0;
  histogram.for_each_counter([&](std::int64_t lowest, std::uint64_t count) {
    seen += count;
    while (result.at_level.size() < levels().size()) {
      const Level& level = levels()[result.at_level.size()];
      if (!level.is_supported_by(result.count) || level.rank(result.count) > seen) return;
      result.at_level.push_back(histogram.high_end(lowest));
    }
  });
  return result;
}

// --- one case -----------------------------------------------------------------------------------

struct CaseLatency {
  std::vector<RunLatency> runs;
  std::optional<Histogram> pooled;
};

Maybe<CaseLatency> case_latency(const Case& one) {
  using None = Maybe<CaseLatency>;
  CaseLatency result;
  for (const Run& run : one.runs) {
    if (!run.valid) continue;
    if (!run.latency) return None::none(run.latency.reason());
    const Maybe<Distribution>& distribution = main_latency(*run.latency);
    if (!distribution) return None::none(distribution.reason());
    auto histogram = histogram_of(*distribution);
    if (!histogram) return None::none(kUnreadable);
    result.runs.push_back(run_latency(*distribution, *histogram));
    if (result.pooled) {
      result.pooled->add(*histogram);
    } else {
      result.pooled = std::move(*histogram);
    }
  }
  if (result.runs.empty()) return None::none(kNoValidRun);
  if (result.pooled->empty()) return None::none(kNothingReceived);
  return result;
}

ChartRow statistic_row(std::string label, double quantile, double nines,
                       const std::vector<double>& values) {
  return ChartRow{cell(quantile), cell(nines), cell(std::move(label))} +
         statistic_cells(statistic_of(values));
}

void add_percentiles(ChartTable& table, const ChartSubject& subject, const CaseLatency& latency) {
  std::size_t supported = levels().size();
  for (const RunLatency& run : latency.runs) supported = std::min(supported, run.at_level.size());
  std::vector<double> values;
  double nines = 0;
  for (std::size_t l = 0; l < supported; ++l) {
    values.clear();
    for (const RunLatency& run : latency.runs)
      values.push_back(static_cast<double>(run.at_level[l]));
    const Level& level = levels()[l];
    nines = level.nines();
    add_row(table, subject, statistic_row(level.label(), level.quantile(), nines, values));
  }
  // The largest of N messages is at the quantile 1 - 1/N.
  std::vector<double> counts;
  values.clear();
  for (const RunLatency& run : latency.runs) {
    if (!run.max_ns) return;
    values.push_back(static_cast<double>(*run.max_ns));
    counts.push_back(static_cast<double>(run.count));
  }
  const double of_all = to_ninth_place(std::log10(std::max(statistic_of(counts).median, 1.0)));
  add_row(table, subject, statistic_row("max", 1, std::max(of_all, nines), values));
}

// The steps of the distribution: a hundredth each, finer towards both ends, and coarser if there
// are many cases.
std::vector<double> fractions(std::size_t cases) {
  constexpr std::size_t kStepsMax = 100, kStepsMin = 25, kOfAllCases = 5000;
  const std::size_t steps =
      std::clamp(kOfAllCases / std::max<std::size_t>(cases, 1), kStepsMin, kStepsMax);
  std::vector<double> all;
  for (std::size_t i = 1; i < steps; ++i)
    all.push_back(static_cast<double>(i) / static_cast<double>(steps));
  const int per_nine = steps == kStepsMax ? 5 : 2;
  for (int i = 1; i <= 4 * per_nine; ++i) {
    const double tail = std::pow(10.0, -2 - static_cast<double>(i) / per_nine);  // to six nines
    all.push_back(tail);
    all.push_back(1 - tail);
  }
  std::ranges::sort(all);
  return all;
}

// Messages that overflowed the histogram count, so that the steps end below 1.
void add_distribution(ChartTable& table, const ChartSubject& subject, const CaseLatency& latency,
                      const std::vector<double>& steps) {
  const Histogram& histogram = *latency.pooled;
  const auto total = static_cast<double>(histogram.count());
  const auto add = [&](std::int64_t value, double fraction) {
    add_row(table, subject, {cell(value), cell(to_ninth_place(fraction)), ChartCell()});
  };
  std::uint64_t seen = 0;
  auto next = steps.begin();
  std::int64_t last = 0;
  bool added = false;
  histogram.for_each_counter([&](std::int64_t lowest, std::uint64_t count) {
    if (seen == 0) add(histogram.low_end(lowest), 0);
    seen += count;
    last = histogram.high_end(lowest);
    const double fraction = static_cast<double>(seen) / total;
    added = next != steps.end() && fraction >= *next;
    if (!added) return;
    add(last, fraction);
    while (next != steps.end() && *next <= fraction) ++next;
  });
  if (!added) add(last, static_cast<double>(seen) / total);
}

}  // namespace

LatencyTables latency_tables(const ChartSubjects& subjects) {
  LatencyTables tables{
      .percentiles = chart_table("percentiles", {{"quantile", "Quantile", "ratio"},
                                                 {"nines", "Nines", ""},
                                                 {"label", "Percentile", ""},
                                                 {"latency_ns", "Latency", "ns"},
                                                 {"low_ns", "Lowest run", "ns"},
                                                 {"high_ns", "Highest run", "ns"},
                                                 kRunsColumn,
                                                 kReasonColumn}),
      .distribution = chart_table("distribution", {{"latency_ns", "Latency", "ns"},
                                                   {"fraction", "Messages as fast", "ratio"},
                                                   kReasonColumn})};
  const std::vector<double> steps = fractions(subjects.cases.size());
  for (const ChartSubject& subject : subjects.cases) {
    const Maybe<CaseLatency> latency = case_latency(*subject.one);
    if (!latency) {
      const std::string reason = reason_in_words(latency.reason());
      add_row(tables.percentiles, subject,
              ChartRow{ChartCell(), ChartCell(), ChartCell()} +
                  statistic_cells(Maybe<Statistic>::none(latency.reason())));
      add_row(tables.distribution, subject, {ChartCell(), ChartCell(), cell(reason)});
      continue;
    }
    const std::size_t before = tables.percentiles.rows.size();
    add_percentiles(tables.percentiles, subject, *latency);
    if (tables.percentiles.rows.size() == before) {
      add_row(tables.percentiles, subject,
              ChartRow{ChartCell(), ChartCell(), ChartCell()} +
                  statistic_cells(Maybe<Statistic>::none(kSamples)));
    }
    add_distribution(tables.distribution, subject, *latency, steps);
  }
  return tables;
}

}  // namespace sockmark::report
