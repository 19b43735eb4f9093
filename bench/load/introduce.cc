#include "bench/load/introduce.h"

#include <fmt/format.h>
#include <poll.h>

#include <array>
#include <system_error>

#include "bench/protocol/wire.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// A datagram, or its answer, may be lost. Copies do no harm.
constexpr Nanoseconds kInterval = 100ms;

bool is_introduction(const Received& message, std::uint32_t flow) {
  WireHeader header;
  return decode(message.bytes, header) == Decoded::intact && header.flow == flow;
}

}  // namespace

Result<> introduce(Channel& channel, Scratch& scratch, FlowIds flows, std::uint64_t connection,
                   Instant deadline) {
  const std::uint32_t flow = flows.introduction(connection);
  std::array<std::byte, kHeaderBytes> bytes{};
  encode({.flow = flow, .echo = true}, bytes, 0);
  const Message message(bytes);
  const auto failed = [&](std::string_view what, int error) {
    return Error{fmt::format("connection {}: {}{}", connection, what,
                             error == 0 ? "" : ": " + std::generic_category().message(error))};
  };
  Instant next{};
  for (Instant at = now(); at < deadline; at = now()) {
    if (at >= next) {
      const SendBatch batch = channel.send({&message, 1}, scratch);
      if (batch.stop != SendStop::all && batch.stop != SendStop::would_block)
        return failed("send", batch.error);
      // A part of it may have been taken: the rest follows.
      next = batch.stop == SendStop::all ? at + kInterval : at + 1ms;
    }
    const Readiness readiness = channel.readiness();
    pollfd entry{channel.descriptor(), readiness.to_receive, 0};
    static_cast<void>(::poll(&entry, 1, static_cast<int>((next - at + 1ms) / 1ms)));
    const ReceiveBatch batch = channel.receive(scratch);
    for (const auto& received : batch.messages) {
      if (is_introduction(received, flow)) return {};
    }
    if (batch.stop == ReceiveStop::closed) return failed("the responder closed the connection", 0);
    if (batch.stop == ReceiveStop::broken || batch.stop == ReceiveStop::failed)
      return failed("receive", batch.error);
  }
  return failed("the responder does not answer", 0);
}

}  // namespace sockmark
