// What an end of a run between two machines says of the path of its messages: the machine that it
// is on, with the network interface that leads to the other end.
//
// Any thread; nothing is sent.

#pragma once

#include <string>

#include "bench/plan/plan.h"
#include "reports/model/report.h"
#include "transports/address.h"

namespace sockmark {

// The host from which this machine's messages to `peer` come; empty if it has none or is not known.
[[nodiscard]] std::string source_towards(const Address& peer, const CaseSpec& spec);

// The environment with the interface of the path to `peer`. That of a UNIX socket is lo, as in a
// run on one machine.
[[nodiscard]] report::Environment environment_towards(const Address& peer, const CaseSpec& spec);

}  // namespace sockmark
