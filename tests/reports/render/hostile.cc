#include "tests/reports/render/hostile.h"

#include "tests/reports/compare/compare_reports.h"

namespace sockmark::report {

Report hostile_report() {
  Report report = two_transports(12, 0.62);
  report.tool = {kHostile, kHostile, kHostile, kHostile, kHostile, kHostile};
  report.plan_supplied = {{kHostile, kHostile}, {"suite", kHostile}, {"gate", kHostile}};
  report.plan_effective[kHostile] = kHostile;
  report.environment.hard[kHostile] = "\"plain\"";
  report.environment.soft["x"] = kHostile;
  report.environment.hash_hard = kHostile;
  report.warnings = {{kHostile, kHostile, kHostile}};
  report.generator_process = Process{.pid = 1, .affinity = {0}, .scheduler = kHostile, .nice = 0};
  for (Case& one : report.cases) {
    one.id += kHostile;
    one.params.transport += kHostile;
    one.params.workload = kHostile;
    one.params.wait = kHostile;
    one.runs[0].started_at = kHostile;
    one.runs[0].valid = false;
    one.runs[0].invalid_reasons = {kHostile};
    one.runs[1].steady = false;
    one.runs[1].unsteady_reasons = {kHostile};
    one.runs[2].loss = Maybe<Loss>::none(kHostile);
  }
  report.excluded_runs = {{.case_id = kHostile, .index = 0, .rule = kHostile}};
  return report;
}
}  // namespace sockmark::report
