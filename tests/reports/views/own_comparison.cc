#include "tests/reports/views/own_comparison.h"

#include <array>
#include <utility>

namespace sockmark::report {

Comparison own(double estimate, double low, double high, Difference difference) {
  Comparison one = sample_comparison();
  one.estimate = estimate;
  one.interval = std::array{low, high};
  one.difference = difference;
  one.confidence = 0.95;
  one.gate = Maybe<GateVerdict>::none("none");
  one.p_adjusted = 0.001;
  return one;
}

Report with_own(Comparison one) {
  Report report = two_transports(12, 1);
  report.comparisons = {std::move(one)};
  return report;
}
}  // namespace sockmark::report
