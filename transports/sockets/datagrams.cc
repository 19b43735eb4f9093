#include "transports/sockets/datagrams.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace sockmark {
namespace {

constexpr int kSendFlags = MSG_DONTWAIT | MSG_NOSIGNAL;

// ECONNREFUSED: an ICMP port unreachable, or a UNIX peer that was closed. The others: a UNIX socket
// after it has noticed that.
bool peer_gone(int error) {
  return error == ECONNREFUSED || error == ECONNRESET || error == ENOTCONN || error == EPIPE;
}

SendStop send_stop(int error) {
  // ENOBUFS: the device queue is full. Poll does not signal when it has room, but that is soon.
  if (error == EAGAIN || error == ENOBUFS) return SendStop::would_block;
  if (error == EMSGSIZE) return SendStop::too_large;
  return peer_gone(error) ? SendStop::closed : SendStop::failed;
}

// Returns the number of messages sent, or -1 with errno.
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

// The messages from the front that one packet can carry: all of one size.
std::span<const Message> one_packet(std::span<const Message> messages) {
  const std::size_t size = messages.front().size();
  if (size == 0) return messages.first(1);
  const std::size_t count_max = std::clamp<std::size_t>(kSegmentedBytesMax / size, 1, kSegmentsMax);
  const auto front = messages.first(std::min(count_max, messages.size()));
  const auto other =
      std::ranges::find_if(front, [size](Message message) { return message.size() != size; });
  return front.first(static_cast<std::size_t>(other - front.begin()));
}

// Sends all or none; returns as send_some(). Must: messages of one_packet().
int send_packet(int descriptor, std::span<const Message> messages, Scratch::Buffers& buffers) {
  if (messages.size() == 1) return send_some(descriptor, messages, buffers);
  std::size_t parts = 0;
  for (const Message message : messages) {
    auto* const place = const_cast<std::byte*>(message.data());
    // Messages that lie side by side are one part.
    if (iovec* last = parts > 0 ? &buffers.send_parts[parts - 1] : nullptr;
        last != nullptr && static_cast<std::byte*>(last->iov_base) + last->iov_len == place) {
      last->iov_len += message.size();
    } else {
      buffers.send_parts[parts++] = {place, message.size()};
    }
  }
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(std::uint16_t))> control{};
  msghdr header{};
  header.msg_iov = buffers.send_parts.data();
  header.msg_iovlen = parts;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  cmsghdr* const size = CMSG_FIRSTHDR(&header);
  size->cmsg_level = IPPROTO_UDP;
  size->cmsg_type = UDP_SEGMENT;
  size->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
  const auto segment = static_cast<std::uint16_t>(messages.front().size());
  std::memcpy(CMSG_DATA(size), &segment, sizeof segment);
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(descriptor, &header, kSendFlags);
  } while (sent < 0 && errno == EINTR);
  // The MTU of the path is too small for these messages: kernels disagree on the error.
  if (sent < 0 && errno == EINVAL) errno = EMSGSIZE;
  return sent < 0 ? -1 : static_cast<int>(messages.size());
}

// The slots of the next receive call.
std::span<mmsghdr> receive_slots(Scratch::Buffers& buffers, Segments segments) {
  if (segments == Segments::none) return std::span(buffers.receive_headers).first(buffers.slots());
  auto& packets = buffers.packets();
  for (auto& header : packets.headers) {
    header.msg_hdr.msg_controllen = sizeof(Scratch::Buffers::Packets::Control);
  }
  return packets.headers;
}

// The same as receive_some() with one slot, without a header to copy in and out.
int receive_one(int descriptor, mmsghdr& header, ReceiveWait wait) {
  const int flags = MSG_TRUNC | (wait == ReceiveWait::block ? 0 : MSG_DONTWAIT);
  const iovec& slot = *header.msg_hdr.msg_iov;
  ssize_t size = 0;
  do {
    size = ::recv(descriptor, slot.iov_base, slot.iov_len, flags);
  } while (size < 0 && errno == EINTR);
  if (size < 0) return -1;
  const auto length = static_cast<std::size_t>(size);  // of the datagram, even if it was cut
  header.msg_len = static_cast<unsigned>(std::min(length, slot.iov_len));
  header.msg_hdr.msg_flags = length > slot.iov_len ? MSG_TRUNC : 0;
  return 1;
}

