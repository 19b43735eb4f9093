#include "bench/load/message_batch.h"

#include <algorithm>
#include <limits>

#include "base/random.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

// What one send call may carry: enough that a stream coalesces and sendmmsg pays, little enough to
// stay in the first-level caches.
constexpr std::size_t kBatchBytes = 64 * 1024;
constexpr std::size_t kBatchMessages = 256;
constexpr std::size_t kBatchDatagrams = 16;

}  // namespace

std::size_t batch_of(const CaseSpec& spec) {
  // Of datagrams fewer: their t_sent is read once a batch, and the kernel works on each of them.
  const bool datagrams = find_transport(spec.transport)->get().promises().message_boundaries;
  const bool segmented = datagrams && spec.socket.segmentation_offload;
  const auto fitting =
      std::clamp<std::size_t>((segmented ? kMostSegmentedBytes : kBatchBytes) / spec.size, 1,
                              segmented   ? kMostSegments
                              : datagrams ? kBatchDatagrams
                                          : kBatchMessages);
  return std::min(fitting, most_waiting(spec));
}

std::size_t most_waiting(const CaseSpec& spec) {
  const bool closed = !spec.rate && spec.workload != Workload::stream;
  return closed ? spec.depth : std::numeric_limits<std::size_t>::max();
}

Outbox::Outbox(std::size_t message_size, std::size_t batch)
    : bytes_(message_size * batch), messages_(batch), message_size_(message_size), payload_crc_(0) {
  for (std::size_t i = 0; i < batch; ++i) {
    const auto slot = std::span(bytes_).subspan(i * message_size, message_size);
    SplitMix64 noise(message_size);  // bytes that no link compresses, the same in every message
    for (auto& byte : slot) byte = static_cast<std::byte>(noise.next());
    messages_[i] = slot;
  }
  payload_crc_ = crc32c(0, messages_.front().subspan(kHeaderBytes));
}

std::span<const Message> Outbox::encode(std::span<const Session::Due> due) {
  const std::size_t count = std::min(due.size(), batch());
  for (std::size_t i = 0; i < count; ++i) {
    sockmark::encode(due[i].header, std::span(bytes_).subspan(i * message_size_, message_size_),
                     payload_crc_);
  }
  return std::span(messages_).first(count);
}

}  // namespace sockmark
