// The floor: the cost of the exchange of a case with bare system calls. Two processes exchange the
// same messages with the smallest loop that does it: no libuv, no message header, no ledger. The
// ratio of a run to its floor, measured one after the other, is the overhead of sockmark.
//
// The sockets are those of a run: created, bound and connected by the transport with the same
// options. The loop waits as the case does:
//   blocking  send(2) and recv(2) that wait: --wait block, and every stream that does not spin
//   epoll     epoll_wait(2), then recv(2): --wait sleep and hybrid
//   spinning  recv(2) in a loop: --wait spin
// A round trip reads the clock once, a stream once for every receive call. The calls of a stream
// carry as much as those of a run (messages_per_send() of message_batch.h).

#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "bench/plan/plan.h"
#include "reports/model/report.h"
#include "transports/transport.h"

namespace sockmark {

// The reason in the report why a case has no floor; null if it has one. Cases with a floor have one
// connection, and one message at a time or a stream. The cost of others depends on design, not on
// the machine alone.
[[nodiscard]] const char* why_no_floor(const CaseSpec& spec);

// Forks, and blocks for the warm-up and the duration of the case. Must: this process has one
// thread, and why_no_floor() is null. Errors: a socket, process or poller cannot be created; no
// answer came.
[[nodiscard]] Result<report::Floor> measure_floor(const CaseSpec& spec,
                                                  const ChannelOptions& options,
                                                  const Address& address);

}  // namespace sockmark
