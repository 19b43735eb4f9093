#include "transports/sockets/stream_frames.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "base/assert.h"
#include "transports/sockets/stream_calls.h"

namespace sockmark {
namespace {

// Messages up to this size are copied next to their prefix, so that adjacent ones are one part of
// the vector; for longer ones a part of their own is cheaper than the copy.
constexpr std::size_t kCopyLimit = 4096;

using Prefix = std::array<std::byte, kFramePrefix>;

Prefix encode_length(std::size_t length) {
  DEBUG_ASSERT(length <= kMaxStreamMessage);
  return {std::byte(length >> 24), std::byte(length >> 16), std::byte(length >> 8),
          std::byte(length)};
}

std::size_t decode_length(std::span<const std::byte> bytes) {
  std::size_t length = 0;
  for (const std::byte byte : bytes.first<kFramePrefix>()) {
    length = length << 8 | std::to_integer<std::size_t>(byte);
  }
  return length;
}

std::size_t framed_size(Message message) { return kFramePrefix + message.size(); }

// The vector for one sendmsg(2).
class Gather {
 public:
  explicit Gather(Scratch::Buffers& buffers)
      : parts_(buffers.send_parts), staging_(buffers.staging()) {}

  // Adds the rest of a frame after its first `skip` bytes; false if there is no room.
  bool add(Message message, std::size_t skip) {
    const bool copied = message.size() <= kCopyLimit;
    const std::size_t staged = kFramePrefix + (copied ? message.size() : 0);
    if (count_ + 2 > parts_.size() || used_ + staged > staging_.size()) return false;
    const Prefix prefix = encode_length(message.size());
    stage(std::span(prefix).subspan(std::min(skip, kFramePrefix)));
    const Message body = message.subspan(skip - std::min(skip, kFramePrefix));
    if (copied) {
      stage(body);
    } else {
      parts_[count_++] = {const_cast<std::byte*>(body.data()), body.size()};
    }
    size_ += framed_size(message) - skip;
    return true;
  }

  [[nodiscard]] std::span<iovec> parts() { return parts_.first(count_); }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  void stage(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    std::byte* const place = staging_.data() + used_;
    std::memcpy(place, bytes.data(), bytes.size());
    used_ += bytes.size();
    if (staged_last_ == count_ && count_ > 0) {
      parts_[count_ - 1].iov_len += bytes.size();
    } else {
      parts_[count_++] = {place, bytes.size()};
      staged_last_ = count_;
    }
  }

