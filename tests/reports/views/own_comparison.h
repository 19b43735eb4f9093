// Reports with one comparison, for the tests of findings and headlines.

#pragma once

#include <array>
#include <utility>

#include "tests/reports/compare/compare_reports.h"

namespace sockmark::report {

// A comparison of tcp with udp; only the effect matters.
inline Comparison own(double estimate, double low, double high, Difference difference) {
  Comparison one = sample_comparison();
  one.estimate = estimate;
  one.interval = std::array{low, high};
  one.difference = difference;
  one.confidence = 0.95;
  one.gate = Maybe<GateVerdict>::none("none");
  one.p_adjusted = 0.001;
  return one;
}

inline Report with_own(Comparison one) {
  Report report = two_transports(12, 1);
  report.comparisons = {std::move(one)};
  return report;
}

}  // namespace sockmark::report
