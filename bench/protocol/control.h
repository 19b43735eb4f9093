// The control channel between the runner and the two ends of a run.
//
// Frames over a byte stream, so that the same protocol can run over TCP to another host. The peer
// may be hostile: every length is checked before memory is allocated, every body goes through the
// bounded JSON loader, every number has a range, and anything unexpected is an error that ends the
// connection. A frame:
//
//   magic "SMK1" (4 bytes) | type u8 | reserved, zero (3 bytes) | length of the body, u32
//   big-endian, then the body: one JSON object
//
// Threading: one thread at a time. Nothing blocks except send() and receive(), both by a deadline.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/enum_names.h"
#include "base/result.h"

namespace sockmark {

inline constexpr std::size_t kControlFrameHeaderBytes = 12;
// The first message needs no more, and before it the peer is unknown.
inline constexpr std::size_t kControlGreetingLimit = 1024;
// A result carries a handful of compressed histograms (tens of KiB each) and a count per
// connection.
inline constexpr std::size_t kControlBodyLimit = 4 << 20;

enum class ControlType : std::uint8_t {
  hello = 1,      // end -> runner     protocol version, role, pid
  prepare = 2,    // runner -> end     the case; to the responder first, then to the generator
  listening = 3,  // responder -> runner  where its threads listen
  ready = 4,      // generator -> runner  every connection is established
  start = 5,      // runner -> end     the window [t0,t1)
  started = 6,    // responder -> runner
  finish = 7,     // runner -> responder  what was sent: nothing more will come
  result = 8,     // end -> runner     what it measured
  failed = 9,     // end -> runner     one line, instead of the answer expected
  floor = 10,     // floor -> runner   what bare system calls took for the same exchange
};
[[nodiscard]] constexpr auto enum_names(ControlType) {
  return std::to_array<EnumName<ControlType>>({{ControlType::hello, "hello"},
                                               {ControlType::prepare, "prepare"},
                                               {ControlType::listening, "listening"},
                                               {ControlType::ready, "ready"},
                                               {ControlType::start, "start"},
                                               {ControlType::started, "started"},
                                               {ControlType::finish, "finish"},
                                               {ControlType::result, "result"},
                                               {ControlType::failed, "failed"},
                                               {ControlType::floor, "floor"}});
}

struct ControlFrame {
  ControlType type{};
  std::string body;
};

// Splits a stream of bytes into frames. No descriptor and no clock, also for tests and fuzzing.
class ControlDecoder {
 public:
  void feed(std::string_view bytes) { buffer_ += bytes; }
  // The next whole frame, if there is one. An error is final: the rest of the stream is undefined.
  [[nodiscard]] Result<std::optional<ControlFrame>> next();
  // Raises the limit of a body to kControlBodyLimit.
  void greeted() { limit_ = kControlBodyLimit; }
  // Whether a part of a frame has been received.
  [[nodiscard]] bool partial() const { return !buffer_.empty(); }

 private:
  [[nodiscard]] Result<> check_header() const;

  std::string buffer_;
  std::size_t limit_ = kControlGreetingLimit;
};

[[nodiscard]] std::string encode_frame(ControlType type, std::string_view body);

class ControlChannel {
 public:
  explicit ControlChannel(Descriptor socket) : socket_(std::move(socket)) {}

  [[nodiscard]] int descriptor() const { return socket_.get(); }
  void greeted() { decoder_.greeted(); }

  // Errors: the peer has closed the channel, or did not receive the message within a few seconds.
  [[nodiscard]] Result<> send(ControlType type, std::string_view body);

  // The next frame; absent if none has arrived. Never blocks. Errors: the peer closed the channel,
  // or sent an invalid frame.
  [[nodiscard]] Result<std::optional<ControlFrame>> poll();

  // Waits for the next frame. Errors: as poll(), or the deadline passed.
  [[nodiscard]] Result<ControlFrame> receive(Instant deadline);

 private:
  Descriptor socket_;
  ControlDecoder decoder_;
};

// Two connected control sockets, closed on exec.
struct ControlPair {
  Descriptor ours, theirs;
};
[[nodiscard]] Result<ControlPair> control_pair();

}  // namespace sockmark
