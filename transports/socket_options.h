// The socket options that a user can ask for.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "transports/address.h"

namespace sockmark {

struct PortRange {
  std::uint16_t first = 1, last = 65535;  // Must: 1 <= first <= last
  bool operator==(const PortRange&) const = default;
};

// Absent: the default of the kernel.
struct SocketOptions {
  std::optional<int> send_buffer_bytes;
  std::optional<int> receive_buffer_bytes;
  bool tcp_nodelay = true;
  // UDP: messages of one size that are sent together cross the kernel as one packet, which the
  // receiver splits (UDP_SEGMENT and UDP_GRO, udp(7)).
  bool segmentation_offload = false;

  // Of TCP and UDP only.
  std::optional<Address> source{};   // of connecting sockets: a host of this machine, port 0
  std::string interface_name{};      // of connecting and listening sockets; empty: any
  std::optional<int> dscp{};         // 0 to 63, of every socket that carries messages
  std::optional<PortRange> ports{};  // of listeners with port 0, and of each socket that a UDP
                                     // listener creates for a peer
};

// The first option that is set and that only TCP and UDP have, as the command line spells it:
// "--dscp". Empty if there is none.
[[nodiscard]] std::string_view ip_option(const SocketOptions& options);
// Error: "--dscp requires tcp or udp". For transports that have none of these options.
[[nodiscard]] Result<> refuse_ip_options(const SocketOptions& options);

}  // namespace sockmark
