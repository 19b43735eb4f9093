#include "transports/datagrams.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sockmark {
namespace {

constexpr int kSendFlags = MSG_DONTWAIT | MSG_NOSIGNAL;

// ECONNREFUSED: an ICMP port unreachable, or a UNIX peer that was closed. The rest is what a UNIX
// socket says once it has noticed that.
bool peer_gone(int error) {
  return error == ECONNREFUSED || error == ECONNRESET || error == ENOTCONN || error == EPIPE;
}

SendStop send_stop(int error) {
  // ENOBUFS: the device queue is full. Poll cannot say when it is not, but then it is soon.
  if (error == EAGAIN || error == ENOBUFS) return SendStop::would_block;
  if (error == EMSGSIZE) return SendStop::too_large;
  return peer_gone(error) ? SendStop::closed : SendStop::failed;
}

// How many went out, or -1 with errno.
int send_some(int descriptor, std::span<const Message> messages, Scratch::Buffers& buffers) {
  if (messages.size() == 1) {
    ssize_t sent = 0;
    do {
      sent = ::send(descriptor, messages[0].data(), messages[0].size(), kSendFlags);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 1;
  }
  for (std::size_t n = 0; n < messages.size(); ++n) {
    buffers.send_parts[n] = {const_cast<std::byte*>(messages[n].data()), messages[n].size()};
    buffers.send_headers[n] = {};
    buffers.send_headers[n].msg_hdr.msg_iov = &buffers.send_parts[n];
    buffers.send_headers[n].msg_hdr.msg_iovlen = 1;
  }
  int sent = 0;
  do {
    sent = ::sendmmsg(descriptor, buffers.send_headers.data(),
                      static_cast<unsigned>(messages.size()), kSendFlags);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

// The same as receive_some() of one slot, without a header to copy in and out.
int receive_one(int descriptor, Scratch::Buffers& buffers, ReceiveWait wait) {
  const int flags = MSG_TRUNC | (wait == ReceiveWait::block ? 0 : MSG_DONTWAIT);
  const auto slot = buffers.slot(0);
  ssize_t size = 0;
  do {
    size = ::recv(descriptor, slot.data(), slot.size(), flags);
  } while (size < 0 && errno == EINTR);
  if (size < 0) return -1;
  const auto length = static_cast<std::size_t>(size);  // of the datagram, also where it is cut
  mmsghdr& header = buffers.receive_headers[0];
  header.msg_len = static_cast<unsigned>(std::min(length, slot.size()));
  header.msg_hdr.msg_flags = length > slot.size() ? MSG_TRUNC : 0;
  return 1;
}

// How many came, or -1 with errno.
int receive_some(int descriptor, Scratch::Buffers& buffers, ReceiveWait wait) {
  int count = 0;
  do {
    count = ::recvmmsg(descriptor, buffers.receive_headers.data(),
                       static_cast<unsigned>(buffers.slots()),
                       wait == ReceiveWait::block ? MSG_WAITFORONE : MSG_DONTWAIT, nullptr);
  } while (count < 0 && errno == EINTR);
  return count;
}

void ask_for_sources(Scratch::Buffers& buffers, bool ask) {
  for (std::size_t n = 0; n < buffers.slots(); ++n) {
    msghdr& header = buffers.receive_headers[n].msg_hdr;
    header.msg_name = ask ? &buffers.sources[n] : nullptr;
    header.msg_namelen = ask ? sizeof buffers.sources[n] : 0;
  }
}

}  // namespace

bool same_endpoint(const sockaddr_storage& source, socklen_t length, const Address& address) {
  if (source.ss_family != address.family()) return false;
  // Internet addresses are compared without what does not name a socket (padding, flow, scope).
  if (source.ss_family == AF_INET) {
    sockaddr_in a;
    sockaddr_in b;
    std::memcpy(&a, &source, sizeof a);
    std::memcpy(&b, &address.storage, sizeof b);
    return a.sin_port == b.sin_port && a.sin_addr.s_addr == b.sin_addr.s_addr;
  }
  if (source.ss_family == AF_INET6) {
    sockaddr_in6 a;
    sockaddr_in6 b;
    std::memcpy(&a, &source, sizeof a);
    std::memcpy(&b, &address.storage, sizeof b);
    return a.sin6_port == b.sin6_port &&
           std::memcmp(&a.sin6_addr, &b.sin6_addr, sizeof a.sin6_addr) == 0;
  }
  return length == address.length && std::memcmp(&source, &address.storage, length) == 0;
}

SendBatch send_datagrams(int descriptor, std::span<const Message> messages, std::size_t max_message,
                         Scratch::Buffers& buffers) {
  SendBatch batch;
  while (batch.taken < messages.size()) {
    const auto rest = messages.subspan(batch.taken);
    const auto batch_end = rest.begin() + static_cast<std::ptrdiff_t>(
                                              std::min(rest.size(), Scratch::Buffers::kMaxSlots));
    const auto end = std::find_if(rest.begin(), batch_end,
                                  [&](Message message) { return message.size() > max_message; });
    const auto offered = rest.first(static_cast<std::size_t>(end - rest.begin()));
    if (offered.empty()) {
      batch.stop = SendStop::too_large;
      return batch;
    }
    const int sent = send_some(descriptor, offered, buffers);
    if (sent < 0) {
      batch.error = errno;
      batch.stop = send_stop(batch.error);
      return batch;
    }
    // sendmmsg(2) says why it stopped early only when asked for the next one: hence the loop.
    batch.taken += static_cast<std::size_t>(sent);
  }
  return batch;
}

ReceiveBatch receive_datagrams(int descriptor, Scratch::Buffers& buffers, ReceiveWait wait,
                               const Address* only_from) {
  const std::size_t slots = buffers.slots();
  buffers.received.clear();
  if (only_from != nullptr) ask_for_sources(buffers, true);
  const int count = only_from == nullptr && slots == 1 ? receive_one(descriptor, buffers, wait)
                                                       : receive_some(descriptor, buffers, wait);
  const int error = count < 0 ? errno : 0;
  ReceiveBatch batch;
  batch.arrived = now();
  for (std::size_t n = 0; count > 0 && n < static_cast<std::size_t>(count); ++n) {
    const mmsghdr& header = buffers.receive_headers[n];
    if (only_from != nullptr &&
        !same_endpoint(buffers.sources[n], header.msg_hdr.msg_namelen, *only_from)) {
      continue;
    }
    buffers.received.push_back({.bytes = buffers.slot(n).first(header.msg_len),
                                .truncated = (header.msg_hdr.msg_flags & MSG_TRUNC) != 0});
  }
  if (only_from != nullptr) ask_for_sources(buffers, false);
  batch.messages = buffers.received;
  if (count >= 0) {
    batch.stop =
        static_cast<std::size_t>(count) == slots ? ReceiveStop::more : ReceiveStop::drained;
  } else if (error != EAGAIN) {
    batch.stop = peer_gone(error) ? ReceiveStop::closed : ReceiveStop::failed;
    batch.error = error;
  }
  return batch;
}

}  // namespace sockmark
