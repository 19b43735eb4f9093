// Listeners and channels over datagram sockets, for udp.cc and unix_dgram.cc: they differ in the
// address family, which the address says, and in the largest message.
//
// A channel's socket is connected, so the kernel filters strangers and a full queue sleeps in the
// poller (an unconnected UNIX socket always polls writable, and would spin).
//
// Limit: a UDP listener on a wildcard address answers from the local address that the route to the
// client names. On a host with several, a client that addressed another one hears nothing; listen
// on the address itself there.

#pragma once

#include <cstddef>
#include <memory>

#include "base/result.h"
#include "transports/transport.h"

namespace sockmark {

[[nodiscard]] Result<std::unique_ptr<Listener>> listen_datagram(const Address& address,
                                                                const ChannelOptions& options,
                                                                std::size_t max_message);
[[nodiscard]] Result<std::unique_ptr<Channel>> connect_datagram(const Address& address,
                                                                const ChannelOptions& options,
                                                                std::size_t max_message);

}  // namespace sockmark
