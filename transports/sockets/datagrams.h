// Batches of messages over a connected datagram descriptor: one datagram is one message.

#pragma once

#include <cstddef>
#include <span>

#include "transports/scratch.h"
#include "transports/transport.h"

namespace sockmark {

// Whether the kernel cuts a batch into datagrams (SocketOptions::segmentation_offload). Must: of a
// receiver as its socket was told.
enum class Segments : bool { none, offloaded };

// Never blocks. The contract is SendBatch's (transports/transport.h); a message over `max_message`
// bytes, or over what the kernel takes at this socket, stops the batch as too_large.
[[nodiscard]] SendBatch send_datagrams(int descriptor, std::span<const Message> messages,
                                       std::size_t max_message, Scratch::Buffers& buffers,
                                       Segments segments = Segments::none);

// One system call. With `only_from`, datagrams from anybody else are dropped: for a socket that was
// open to strangers before it was connected, until an empty queue or the first datagram of a peer
// that sends only to connected sockets has shown that nothing of theirs is left.
[[nodiscard]] ReceiveBatch receive_datagrams(int descriptor, Scratch::Buffers& buffers,
                                             ReceiveWait wait, const Address* only_from,
                                             Segments segments = Segments::none);

// Whether two addresses name the same socket; a name's spelling as the kernel has it, exactly.
[[nodiscard]] bool same_endpoint(const sockaddr_storage& source, socklen_t length,
                                 const Address& address);

}  // namespace sockmark
