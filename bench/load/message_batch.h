// The messages about to be sent, encoded side by side in memory that is laid out once: only the
// headers change from message to message. One thread.

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

// How many messages one send call of a case may carry.
[[nodiscard]] std::size_t batch_of(const CaseSpec& spec);

// How many messages of one connection can be waiting to be received, while none is lost or late: in
// a closed loop its depth. Who has received as many need not look whether there are more.
[[nodiscard]] std::size_t most_waiting(const CaseSpec& spec);

class Outbox {
 public:
  Outbox(std::size_t message_size, std::size_t batch);

  [[nodiscard]] std::size_t batch() const { return messages_.size(); }

  // The messages for `due`, at most batch() of them; valid until the next call.
  [[nodiscard]] std::span<const Message> encode(std::span<const Session::Due> due);

 private:
  std::vector<std::byte> bytes_;
  std::vector<Message> messages_;
  std::size_t message_size_;
  std::uint32_t payload_crc_;
};

}  // namespace sockmark