// Returns the number of datagrams received, or -1 with errno.
int receive_some(int descriptor, std::span<mmsghdr> slots, ReceiveWait wait) {
  int count = 0;
  do {
    count = ::recvmmsg(descriptor, slots.data(), static_cast<unsigned>(slots.size()),
                       wait == ReceiveWait::block ? MSG_WAITFORONE : MSG_DONTWAIT, nullptr);
  } while (count < 0 && errno == EINTR);
  return count;
}

void ask_for_sources(std::span<mmsghdr> slots, Scratch::Buffers& buffers, bool ask) {
  for (std::size_t n = 0; n < slots.size(); ++n) {
    msghdr& header = slots[n].msg_hdr;
    header.msg_name = ask ? &buffers.sources[n] : nullptr;
    header.msg_namelen = ask ? sizeof buffers.sources[n] : 0;
  }
}

// The size of the datagrams in a slot, in bytes; the last may be shorter. Zero if there is only
// one.
std::size_t segment_size(msghdr& header) {
  for (cmsghdr* beside = CMSG_FIRSTHDR(&header); beside != nullptr;
       beside = CMSG_NXTHDR(&header, beside)) {
    if (beside->cmsg_level != IPPROTO_UDP || beside->cmsg_type != UDP_GRO) continue;
    int size = 0;
    std::memcpy(&size, CMSG_DATA(beside), sizeof size);
    return static_cast<std::size_t>(std::max(size, 0));
  }
  return 0;
}

void hand_out(mmsghdr& slot, std::vector<Received>& received) {
  const bool truncated = (slot.msg_hdr.msg_flags & MSG_TRUNC) != 0;
  Message bytes{static_cast<const std::byte*>(slot.msg_hdr.msg_iov->iov_base), slot.msg_len};
  const std::size_t segment = slot.msg_hdr.msg_control == nullptr ? 0 : segment_size(slot.msg_hdr);
  while (segment > 0 && bytes.size() > segment) {
    received.push_back({.bytes = bytes.first(segment)});
    bytes = bytes.subspan(segment);
  }
  received.push_back({.bytes = bytes, .truncated = truncated});
}

}  // namespace

bool same_endpoint(const sockaddr_storage& source, socklen_t length, const Address& address) {
  if (source.ss_family != address.family()) return false;
  // Internet addresses are compared without padding, flow and scope.
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
                         Scratch::Buffers& buffers, Segments segments) {
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
    const int sent = segments == Segments::offloaded
                         ? send_packet(descriptor, one_packet(offered), buffers)
                         : send_some(descriptor, offered, buffers);
    if (sent < 0) {
      batch.error = errno;
      batch.stop = send_stop(batch.error);
      return batch;
    }
    ++batch.calls;
    // sendmmsg(2) returns the reason for stopping early only in the next call: hence the loop.
    batch.taken += static_cast<std::size_t>(sent);
  }
  return batch;
}

ReceiveBatch receive_datagrams(int descriptor, Scratch::Buffers& buffers, ReceiveWait wait,
                               const Address* only_from, Segments segments) {
  const auto slots = receive_slots(buffers, segments);
  buffers.received.clear();
  if (only_from != nullptr) ask_for_sources(slots, buffers, true);
  const int count = only_from == nullptr && slots.size() == 1
                        ? receive_one(descriptor, slots.front(), wait)
                        : receive_some(descriptor, slots, wait);
  const int error = count < 0 ? errno : 0;
  ReceiveBatch batch;
  batch.arrived = now();
  for (std::size_t n = 0; count > 0 && n < static_cast<std::size_t>(count); ++n) {
    if (only_from != nullptr &&
        !same_endpoint(buffers.sources[n], slots[n].msg_hdr.msg_namelen, *only_from)) {
      continue;
    }
    hand_out(slots[n], buffers.received);
  }
  if (only_from != nullptr) ask_for_sources(slots, buffers, false);
  batch.messages = buffers.received;
  if (count >= 0) {
    batch.stop =
        static_cast<std::size_t>(count) == slots.size() ? ReceiveStop::more : ReceiveStop::drained;
  } else if (error != EAGAIN) {
    batch.stop = peer_gone(error) ? ReceiveStop::closed : ReceiveStop::failed;
    batch.error = error;
  }
  return batch;
}

}  // namespace sockmark
