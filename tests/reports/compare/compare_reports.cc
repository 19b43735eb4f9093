#include "tests/reports/compare/compare_reports.h"

namespace sockmark::report {

Run scaled_run(std::uint64_t index, double factor) {
  const auto p50 = static_cast<std::int64_t>(20e6 * factor);
  Run run = sample_run(index, p50, 50'000 / factor, 64);
  auto& infinite = *run.latency->response_time_loss_as_infinite;
  infinite.p50_ns = p50;
  infinite.p99_ns = 3 * p50;
  infinite.p99_9_ns = 10 * p50;
  run.loss->loss_ratio = 0.0;
  return run;
}

Case scaled_case(const std::string& transport, const std::vector<double>& factors) {
  Case one = sample_case(transport, "rr", 64, 20'000, 50'000);
  one.params.arm = Maybe<OpenEnum<Arm>>::none("none");
  one.params.address = Maybe<std::string>::none("default");
  one.runs.clear();
  for (const double factor : factors) one.runs.push_back(scaled_run(one.runs.size(), factor));
  return one;
}

std::vector<double> drifting(std::size_t blocks, double factor, double jitter) {
  constexpr double kDrift[] = {0.3, -1, 0.7, -0.4, 1, -0.6, 0.1, -0.2, 0.9, -0.8, 0.5, -0.5};
  std::vector<double> factors;
  for (std::size_t i = 0; i < blocks; ++i) {
    const double machine = 1 + 0.02 * static_cast<double>(i % 5);
    factors.push_back(machine * factor * (1 + jitter * kDrift[i % std::size(kDrift)]));
  }
  return factors;
}

Report frame(const char* order) {
  Report report = sample_frame();
  report.plan_effective = {{"order", order}};
  return report;
}

Report two_transports(std::size_t blocks, double factor, double jitter) {
  Report report = frame();
  report.cases = {scaled_case("tcp", drifting(blocks, 1, 0)),
                  scaled_case("udp", drifting(blocks, factor, jitter))};
  return report;
}
}  // namespace sockmark::report
