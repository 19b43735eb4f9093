// How both ends set up the injector of an impaired run (docs/impairment.md).

#pragma once

#include <algorithm>
#include <functional>
#include <utility>

#include "base/clock.h"
#include "bench/impairment.h"
#include "bench/session.h"
#include "transports/impaired.h"

namespace sockmark {

using FateOf = std::function<Fate(const MessageIdentity&)>;

// A message that waits to be overtaken is let go when nothing has come for so long, and in time not
// to be lost.
inline constexpr Nanoseconds kQuiet = std::chrono::milliseconds(50);

[[nodiscard]] inline Injector::Options injection(FlowIds flows, Nanoseconds tmax, FateOf fate) {
  return {.identify = [base = flows.base](Message message) { return identity_of(message, base); },
          .fate = std::move(fate),
          .quiet = std::min(kQuiet, tmax / 2)};
}

}  // namespace sockmark
