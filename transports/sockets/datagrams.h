// Batches of messages over a connected datagram descriptor: one datagram is one message.

#pragma once

#include <cstddef>
#include <span>

#include "transports/scratch.h"
#include "transports/transport.h"

namespace sockmark {

// Whether the kernel splits a batch into datagrams (SocketOptions::segmentation_offload). Must: a
// receiver uses the value with which its socket was set up.
enum class Segments : bool { none, offloaded };

// Never blocks. The contract is SendBatch's (transports/transport.h); a message over `max_message`
// bytes, or over what the kernel takes at this socket, stops the batch as too_large.
[[nodiscard]] SendBatch send_datagrams(int descriptor, std::span<const Message> messages,
                                       std::size_t max_message, Scratch::Buffers& buffers,
                                       Segments segments = Segments::none);

// One system call. With `only_from`, datagrams of other senders are dropped: for a socket that
// received from anyone before it was connected. An empty queue, or the first datagram of a peer
// that sends only to connected sockets, shows that none of them is left.
[[nodiscard]] ReceiveBatch receive_datagrams(int descriptor, Scratch::Buffers& buffers,
                                             ReceiveWait wait, const Address* only_from,
                                             Segments segments = Segments::none);

// Whether two addresses are of the same socket. UNIX names are compared byte by byte.
[[nodiscard]] bool same_endpoint(const sockaddr_storage& source, socklen_t length,
                                 const Address& address);

}  // namespace sockmark
