// Gates: how much worse a candidate may be than its baseline, by metric. Pure functions, any
// thread.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "reports/model/metrics.h"

namespace sockmark::report {

struct GateSpec {
  const Metric* metric = nullptr;
  // A ratio above 1, or a difference in the metric's unit where it may be 0; always in the
  // direction that is worse (for goodput 1.05 means at least 1/1.05 of the baseline's).
  double margin = 0;
  // A default gate that cannot be judged is dropped; one that was asked for is inconclusive.
  bool by_default = false;

  // The margin on the scale of an effect: its logarithm, or the difference itself.
  [[nodiscard]] double bound() const;
};

// docs/definitions/comparing.md#verdict: p50:1.05, p99:1.10, goodput:1.05, loss:0.001.
[[nodiscard]] std::vector<GateSpec> default_gates();

// "p50:1.05", "loss:0.001", or "p50" with the metric's default margin. Errors list the metrics or
// the range of the margin.
[[nodiscard]] Result<GateSpec> parse_gate(std::string_view text);

// Error: two gates of one metric.
[[nodiscard]] Result<std::vector<GateSpec>> parse_gates(std::span<const std::string> texts);

// "p50" or "p50_ns". Errors list the metrics.
[[nodiscard]] Result<const Metric*> parse_metric(std::string_view name);

}  // namespace sockmark::report
