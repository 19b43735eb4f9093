// The socket options that a user can ask for.

#pragma once

#include <optional>

namespace sockmark {

// Absent: the default of the kernel.
struct SocketOptions {
  std::optional<int> send_buffer_bytes;
  std::optional<int> receive_buffer_bytes;
  bool tcp_nodelay = true;
  // UDP: messages of one size that are sent together cross the kernel as one packet, which the
  // receiver splits (UDP_SEGMENT and UDP_GRO, udp(7)).
  bool segmentation_offload = false;
};

}  // namespace sockmark