  std::span<iovec> parts_;
  std::span<std::byte> staging_;
  std::size_t count_ = 0;        // parts in use
  std::size_t staged_last_ = 0;  // equals count_ while the last part lies in staging
  std::size_t used_ = 0;         // bytes of staging
  std::size_t size_ = 0;         // bytes of all parts
};

}  // namespace

SendBatch FrameWriter::send(int descriptor, std::span<const Message> messages,
                            Scratch::Buffers& buffers) {
  SendBatch batch;
  while (batch.taken < messages.size()) {
    Gather gather(buffers);
    for (const Message message : messages.subspan(batch.taken)) {
      if (message.size() > kMaxStreamMessage) break;
      if (!gather.add(message, gather.size() == 0 ? begun_ : 0)) break;
    }
    if (gather.size() == 0) {
      batch.stop = SendStop::too_large;
      return batch;
    }
    const ssize_t sent = send_parts(descriptor, gather.parts());
    if (sent < 0) {
      batch.error = errno;
      batch.stop = stop_of_send(batch.error);
      return batch;
    }
    ++batch.calls;
    begun_ += static_cast<std::size_t>(sent);
    while (batch.taken < messages.size() && begun_ >= framed_size(messages[batch.taken])) {
      begun_ -= framed_size(messages[batch.taken++]);
    }
    // A stream takes less than offered only when it is full: another system call would return
    // EAGAIN.
    if (static_cast<std::size_t>(sent) < gather.size()) {
      batch.stop = SendStop::would_block;
      return batch;
    }
  }
  return batch;
}

ReceiveBatch FrameReader::receive(int descriptor, Scratch::Buffers& buffers, ReceiveWait wait) {
  buffers.received.clear();
  ReceiveBatch batch;
  if (broken_) {
    batch.arrived = now();
    batch.stop = ReceiveStop::broken;
    return batch;
  }

  std::array<iovec, 2> parts{};
  std::size_t count = 0;
  std::span<std::byte> space = buffers.stream_room();
  space = space.first(std::min(room_, space.size()));
  if (in_body_) {
    parts[count++] = {body_.bytes.get() + body_have_, body_size_ - body_have_};
    // The split message is one of those that may arrive together.
    if (buffers.limits_frames())
      space = space.first(space.size() - std::min(space.size(), last_frame_));
  } else {
    std::memcpy(space.data(), prefix_.data(), prefix_have_);
    space = space.subspan(prefix_have_);
  }
  if (!space.empty()) parts[count++] = {space.data(), space.size()};
  const std::size_t room = space.size() + (in_body_ ? body_size_ - body_have_ : 0);

  const ssize_t size = receive_parts(descriptor, std::span(parts).first(count), wait);
  const int error = size < 0 ? errno : 0;
  batch.arrived = now();
  if (size < 0) {
    if (error == EAGAIN) return batch;
    batch.stop = peer_gone(error) ? ReceiveStop::closed : ReceiveStop::failed;
    batch.error = error;
    return batch;
  }
  if (size == 0) {
    broken_ = inside_a_frame();
    batch.stop = broken_ ? ReceiveStop::broken : ReceiveStop::closed;
    return batch;
  }

  const Parse parsed = parse(static_cast<std::size_t>(size), buffers);
  batch.messages = buffers.received;
  if (parsed == Parse::good) {
    batch.stop = static_cast<std::size_t>(size) == room ? ReceiveStop::more : ReceiveStop::drained;
  } else {
    broken_ = true;
    batch.stop = parsed == Parse::too_long ? ReceiveStop::broken : ReceiveStop::failed;
    batch.error = parsed == Parse::too_long ? 0 : ENOMEM;
  }
  return batch;
}

// Splits `size` newly read bytes into frames.
FrameReader::Parse FrameReader::parse(std::size_t size, Scratch::Buffers& buffers) {
  std::span<const std::byte> bytes = buffers.storage();
  if (in_body_) {
    const std::size_t taken = std::min(size, body_size_ - body_have_);
    body_have_ += taken;
    if (body_have_ < body_size_) return Parse::good;
    in_body_ = false;
    std::swap(body_, handed_out_);
    buffers.received.push_back({{handed_out_.bytes.get(), body_size_}});
    bytes = bytes.first(size - taken);
  } else {
    bytes = bytes.first(std::exchange(prefix_have_, std::uint8_t{0}) + size);
  }

  while (bytes.size() >= kFramePrefix) {
    const std::size_t length = decode_length(bytes);
    if (length > frame_max_) return Parse::too_long;
    if (kFramePrefix + length != last_frame_) {
      last_frame_ = kFramePrefix + length;
      const std::size_t room_max = buffers.stream_room().size();
      room_ = last_frame_ <= room_max ? room_max - room_max % last_frame_ : room_max;
    }
    bytes = bytes.subspan(kFramePrefix);
    if (bytes.size() < length) return begin_body(length, bytes);
    buffers.received.push_back({bytes.first(length)});
    bytes = bytes.subspan(length);
  }
  std::copy(bytes.begin(), bytes.end(), prefix_.begin());
  prefix_have_ = static_cast<std::uint8_t>(bytes.size());
  return Parse::good;
}

FrameReader::Parse FrameReader::begin_body(std::size_t size, std::span<const std::byte> start) {
  if (body_.capacity < size) {
    // Not initialised, so that a peer that announces a long message and sends little costs address
    // space, not memory.
    body_.bytes.reset(new (std::nothrow) std::byte[size]);
    body_.capacity = body_.bytes ? size : 0;
    if (!body_.bytes) return Parse::no_memory;
  }
  std::copy(start.begin(), start.end(), body_.bytes.get());
  body_size_ = size;
  body_have_ = start.size();
  in_body_ = true;
  return Parse::good;
}

}  // namespace sockmark
