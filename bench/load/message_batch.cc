#include "bench/load/message_batch.h"

#include <algorithm>
#include <limits>

#include "base/random.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

// Limits of one send call: large enough that a stream coalesces and sendmmsg pays off, small enough
// to stay in the first-level caches.
constexpr std::size_t kStreamBytesMax = 64 * 1024;
constexpr std::size_t kStreamMessagesMax = 256;
// Fewer datagrams: their t_sent is read once a batch, and the kernel works on each of them.
constexpr std::size_t kDatagramsMax = 16;

struct SendLimits {
  std::size_t bytes, messages;
};

SendLimits send_limits(const CaseSpec& spec) {
  const bool datagrams = spec.transport_row().get().promises().message_boundaries;
  if (!datagrams) return {kStreamBytesMax, kStreamMessagesMax};
  if (spec.socket.segmentation_offload) return {kSegmentedBytesMax, kSegmentsMax};
  return {kStreamBytesMax, kDatagramsMax};
}

}  // namespace

std::size_t messages_per_send(const CaseSpec& spec) {
  const SendLimits limits = send_limits(spec);
  const auto fitting = std::clamp<std::size_t>(limits.bytes / spec.size, 1, limits.messages);
  return std::min(fitting, unread_max(spec));
}

std::size_t unread_max(const CaseSpec& spec) {
  const bool closed = !spec.rate && spec.workload != Workload::stream;
  return closed ? spec.depth : std::numeric_limits<std::size_t>::max();
}

MessageBatch::MessageBatch(std::size_t message_size, std::size_t capacity)
    : bytes_(message_size * capacity),
      messages_(capacity),
      message_size_(message_size),
      payload_crc_(0) {
  for (std::size_t i = 0; i < capacity; ++i) {
    const auto slot = std::span(bytes_).subspan(i * message_size, message_size);
    SplitMix64 noise(message_size);  // incompressible, and the same in every message
    for (auto& byte : slot) byte = static_cast<std::byte>(noise.next());
    messages_[i] = slot;
  }
  payload_crc_ = crc32c(0, messages_.front().subspan(kHeaderBytes));
}

std::span<const Message> MessageBatch::encode(std::span<const Session::Due> due) {
  const std::size_t count = std::min(due.size(), capacity());
  for (std::size_t i = 0; i < count; ++i) {
    sockmark::encode(due[i].header, std::span(bytes_).subspan(i * message_size_, message_size_),
                     payload_crc_);
  }
  return std::span(messages_).first(count);
}

}  // namespace sockmark
