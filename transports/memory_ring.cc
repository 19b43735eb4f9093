#include "transports/memory_ring.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"

namespace sockmark {

bool MemoryRing::push(Message message) {
  DEBUG_ASSERT(message.size() <= kMaxMessage);
  if (!has_room(message.size())) return false;
  const auto size = static_cast<std::uint32_t>(message.size());
  const std::size_t tail = tail_.load();
  write(tail, std::as_bytes(std::span(&size, 1)));
  write(tail + kPrefix, message);
  tail_.store(tail + kPrefix + message.size());
  return true;
}

std::optional<std::size_t> MemoryRing::next_size() const {
  if (empty()) return std::nullopt;
  std::uint32_t size = 0;
  read(head_.load(), std::as_writable_bytes(std::span(&size, 1)));
  return size;
}

std::optional<std::size_t> MemoryRing::pop(std::span<std::byte> place) {
  const auto size = next_size();
  if (!size) return std::nullopt;
  const std::size_t head = head_.load();
  read(head + kPrefix, place.first(std::min(*size, place.size())));
  head_.store(head + kPrefix + *size);
  return size;
}

void MemoryRing::write(std::size_t at, std::span<const std::byte> bytes) {
  const std::size_t start = at % kBytes;
  const auto before_end = bytes.first(std::min(bytes.size(), kBytes - start));
  std::copy(before_end.begin(), before_end.end(), bytes_.get() + start);
  const auto wrapped = bytes.subspan(before_end.size());
  std::copy(wrapped.begin(), wrapped.end(), bytes_.get());
}

void MemoryRing::read(std::size_t at, std::span<std::byte> bytes) const {
  const std::size_t start = at % kBytes;
  const std::size_t before_end = std::min(bytes.size(), kBytes - start);
  std::copy_n(bytes_.get() + start, before_end, bytes.begin());
  std::copy_n(bytes_.get(), bytes.size() - before_end,
              bytes.begin() + static_cast<std::ptrdiff_t>(before_end));
}

}  // namespace sockmark
