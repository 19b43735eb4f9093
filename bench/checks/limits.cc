#include "bench/checks/limits.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>

#include <cerrno>
#include <optional>

#include "machine/environment.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

// Standard streams and control channel; event loop and accept backlog of each thread.
constexpr std::uint64_t kPerProcess = 16;
constexpr std::uint64_t kPerThread = 32;

}  // namespace

std::uint64_t descriptors_needed(const CaseSpec& spec) {
  const std::uint64_t ends = spec.transport == "memory" ? 2 : 1;
  // connect: a connection is closed a little before the other end detects it. --impair: each
  // connection has a poller and a timer.
  const std::uint64_t per_connection =
      (spec.workload == Workload::connect ? 2U : 1U) + (spec.impair ? 2U : 0U);
  return kPerProcess + ends * (kPerThread * spec.threads + per_connection * spec.connections);
}

Result<> raise_descriptor_limit(std::uint64_t needed) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return system_error("read the descriptor limit", errno);
  if (limit.rlim_cur >= needed) return {};
  if (limit.rlim_max < needed) {
    return Error{
        fmt::format("--connections: {} file descriptors per process are required, but the limit is "
                    "{}; raise it with: ulimit -Hn {}",
                    needed, limit.rlim_max, needed)};
  }
  limit.rlim_cur = needed;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
    return system_error("raise the descriptor limit", errno);
  return {};
}

std::uint64_t ports_needed(const CaseSpec& spec) {
  const auto& row = spec.transport_row();
  if (row.family != "ipv4" && row.family != "ipv6") return 0;
  if (spec.responder.foreign()) return spec.connections + spec.connections % 2;
  const std::uint64_t listeners = spec.shares_address() ? 1 : spec.threads;
  // A datagram connection has two sockets with one port each.
  if (row.get().promises().message_boundaries) return listeners + 2 * spec.connections;
  // An accepted TCP socket has the port of the listener. The connecting one needs a port that no
  // other connection to this listener has. connect(2) uses an even number of ports of the range.
  const std::uint64_t ports = listeners + (spec.connections + listeners - 1) / listeners;
  return ports + ports % 2;
}

Result<> check_ports(const CaseSpec& spec, const MachineFiles& files) {
  const auto text =
      files.read("/proc/sys/net/ipv4/ip_local_port_range").value_or("");  // of IPv6 too
  const auto ends = split(text, " \t");
  const auto first = ends.size() == 2 ? to_integer(ends[0]) : std::nullopt;
  const auto last = ends.size() == 2 ? to_integer(ends[1]) : std::nullopt;
  if (!first || !last || *last < *first) return {};
  const auto needed = ports_needed(spec);
  const auto available = static_cast<std::uint64_t>(*last - *first + 1);
  if (needed <= available) return {};
  return Error{
      fmt::format("--connections {}: {} requires {} local ports, but the range of {} to {} has {}; "
                  "widen it with: "
                  "sysctl -w net.ipv4.ip_local_port_range='1024 65535'",
                  spec.connections, spec.transport, needed, *first, *last, available)};
}

Result<> pin_to(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  if (::sched_setaffinity(0, sizeof set, &set) == 0) return {};
  Error error = system_error(fmt::format("pin to CPU {}", cpu), errno);
  error.message += "; " + usable_cpus();
  return error;
}

void unpin(std::span<const int> cpus) {
  if (cpus.empty()) return;
  const auto size = static_cast<std::size_t>(cpus.back()) + 1;
  cpu_set_t* const set = CPU_ALLOC(size);
  const std::size_t bytes = CPU_ALLOC_SIZE(size);
  CPU_ZERO_S(bytes, set);
  for (const int cpu : cpus) CPU_SET_S(static_cast<std::size_t>(cpu), bytes, set);
  ::sched_setaffinity(0, bytes, set);
  CPU_FREE(set);
}

std::string usable_cpus() {
  const auto cpus = read_placement().affinity;
  return fmt::format("this process may run on CPU{} {}", cpus.size() == 1 ? "" : "s",
                     text_of_cpus(cpus));
}

}  // namespace sockmark
