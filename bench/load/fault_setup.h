// How both ends set up fault injection (docs/impairment.md).

#pragma once

#include <algorithm>
#include <functional>
#include <utility>

#include "base/clock.h"
#include "bench/load/session.h"
#include "bench/plan/fault_decision.h"
#include "bench/plan/plan.h"
#include "transports/fault_injection.h"

namespace sockmark {

using FaultDecider = std::function<FaultDecision(const MessageIdentity&)>;

// A message that is held to be overtaken is released after this time without an arrival, early
// enough not to be lost.
inline constexpr Nanoseconds kQuiet = std::chrono::milliseconds(50);

[[nodiscard]] inline FaultInjector::Options injector_options(FlowIds flows, const CaseSpec& spec,
                                                             FaultDecider decide) {
  const auto identify = [base = flows.base, flow_count = flows.count(spec)](Message message) {
    auto identity = identity_of(message, base);
    if (identity && identity->flow >= flow_count) identity.reset();  // of another run
    return identity;
  };
  return {
      .identify = identify, .decide = std::move(decide), .quiet = std::min(kQuiet, spec.tmax / 2)};
}

}  // namespace sockmark
