// What the kernel counted in a network namespace: segments, and why some were sent again or
// dropped.
//
// They are of all sockets of the namespace, since it was created: traffic of strangers is in them.
// `listen_overflows`: the accept queue of a listening TCP socket was full. The kernel then drops
// the SYN, or the last segment of the handshake, without an answer, and the client sends its SYN
// again after 1 s (RFC 6298, section 2.1). The queue holds listen(2)'s backlog, at most
// net.core.somaxconn.

#pragma once

#include <cstdint>
#include <optional>

#include "machine/machine_files.h"

namespace sockmark {

// Of IPv4 and IPv6 together. Names of the kernel in brackets.
struct NetworkCounters {
  std::uint64_t tcp_segments_sent = 0;           // [Tcp OutSegs] without those sent again
  std::uint64_t tcp_segments_retransmitted = 0;  // [Tcp RetransSegs]
  std::uint64_t tcp_timeouts = 0;                // [TcpExt TCPTimeouts] of retransmission
  std::uint64_t tcp_syn_retransmits = 0;         // [TcpExt TCPSynRetrans] SYN and SYN+ACK
  std::uint64_t tcp_backlog_drops = 0;           // [TcpExt TCPBacklogDrop]
  std::uint64_t tcp_receive_queue_drops = 0;     // [TcpExt TCPRcvQDrop]
  std::uint64_t listen_overflows = 0;            // [TcpExt ListenOverflows]
  std::uint64_t listen_drops = 0;                // [TcpExt ListenDrops] overflows included
  std::uint64_t udp_receive_buffer_errors = 0;   // [Udp RcvbufErrors] the buffer was full
  std::uint64_t udp_send_buffer_errors = 0;      // [Udp SndbufErrors]
  std::uint64_t udp_no_port = 0;                 // [Udp NoPorts] no socket at the port
};

// Reads /proc/self/net/netstat, snmp and, if there is IPv6, snmp6: about 200 us. A counter that a
// kernel lacks is 0. Absent if a file cannot be read, or is not of the known form.
[[nodiscard]] std::optional<NetworkCounters> read_network_counters(const MachineFiles& files);

}  // namespace sockmark
