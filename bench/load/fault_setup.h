// How both ends set up the injector of an impaired run (docs/impairment.md).

#pragma once

#include <algorithm>
#include <functional>
#include <utility>

#include "base/clock.h"
#include "bench/load/session.h"
#include "bench/plan/impairment.h"
#include "bench/plan/plan.h"
#include "transports/fault_injection.h"

namespace sockmark {

using FateOf = std::function<Fate(const MessageIdentity&)>;

// A message that waits to be overtaken is let go when nothing has come for so long, and in time not
// to be lost.
inline constexpr Nanoseconds kQuiet = std::chrono::milliseconds(50);

[[nodiscard]] inline Injector::Options injection(FlowIds flows, const CaseSpec& spec, FateOf fate) {
  const auto identify = [base = flows.base, flow_count = 2 * spec.connections](Message message) {
    auto identity = identity_of(message, base);
    if (identity && identity->flow >= flow_count) identity.reset();  // another run's
    return identity;
  };
  return {.identify = identify, .fate = std::move(fate), .quiet = std::min(kQuiet, spec.tmax / 2)};
}

}  // namespace sockmark
