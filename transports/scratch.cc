#include "transports/scratch.h"

#include <algorithm>

namespace sockmark {

Scratch::Buffers::Buffers(std::size_t message_size, std::size_t datagrams_max,
                          std::size_t frames_max)
    : slot_size_(message_size + 1),
      slots_(std::clamp<std::size_t>(kStorageBytes / slot_size_, 1,
                                     std::min(datagrams_max, kMaxSlots))),
      storage_size_(std::max({kStorageBytes, slots_ * slot_size_, message_size + kFramePrefix})),
      stream_room_(frames_max < storage_size_ / (message_size + kFramePrefix)
                       ? frames_max * (message_size + kFramePrefix)
                       : storage_size_),
      storage_(std::make_unique_for_overwrite<std::byte[]>(storage_size_)),
      staging_(std::make_unique_for_overwrite<std::byte[]>(kStagingBytes)) {
  // One more for the frame that was split between two receives.
  received.reserve(std::max(slots_, storage_size_ / (message_size + kFramePrefix)) + 1);
  for (std::size_t n = 0; n < slots_; ++n) {
    receive_parts[n] = {slot(n).data(), slot(n).size()};
    receive_headers[n].msg_hdr.msg_iov = &receive_parts[n];
    receive_headers[n].msg_hdr.msg_iovlen = 1;
  }
}

Scratch::Buffers::Packets& Scratch::Buffers::packets() {
  if (packets_) return *packets_;
  packets_ = std::make_unique<Packets>();
  for (std::size_t n = 0; n < Packets::kSlots; ++n) {
    packets_->parts[n] = {storage().data() + n * kPacketBytes, kPacketBytes};
    packets_->headers[n].msg_hdr.msg_iov = &packets_->parts[n];
    packets_->headers[n].msg_hdr.msg_iovlen = 1;
    packets_->headers[n].msg_hdr.msg_control = &packets_->control[n];
  }
  return *packets_;
}

Scratch::Scratch(std::size_t message_size, std::size_t datagrams_max, std::size_t frames_max)
    : message_size_(message_size),
      buffers_(std::make_unique<Buffers>(message_size, datagrams_max, frames_max)) {}

Scratch::~Scratch() = default;

}  // namespace sockmark
