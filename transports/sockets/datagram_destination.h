// Which local address a datagram was sent to, and answering from that address. A UDP socket at a
// wildcard address otherwise answers from the address of its route to the client, and a client that
// used another one drops the answer.

#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <optional>

#include "transports/address.h"

namespace sockmark {

// Ancillary data with a destination, for either family.
struct DestinationControl {
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(in6_pktinfo))> bytes{};
};

// The local address of a received datagram, with the port of `listener`; absent without ancillary
// data (set_report_destination() in socket.h is off, or a UNIX socket), and for IPv6 multicast,
// from which nothing can be sent.
[[nodiscard]] std::optional<Address> destination_of(msghdr& received, const Address& listener);

// Sends `header` from the address `source`. Must: `control` lives until it is sent.
void set_source(msghdr& header, DestinationControl& control, const Address& source);

}  // namespace sockmark
