// What the kernel knows of one TCP connection (tcp(7), TCP_INFO). Plain values.

#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace sockmark {

struct TcpInfo {
  // Since the connection was made; those of its handshake are included.
  std::uint64_t retransmits = 0;          // segments sent again (tcpi_total_retrans)
  std::uint64_t segments_sent = 0;        // pure acknowledgements included (tcpi_segs_out)
  Nanoseconds limited_by_receiver{0};     // it waited for the peer's window (tcpi_rwnd_limited)
  Nanoseconds limited_by_send_buffer{0};  // likewise for its own buffer (tcpi_sndbuf_limited)
  // Now.
  std::uint64_t lost = 0;                   // segments that the kernel takes for lost (tcpi_lost)
  bool all_acknowledged = true;             // by the peer, of what the application has written
  Nanoseconds rtt{0};                       // smoothed, whole microseconds (tcpi_rtt)
  std::optional<Nanoseconds> rtt_min = {};  // of the last minutes (tcpi_min_rtt)
  std::uint64_t congestion_window = 0;      // segments (tcpi_snd_cwnd)
  // The latest measured (tcpi_delivery_rate). Absent if the application limited it: it had nothing
  // more to send.
  std::optional<std::uint64_t> delivery_rate_bytes_per_s = {};
};

}  // namespace sockmark
