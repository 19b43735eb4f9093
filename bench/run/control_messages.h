// The bodies of the control messages (control.h), one struct for each.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/printable.h"
#include "bench/protocol/control.h"
#include "bench/run/end_result.h"
#include "reports/json/load_json.h"
#include "reports/model/report.h"
#include "reports/model/report_json.h"

namespace sockmark {

inline constexpr std::uint32_t kControlProtocol = 1;

struct HelloMessage {
  static constexpr ControlType kType = ControlType::hello;
  std::uint64_t protocol = kControlProtocol;
  std::string role;  // "generator" or "responder"
  std::int64_t pid = 0;
  std::string clock = {};   // clock_identity() of machine/environment.h
  std::int64_t now_ns = 0;  // time of this message by that clock
};

struct PrepareMessage {
  static constexpr ControlType kType = ControlType::prepare;
  report::Params params;
  std::uint64_t seed = 1;    // of the schedule of an open loop
  bool clock_shared = true;  // by both ends
  std::uint64_t token = 0;   // peers of this run know it (ChannelOptions::token)
  std::string
      directory;  // for a socket file, or empty; the listener creates it, the runner removes it
  std::vector<std::string> addresses;  // one for each thread of the responder
};

struct ListeningMessage {
  static constexpr ControlType kType = ControlType::listening;
  std::vector<std::string> addresses;
};

struct ReadyMessage {
  static constexpr ControlType kType = ControlType::ready;
};

struct StartMessage {  // by CLOCK_MONOTONIC of the receiver of the message
  static constexpr ControlType kType = ControlType::start;
  std::int64_t t0_ns = 0, t1_ns = 0;
};

struct StartedMessage {
  static constexpr ControlType kType = ControlType::started;
};

struct FinishMessage {
  static constexpr ControlType kType = ControlType::finish;
  std::vector<std::uint64_t> sent;  // messages of the window, by connection
};

struct GeneratorResultMessage {
  static constexpr ControlType kType = ControlType::result;
  GeneratorResult end;
};

struct ResponderResultMessage {
  static constexpr ControlType kType = ControlType::result;
  ResponderResult end;
};

struct FloorMessage {
  static constexpr ControlType kType = ControlType::floor;
  report::Floor floor;
};

// The message of a peer is cut to this length.
inline constexpr std::size_t kFailureColumns = 400;

struct FailedMessage {
  static constexpr ControlType kType = ControlType::failed;
  std::string message;
};

void fields(auto& visit, report::Of<HelloMessage> auto& message) {
  visit("protocol", message.protocol);
  visit("role", message.role);
  visit("pid", message.pid, report::kPositive);
  visit("clock", message.clock);
  visit("now_ns", message.now_ns, report::kNotNegative);
}
void fields(auto& visit, report::Of<PrepareMessage> auto& message) {
  visit("params", message.params);
  visit("seed", message.seed);
  visit("clock_shared", message.clock_shared);
  visit("token", message.token);
  visit("directory", message.directory);
  visit("addresses", message.addresses);
}
void fields(auto& visit, report::Of<ListeningMessage> auto& message) {
  visit("addresses", message.addresses);
}
void fields(auto&, report::Of<ReadyMessage> auto&) {}
void fields(auto& visit, report::Of<StartMessage> auto& message) {
  visit("t0_ns", message.t0_ns, report::kNotNegative);
  visit("t1_ns", message.t1_ns, report::kNotNegative);
}
void fields(auto&, report::Of<StartedMessage> auto&) {}
void fields(auto& visit, report::Of<FinishMessage> auto& message) { visit("sent", message.sent); }
void fields(auto& visit, report::Of<GeneratorResultMessage> auto& message) {
  visit("end", message.end);
}
void fields(auto& visit, report::Of<ResponderResultMessage> auto& message) {
  visit("end", message.end);
}
void fields(auto& visit, report::Of<FloorMessage> auto& message) { visit("floor", message.floor); }
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
  if (frame.type != M::kType)
    return Error{what + " where " + std::string(name_of(M::kType)) + " was expected"};
  const auto body = TRY(report::parse_json(frame.body, report::kReportLimits, what));
  report::JsonReading reading;
  auto message = TRY(report::read_document<M>(body.root(), reading).in(what));
  return message;
}

}  // namespace sockmark
