// Judging the gates of a comparison: all together, since one of many that fails may be chance, and
// each with what makes it inconclusive whatever its interval says
// (docs/definitions/comparing.md#families, #verdict). Pure functions.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "reports/compare/compare_effect.h"
#include "reports/compare/compare_runs.h"
#include "reports/compare/gates.h"
#include "reports/model/report.h"

namespace sockmark::report {

// A gate that stands, and what can be said of it without the others.
struct PendingGate {
  GateSpec spec;
  Effect effect;
  std::vector<std::string> doubts;  // why it is inconclusive, one line each
};

// Or why no gate stands for this metric of these cases: what the transport rules out cannot get
// worse, and of a default a closed loop's tail is left out.
[[nodiscard]] Maybe<PendingGate> stand(const GateSpec& spec, const Effect& effect,
                                       const ComparedRuns& runs, const Params& baseline,
                                       const Params& candidate, bool accept_unpaired);

// One for each, in their order. Their intervals are at 1 - alpha.
[[nodiscard]] std::vector<GateVerdict> judge_all(std::span<const PendingGate> gates, double alpha);

}  // namespace sockmark::report
