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

std::size_t messages_per_send(const CaseSpec& spec) { return messages_per_send(spec, spec.size); }

std::size_t messages_per_send(const CaseSpec& spec, std::size_t size) {
  const SendLimits limits = send_limits(spec);
  const auto fitting = std::clamp<std::size_t>(limits.bytes / size, 1, limits.messages);
  return std::min({fitting, unread_max(spec), frames_max(spec)});
}

std::size_t frames_max(const CaseSpec& spec) {
  return spec.batch ? static_cast<std::size_t>(*spec.batch) : Scratch::kNoLimit;
}

std::size_t datagrams_max(const CaseSpec& spec) {
  return std::min(unread_max(spec), frames_max(spec));
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
    SplitMix64 noise(message_size);  // incompressible, and the same in every message
    for (auto& byte : slot(i)) byte = static_cast<std::byte>(noise.next());
    messages_[i] = slot(i);
  }
  payload_crc_ = crc32c(0, messages_.front().subspan(kHeaderBytes));
}

void MessageBatch::mix(const MessageSizes& sizes) {
  sizes_ = &sizes;
  payload_crcs_.clear();
  for (std::size_t part = 0; part < sizes.parts(); ++part)
    payload_crcs_.push_back(crc32c(0, slot(0).first(sizes.bytes_of(part)).subspan(kHeaderBytes)));
}

std::span<const Message> MessageBatch::encode(std::span<const Session::Due> due) {
  if (sizes_ != nullptr) return encode_mixed(due);
  const std::size_t count = std::min(due.size(), capacity());
  for (std::size_t i = 0; i < count; ++i) {
    sockmark::encode(due[i].header, slot(i), payload_crc_);
  }
  return std::span(messages_).first(count);
}

std::span<const Message> MessageBatch::encode_mixed(std::span<const Session::Due> due) {
  const std::size_t count = std::min(due.size(), capacity());
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t part = sizes_->part_of(due[i].header.flow, due[i].header.seq);
    const auto message = slot(i).first(sizes_->bytes_of(part));
    sockmark::encode(due[i].header, message, payload_crcs_[part]);
    messages_[i] = message;
  }
  return std::span(messages_).first(count);
}

std::span<const Message> MessageBatch::answers_to(std::span<const Message> requests) {
  const std::size_t count = std::min(requests.size(), capacity());
  for (std::size_t i = 0; i < count; ++i) encode_answer(requests[i], slot(i), payload_crc_);
  return std::span(messages_).first(count);
}

}  // namespace sockmark
