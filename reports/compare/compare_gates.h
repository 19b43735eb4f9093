// Judging the gates of a comparison. All are judged together, because one failure among many may be
// chance, and each with the caveats that make it inconclusive whatever its interval is
// (docs/definitions/comparing.md#families, #verdict). Pure functions, any thread.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "reports/compare/compare_effect.h"
#include "reports/compare/compare_runs.h"
#include "reports/compare/gates.h"
#include "reports/model/report.h"

namespace sockmark::report {

// A percentile is gated only if the sample of each run has this number of values beyond it
// (docs/definitions/latency.md#percentiles).
inline constexpr double kMinBeyondGate = 100;

// A percentile above the median, which a closed loop does not determine: its sample lacks the
// messages that a stall kept from being sent (docs/definitions/latency.md#coordinated-omission).
[[nodiscard]] bool is_tail(const Metric& metric);

// A gate that applies, before it is judged together with the others.
struct PendingGate {
  GateSpec spec;
  Effect effect;
  std::vector<std::string> caveats;  // why it is inconclusive, one line each
};

// What becomes of the gates of runs that do not form blocks.
enum class UnpairedGates { inconclusive, judged };

struct GateQuestion {
  const GateSpec& spec;
  const Effect& effect;
  const ComparedRuns& runs;
  const Params &baseline, &candidate;
  UnpairedGates unpaired = UnpairedGates::inconclusive;
};

// The gate, or the reason why it does not apply: the metric is not applicable to the transport, or
// the gate is a default and the metric is the tail of a closed loop.
[[nodiscard]] Maybe<PendingGate> prepare_gate(const GateQuestion& question);

// One verdict for each gate, in the same order. The intervals of the effects are at 1 - alpha.
[[nodiscard]] std::vector<GateVerdict> judge_all(std::span<const PendingGate> gates, double alpha);

}  // namespace sockmark::report
