// How often the kernel found the accept queue of a listening TCP socket full.
//
// It then drops the SYN, or the last segment of the handshake, without an answer. The client sends
// its SYN again after 1 s (RFC 6298, section 2.1). The queue holds listen(2)'s backlog, at most
// net.core.somaxconn.

#pragma once

#include <cstdint>
#include <optional>

#include "machine/machine_files.h"

namespace sockmark {

// Of all listeners of the network namespace of this process, since it was created.
struct ListenCounters {
  std::uint64_t overflows = 0;  // TcpExt ListenOverflows: the accept queue was full
  std::uint64_t drops = 0;      // TcpExt ListenDrops: for any reason, overflows included
};

// Reads /proc/self/net/netstat. Absent if it cannot be read, or lacks the counters.
[[nodiscard]] std::optional<ListenCounters> read_listen_counters(const MachineFiles& files);

}  // namespace sockmark
