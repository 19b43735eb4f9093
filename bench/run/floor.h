// The floor: what the exchange of a case costs with nothing around it. Two processes, and in each
// the smallest loop of system calls that does it: no libuv, no header, no ledger. How far a figure
// is the machine's and how far sockmark's own is the one over the other, measured in turns.
//
// The sockets are those of a run: made, bound and connected by the transport, with the same
// options. The loop waits as the case does:
//   blocking  send(2) and recv(2) that wait: --wait block, and every stream that does not spin
//   epoll     epoll_wait(2), then recv(2): --wait sleep and hybrid; what many descriptors need
//   spinning  recv(2) again and again: --wait spin
// A round trip reads the clock once, a stream once for every receive call. What a stream's calls
// carry is what a run's carry (messages_per_send() of message_batch.h).

#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "bench/plan/plan.h"
#include "reports/model/report.h"
#include "transports/transport.h"

namespace sockmark {

// Why a case has no floor, as a report says it; nothing where it has one. One connection, one
// message at a time or a stream: what else there is, is not the machine's but a matter of design.
[[nodiscard]] const char* why_no_floor(const CaseSpec& spec);

// Forks, and blocks for the warm-up and the duration of the case. Must: no other thread runs in
// this process, and why_no_floor() has nothing to say. Errors: the sockets cannot be had; nothing
// came back.
[[nodiscard]] Result<report::Floor> measure_floor(const CaseSpec& spec,
                                                  const ChannelOptions& options,
                                                  const Address& address);

}  // namespace sockmark
