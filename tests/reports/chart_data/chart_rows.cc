#include "tests/reports/chart_data/chart_rows.h"

#include <utility>

#include "measure/histogram.h"
#include "reports/model/sections.h"
#include "reports/model/summary.h"

namespace sockmark::report {

Case chart_case(std::string transport, std::vector<Run> runs) {
  Case one;
  one.id = transport + "/rr/64B/c1";
  one.params.transport = std::move(transport);
  one.params.family = "ipv4";
  one.params.workload = "rr";
  one.runs = std::move(runs);
  return one;
}

Case at_rate(Case one, double rate) {
  one.params.rate_per_s = rate;
  one.params.arrivals = "uniform";
  one.params.depth = Maybe<std::uint64_t>::none("open_loop");
  one.params.wait = "hybrid";
  return one;
}

Report chart_report(std::vector<Case> cases) {
  Report report;
  report.cases = std::move(cases);
  summarise(report);
  return report;
}

Run run_of(const std::vector<std::int64_t>& times_ns) {
  Histogram histogram;
  for (const std::int64_t time : times_ns) histogram.record(time);
  Run run;
  run.valid = true;
  run.window.measure_ns = 1'000'000'000;
  Latency latency;
  latency.delay_kind = DelayKind::round_trip;
  latency.response_time = distribution(histogram);
  run.latency = latency;
  return run;
}

Run run_from(std::int64_t first, int messages) {
  std::vector<std::int64_t> times;
  for (int i = 0; i < messages; ++i) times.push_back(first + i);
  return run_of(times);
}

Run invalid_run(std::string reason) {
  Run run = run_from(1, 1000);
  run.valid = false;
  run.invalid_reasons = {std::move(reason)};
  return run;
}
}  // namespace sockmark::report
