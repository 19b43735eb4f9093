// A batch of messages to send, encoded side by side in memory that is laid out once: only the
// headers change from one batch to the next, and of a mix the sizes. One thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "bench/load/session.h"
#include "bench/plan/plan.h"
#include "bench/protocol/wire.h"
#include "transports/transport.h"

namespace sockmark {

// The number of messages that one send call of a case may carry: of the largest of its messages,
// or of answers of this size.
[[nodiscard]] std::size_t messages_per_send(const CaseSpec& spec);
[[nodiscard]] std::size_t messages_per_send(const CaseSpec& spec, std::size_t size);

// Upper bound on the unread messages of one connection: in a closed loop the depth, if none is
// duplicated or late. A receiver that got this many can skip the next read.
[[nodiscard]] std::size_t unread_max(const CaseSpec& spec);

// Limits of one receive call, for a Scratch.
[[nodiscard]] std::size_t datagrams_max(const CaseSpec& spec);
[[nodiscard]] std::size_t frames_max(const CaseSpec& spec);

class MessageBatch {
 public:
  MessageBatch(std::size_t message_size, std::size_t capacity);
  // From now on it encodes messages of a mix, of which `message_size` is the largest. Must: `sizes`
  // outlives the batch.
  void mix(const MessageSizes& sizes);

  [[nodiscard]] std::size_t capacity() const { return messages_.size(); }

  // The messages for `due`, at most capacity() of them; valid until the next call.
  [[nodiscard]] std::span<const Message> encode(std::span<const Session::Due> due);

  // The answers to the first of these requests, at most capacity() of them; likewise.
  [[nodiscard]] std::span<const Message> answers_to(std::span<const Message> requests);

 private:
  [[nodiscard]] std::span<std::byte> slot(std::size_t i) {
    return std::span(bytes_).subspan(i * message_size_, message_size_);
  }
  [[nodiscard]] std::span<const Message> encode_mixed(std::span<const Session::Due> due);

  std::vector<std::byte> bytes_;
  std::vector<Message> messages_;
  std::size_t message_size_;
  std::uint32_t payload_crc_;
  const MessageSizes* sizes_ = nullptr;
  std::vector<std::uint32_t> payload_crcs_;  // of the parts of a mix
};

}  // namespace sockmark
