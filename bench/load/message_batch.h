// A batch of messages to send, encoded side by side in memory that is laid out once: only the
// headers change from one batch to the next. One thread.

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

// The number of messages that one send call of a case may carry.
[[nodiscard]] std::size_t messages_per_send(const CaseSpec& spec);

// Upper bound on the unread messages of one connection: in a closed loop the depth, if none is
// duplicated or late. A receiver that got this many can skip the next read.
[[nodiscard]] std::size_t unread_max(const CaseSpec& spec);

class MessageBatch {
 public:
  MessageBatch(std::size_t message_size, std::size_t capacity);

  [[nodiscard]] std::size_t capacity() const { return messages_.size(); }

  // The messages for `due`, at most capacity() of them; valid until the next call.
  [[nodiscard]] std::span<const Message> encode(std::span<const Session::Due> due);

 private:
  std::vector<std::byte> bytes_;
  std::vector<Message> messages_;
  std::size_t message_size_;
  std::uint32_t payload_crc_;
};

}  // namespace sockmark
