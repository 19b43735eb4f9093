// Reports made by hand for the tests of comparing: one value a run, everything else fixed.

#pragma once

#include <string>
#include <vector>

#include "reports/model/report.h"
#include "tests/reports/sample_report.h"

namespace sockmark::report {

// A run whose every latency, and the cost of a message, is proportional to `factor`, its goodput to
// the inverse. Open loop, with samples enough to gate p99.
inline Run scaled_run(std::uint64_t index, double factor) {
  const auto p50 = static_cast<std::int64_t>(20e6 * factor);
  Run run = sample_run(index, p50, 50'000 / factor, 64);
  auto& infinite = *run.latency->response_time_loss_as_infinite;
  infinite.p50_ns = p50;
  infinite.p99_ns = 3 * p50;
  infinite.p99_9_ns = 10 * p50;
  run.loss->loss_ratio = 0.0;
  return run;
}

inline Case scaled_case(const std::string& transport, const std::vector<double>& factors) {
  Case one = sample_case(transport, "rr", 64, 20'000, 50'000);
  one.params.arm = Maybe<OpenEnum<Arm>>::none("none");
  one.params.address = Maybe<std::string>::none("default");
  one.runs.clear();
  for (const double factor : factors) one.runs.push_back(scaled_run(one.runs.size(), factor));
  return one;
}

// Blocks that drift and sway together, so that only their pairing shows what differs.
inline std::vector<double> swaying(std::size_t blocks, double factor = 1, double jitter = 0.01) {
  constexpr double kSway[] = {0.3, -1, 0.7, -0.4, 1, -0.6, 0.1, -0.2, 0.9, -0.8, 0.5, -0.5};
  std::vector<double> factors;
  for (std::size_t i = 0; i < blocks; ++i) {
    const double machine = 1 + 0.02 * static_cast<double>(i % 5);
    factors.push_back(machine * factor * (1 + jitter * kSway[i % std::size(kSway)]));
  }
  return factors;
}

inline Report frame(const char* order = "interleaved") {
  Report report = sample_frame();
  report.plan_effective = {{"order", order}};
  return report;
}

// tcp, and a udp that is so many times as slow, with the same machine beneath both.
inline Report two_transports(std::size_t blocks, double factor, double jitter = 0.01) {
  Report report = frame();
  report.cases = {scaled_case("tcp", swaying(blocks, 1, 0)),
                  scaled_case("udp", swaying(blocks, factor, jitter))};
  return report;
}

}  // namespace sockmark::report
