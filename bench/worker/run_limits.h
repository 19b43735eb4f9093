// What sockmark serve allows a client to ask for: the numbers of a case, and the addresses at which
// the responder listens. They are checked before anything is allocated for the run.
//
// Pure functions; any thread.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/plan/plan.h"
#include "transports/address.h"

namespace sockmark {

struct RunLimits {
  std::uint64_t connections = 10'000;
  std::uint64_t threads = 1;  // serve: the CPUs of its machine
  std::uint64_t message_bytes = 16 << 20;
  Nanoseconds duration = std::chrono::seconds(3600);  // warm-up, window and twice Tmax together
  std::optional<double> rate;                         // messages/s over all connections
  std::optional<double> bandwidth;                    // bits/s of these messages
  // Hosts of the control connection: the run's own connections come from the first one, and are
  // made to the second one.
  Address peer, local;
  // The control connection is a UNIX socket instead: both hosts are loopback, and the run may use
  // UNIX sockets, whose paths the responder chooses.
  bool one_machine = false;
};

// "connections=10000,threads=2,...", for the arguments of a process; and back. Without the hosts.
[[nodiscard]] std::string text_of(const RunLimits& limits);
[[nodiscard]] Result<RunLimits> parse_run_limits(std::string_view text);

// Errors name the field, what was asked for and the limit.
[[nodiscard]] Result<> check_limits(const CaseSpec& spec, const RunLimits& limits);

// The addresses of TCP and UDP with the local host in place of wildcards. Errors: another host, a
// transport other than TCP and UDP, an address family other than that of the control connection.
[[nodiscard]] Result<std::vector<Address>> served_addresses(std::vector<Address> addresses,
                                                            const RunLimits& limits);

}  // namespace sockmark
