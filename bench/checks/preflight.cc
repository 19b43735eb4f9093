#include "bench/checks/preflight.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/temporary_directory.h"
#include "bench/checks/limits.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

Result<> check_pin(const Pin& pin) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  ::sched_getaffinity(0, sizeof allowed, &allowed);
  for (const int cpu : {pin.generator, pin.responder}) {
    if (cpu < CPU_SETSIZE && CPU_ISSET(static_cast<std::size_t>(cpu), &allowed)) continue;
    return Error{fmt::format("--pin {},{}: this process may not run on CPU {}", pin.generator,
                             pin.responder, cpu)};
  }
  return {};
}

Result<> check_listening(const CaseSpec& spec) {
  const auto& row = spec.transport_row();
  if (spec.address.empty() && row.family == "unix") {
    // Creates nothing that would remain if this process were killed.
    if (!TemporaryDirectory(TemporaryDirectory::NameOnly{}).path().empty()) return {};
    return Error{"--transport " + spec.transport +
                 ": cannot create a directory for its socket file in /tmp"};
  }
  auto listener = row.get().listen(address_of(spec, {}), {.socket = spec.socket});
  if (listener) return {};
  Error error = std::move(listener).error().in("--transport " + spec.transport);
  // The default address is loopback: if it fails, the machine has no IPv6.
  if (spec.address.empty() && row.family == "ipv6") {
    error.message += " (no IPv6 on this machine; choose others: -t tcp,udp,unix-stream,unix-dgram)";
  }
  return error;
}

// The send buffer holds a whole UNIX datagram. The kernel doubles the requested size, to at least
// 4608 bytes, and uses 32 bytes itself.
Result<> check_fits_send_buffer(const CaseSpec& spec) {
  if (spec.transport != "unix-dgram" || !spec.socket.send_buffer_bytes) return {};
  const auto buffer =
      std::max<std::uint64_t>(2 * static_cast<std::uint64_t>(*spec.socket.send_buffer_bytes), 4608);
  if (spec.size + 32 <= buffer) return {};
  return Error{
      fmt::format("--size {}: with --sndbuf {} unix-dgram carries messages of at most {} bytes",
                  spec.size, *spec.socket.send_buffer_bytes, buffer - 32)};
}

}  // namespace

Result<> check_machine(const Plan& plan) {
  std::uint64_t descriptors = 0;
  std::set<std::pair<std::string, std::string>> listened;
  for (const auto& spec : plan.cases) {
    descriptors = std::max(descriptors, descriptors_needed(spec));
    if (spec.pin) {
      if (auto possible = check_pin(*spec.pin); !possible) return possible;
    }
    TRY(check_fits_send_buffer(spec));
    TRY(check_ports(spec, MachineFiles("")));
    if (!listened.emplace(spec.transport, spec.address).second) continue;
    if (auto possible = check_listening(spec); !possible) return possible;
  }
  return raise_descriptor_limit(descriptors);
}

}  // namespace sockmark
