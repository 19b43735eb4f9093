// The bodies of control messages: how each is written and read, and those that any end sends.
// Messages about a run are in bench/worker/control_messages.h.

#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/printable.h"
#include "base/result.h"
#include "bench/protocol/control.h"
#include "reports/json/json_reader.h"
#include "reports/json/json_writer.h"
#include "reports/json/load_json.h"

namespace sockmark {

// The versions of the control protocol that this program speaks. The greeting of another version
// is readable as long as it has `protocol`.
struct ProtocolVersions {
  std::uint64_t min = 3, max = 3;
};
inline constexpr ProtocolVersions kControlProtocol;

// The first message of an end. An end that cannot go on says so by its other fields.
struct HelloMessage {
  static constexpr ControlType kType = ControlType::hello;
  ProtocolVersions protocol;
  std::string role;          // "generator", "responder", "floor" or "agent"
  std::string version;       // of sockmark, for an error message
  std::string machine;       // uname -m
  std::string host;          // the name of the machine
  bool on_terminal = false;  // standard input is a terminal, which changes what passes through it
  std::int64_t pid = 0;
  std::string clock;        // clock_identity() of machine/environment.h
  std::int64_t now_ns = 0;  // time of this message by that clock
};

struct FailedMessage {
  static constexpr ControlType kType = ControlType::failed;
  std::string message;
};
// The message of a peer is cut to this length.
inline constexpr std::size_t kFailureColumns = 400;

void fields(auto& visit, report::Of<ProtocolVersions> auto& protocol) {
  visit("min", protocol.min);
  visit("max", protocol.max);
}
void fields(auto& visit, report::Of<HelloMessage> auto& message) {
  visit("protocol", message.protocol);
  visit("role", message.role);
  visit("version", message.version);
  visit("machine", message.machine);
  visit("host", message.host);
  visit("on_terminal", message.on_terminal);
  visit("pid", message.pid, report::kPositive);
  visit("clock", message.clock);
  visit("now_ns", message.now_ns, report::kNotNegative);
}
void fields(auto& visit, report::Of<FailedMessage> auto& message) {
  visit("message", message.message);
}

// The JSON of a message.
template <class M>
[[nodiscard]] std::string body_of(const M& message) {
  report::JsonWriter body(report::JsonWriter::Layout::one_line);
  report::write_json(body, message);
  return std::move(body).take();
}

// Sends a message; errors as ControlChannel::send().
template <class M>
[[nodiscard]] Result<> send_message(ControlChannel& channel, const M& message) {
  return channel.send(M::kType, body_of(message));
}

// The frame as the expected message. Errors name the type that arrived, or the wrong field; a
// `failed` frame is the error of the peer.
template <class M>
[[nodiscard]] Result<M> as_message(const ControlFrame& frame) {
  if (frame.type == ControlType::failed && M::kType != ControlType::failed) {
    auto failed = as_message<FailedMessage>(frame);
    return failed ? Error{report::printable(failed->message, kFailureColumns)}
                  : std::move(failed).error();
  }
  const std::string what = "control channel: message " + std::string(name_of(frame.type));
  if (frame.type != M::kType) {
    // Only a second program greets again.
    const bool second = frame.type == ControlType::hello || frame.type == ControlType::host;
    return Error{
        what + " where " + std::string(name_of(M::kType)) + " was expected" +
        (second ? ": more than one program answers (start one: srun -n1, mpirun -n 1)" : "")};
  }
  const auto body = TRY(report::parse_json(frame.body, report::kReportLimits, what));
  report::JsonReading reading;
  auto message = TRY(report::read_document<M>(body.root(), reading).in(what));
  return message;
}

// The greeting in `frame`. Errors: as as_message(), or the peer speaks no version of the control
// protocol that this program speaks; that names both versions and what to do, whatever else the
// greeting has.
[[nodiscard]] Result<HelloMessage> read_hello(const ControlFrame& frame);

}  // namespace sockmark
