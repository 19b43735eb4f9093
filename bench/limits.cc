#include "bench/limits.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>

#include <cerrno>

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
