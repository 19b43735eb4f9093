// Listeners and channels over datagram sockets, for udp.cc and unix_dgram.cc: they differ in the
// address family, which is in the address, and in the largest message.
//
// The socket of a channel is connected, so the kernel drops datagrams of other senders and poll(2)
// waits while the queue is full (an unconnected UNIX socket always polls writable, and would spin).
//
// A UDP listener at a wildcard address answers each client from the address that the client used.

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
