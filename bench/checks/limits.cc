#include "bench/checks/limits.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>

#include <cerrno>
#include <optional>

#include "transports/catalogue.h"

namespace sockmark {

namespace {

// Standard streams, control, and what each thread's loop and its backlog of accepts need.
constexpr std::uint64_t kPerProcess = 16;
constexpr std::uint64_t kPerThread = 32;

}  // namespace

std::uint64_t descriptors_needed(const CaseSpec& spec) {
  const std::uint64_t ends = spec.transport == "memory" ? 2 : 1;
  // The connect workload closes a connection a little before the other end has noticed.
  // An impaired one has a poller and a timer of its own.
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
        fmt::format("--connections: needs {} file descriptors per process, the limit is {} (raise "
                    "it with: ulimit -Hn {})",
                    needed, limit.rlim_max, needed)};
  }
  limit.rlim_cur = needed;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
    return system_error("raise the descriptor limit", errno);
  return {};
}

std::uint64_t ports_needed(const CaseSpec& spec) {
  const auto& row = *find_transport(spec.transport);
  if (row.family != "ipv4" && row.family != "ipv6") return 0;
  const std::uint64_t listeners = spec.shares_address() ? 1 : spec.threads;
  // A datagram connection is a pair of sockets with a port each.
  if (row.get().promises().message_boundaries) return listeners + 2 * spec.connections;
  // Over TCP the accepted end has the listener's port, and the other end needs one that no other
  // connection to this listener has. connect(2) looks at an even number of ports: of an odd range
  // it leaves one out.
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
  return Error{fmt::format(
      "--connections {}: {} needs {} local ports, the range of {} to {} has {} (widen it with: "
      "sysctl -w net.ipv4.ip_local_port_range='1024 65535')",
      spec.connections, spec.transport, needed, *first, *last, available)};
}

Result<> pin_to(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  // Of the calling thread; the threads that it starts inherit it.
  if (::sched_setaffinity(0, sizeof set, &set) != 0)
    return system_error(fmt::format("pin to CPU {}", cpu), errno);
  return {};
}

}  // namespace sockmark
