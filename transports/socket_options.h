// The socket options that a user can ask for.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
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
  std::optional<bool> tcp_nodelay{};  // of TCP; absent: on, unlike the default of the kernel
  // UDP: messages of one size that are sent together cross the kernel as one packet, which the
  // receiver splits (UDP_SEGMENT and UDP_GRO, udp(7)).
  bool segmentation_offload = false;

  // Of TCP and UDP only.
  std::optional<Address> source{};    // of connecting sockets: a host of this machine, port 0
  std::string interface_name{};       // of connecting and listening sockets; empty: any
  std::optional<int> dscp{};          // 0 to 63, of every socket that carries messages
  std::optional<PortRange> ports{};   // of listeners with port 0, and of each socket that a UDP
                                      // listener creates for a peer
  std::optional<int> busy_poll_us{};  // 0 to kBusyPollMaxUs

  // Of TCP only.
  std::string congestion{};  // name of the algorithm; empty: the default of the kernel
  // Whether what arrives is acknowledged at once, or as late as the kernel may. The kernel changes
  // its mind while a connection is used, so that a channel sets this again with each receive.
  std::optional<bool> quick_ack{};
  std::optional<int> segment_bytes_max{};  // kSegmentBytesLeast to kSegmentBytesMost
};

inline constexpr int kBusyPollMaxUs = 1'000'000;
// Limits of TCP_MAXSEG (TCP_MIN_MSS and MAX_TCP_WINDOW of the kernel).
inline constexpr int kSegmentBytesLeast = 88, kSegmentBytesMost = 32767;
inline constexpr std::size_t kCongestionNameMax = 15;  // TCP_CA_NAME_MAX with its final zero

// Whether this kernel grants the options to this process: sets them at a socket of this address
// family and kind, which is then closed.
[[nodiscard]] Result<> try_options(int family, bool stream, const SocketOptions& options);

// Errors name the first option that is set and that the transport lacks: "--dscp requires tcp or
// udp", "--nodelay requires tcp".
[[nodiscard]] Result<> refuse_tcp_options(const SocketOptions& options);
// For transports that have neither options of TCP nor those that TCP and UDP share.
[[nodiscard]] Result<> refuse_ip_options(const SocketOptions& options);

}  // namespace sockmark
