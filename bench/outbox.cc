#include "bench/outbox.h"

#include <algorithm>

#include "base/random.h"

namespace sockmark {

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
