// One direction of the memory transport: a ring of bytes with one writing and one reading thread.
//
// Threading: push() and free-space queries are the writer's, pop() and empty() the reader's. Every
// index access is seq_cst: the wake-up protocol in memory.cc publishes an index and then looks at
// the other side's flag, which release and acquire would not order.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "transports/transport.h"

namespace sockmark {

class MemoryRing {
 public:
  // A power of two: indices are not wrapped but masked. The memory costs nothing until it is
  // written.
  static constexpr std::size_t kBytes = std::size_t{2} << 20;
  static constexpr std::size_t kPrefix = sizeof(std::uint32_t);
  static constexpr std::size_t kMaxMessage = std::size_t{1} << 20;
  static_assert(kMaxMessage + kPrefix <= kBytes);

  // False if there is no room for the whole message.
  [[nodiscard]] bool push(Message message);

  // Copies the next message to `place`, as much of it as fits, and returns its length. Absent if
  // the ring is empty.
  [[nodiscard]] std::optional<std::size_t> pop(std::span<std::byte> place);

  // The length of the next message, without taking it.
  [[nodiscard]] std::optional<std::size_t> next_size() const;

  [[nodiscard]] bool empty() const { return head_.load() == tail_.load(); }
  [[nodiscard]] bool has_room(std::size_t message_size) const {
    return kBytes - (tail_.load() - head_.load()) >= kPrefix + message_size;
  }

 private:
  void write(std::size_t at, std::span<const std::byte> bytes);
  void read(std::size_t at, std::span<std::byte> bytes) const;

  std::unique_ptr<std::byte[]> bytes_ = std::make_unique_for_overwrite<std::byte[]>(kBytes);
  // On cache lines of their own, so that the stores of one side do not slow the other.
  alignas(64) std::atomic<std::size_t> head_{0};  // the reader's
  alignas(64) std::atomic<std::size_t> tail_{0};  // the writer's
};

}  // namespace sockmark
