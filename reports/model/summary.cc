#include "reports/model/summary.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/assert.h"
#include "reports/model/overhead.h"
#include "reports/model/reasons.h"
#include "stats/two_groups.h"

namespace sockmark::report {

Statistic statistic_of(std::vector<double> values) {
  ASSERT(!values.empty());
  std::ranges::sort(values);
  return {.n = values.size(),
          .median = values[(values.size() + 1) / 2 - 1],
          .min = values.front(),
          .max = values.back()};
}

Maybe<Statistic> summarise(const Case& one, const Metric& metric, RunsOf runs) {
  return summarise(one, ValueOfRun(metric.of), runs);
}

Maybe<Statistic> summarise(const Case& one, const ValueOfRun& value_of_run, RunsOf runs) {
  const bool only_valid = runs == RunsOf::valid || std::ranges::any_of(one.runs, &Run::valid);
  std::vector<double> values;
  std::string reason = kNoValidRun;
  for (const Run& run : one.runs) {
    if (!run.valid && only_valid) continue;
    Maybe<double> value = value_of_run(run);
    if (value && !std::isfinite(*value)) value = Maybe<double>::none(kNotFinite);
    if (value) {
      values.push_back(*value);
      continue;
    }
    if (runs == RunsOf::valid) return Maybe<Statistic>::none(value.reason());
    if (run.valid || run.throughput) reason = value.reason();  // it came to its end
  }
  if (values.empty()) return Maybe<Statistic>::none(reason);
  return statistic_of(std::move(values));
}

Maybe<RunGroups> groups_of(const Case& one) {
  std::vector<double> values;
  for (const Run& run : one.runs) {
    const Maybe<double> value = metric("p50_ns").of(run);
    if (run.valid && value && *value > 0) values.push_back(*value);
  }
  if (values.size() < kFewestForGroups) return Maybe<RunGroups>::none(kTooFewRuns);
  const auto groups = two_groups(values);
  if (!groups) return Maybe<RunGroups>::none("none");
  return RunGroups{.lower_runs = groups->lower_count,
                   .upper_runs = groups->upper_count,
                   .lower_p50_ns = groups->lower_median,
                   .upper_p50_ns = groups->upper_median};
}

void summarise(Case& one) {
  one.summary.clear();
  for (const Metric& metric : metrics()) {
    if (const Maybe<Statistic> statistic = summarise(one, metric)) {
      one.summary[std::string(metric.name)] = *statistic;
    }
  }
  one.overhead = overhead_of(one);
  one.groups = groups_of(one);
}

void summarise(Report& report) {
  for (Case& one : report.cases) summarise(one);
}

}  // namespace sockmark::report
