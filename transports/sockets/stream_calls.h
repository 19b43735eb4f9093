// The system calls of byte streams, and what their errors mean. errno is that of the call.

#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cerrno>
#include <span>

#include "transports/transport.h"

namespace sockmark {

// send and recv for one part: sendmsg and recvmsg copy a header and a vector from user memory, a
// noticeable part of the call.
[[nodiscard]] inline ssize_t send_parts(int descriptor, std::span<iovec> parts) {
  constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
  msghdr header{};
  header.msg_iov = parts.data();
  header.msg_iovlen = parts.size();
  ssize_t sent = 0;
  do {
    sent = parts.size() == 1 ? ::send(descriptor, parts[0].iov_base, parts[0].iov_len, kFlags)
                             : ::sendmsg(descriptor, &header, kFlags);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

[[nodiscard]] inline ssize_t receive_parts(int descriptor, std::span<iovec> parts,
                                           ReceiveWait wait) {
  const int flags = wait == ReceiveWait::block ? 0 : MSG_DONTWAIT;
  msghdr header{};
  header.msg_iov = parts.data();
  header.msg_iovlen = parts.size();
  ssize_t received = 0;
  do {
    received = parts.size() == 1 ? ::recv(descriptor, parts[0].iov_base, parts[0].iov_len, flags)
                                 : ::recvmsg(descriptor, &header, flags);
  } while (received < 0 && errno == EINTR);
  return received;
}

[[nodiscard]] inline bool peer_gone(int error) { return error == ECONNRESET || error == EPIPE; }

[[nodiscard]] inline SendStop stop_of_send(int error) {
  return error == EAGAIN    ? SendStop::would_block
         : peer_gone(error) ? SendStop::closed
                            : SendStop::failed;
}

}  // namespace sockmark
