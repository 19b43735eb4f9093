// The control channel: what the runner and the two ends of a run say to each other.
//
// Frames over a byte stream, so that the same protocol can run over TCP to another host. The peer
// may be hostile: every length is bounded before memory is taken, every body goes through the
// bounded JSON loader, every number has a range, and anything unexpected ends the conversation with
// one line that says what it was. A frame:
//
//   magic "SMK1" (4 bytes) | type u8 | reserved, zero (3 bytes) | length of the body, u32
//   big-endian body: one JSON object
//
// Threading: one thread at a time. Nothing blocks except send() and receive(), both by a deadline.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/result.h"

namespace sockmark {

inline constexpr std::size_t kControlFrameHeaderBytes = 12;
// The first message needs no more, and nobody is known before it.
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
[[nodiscard]] std::string_view name_of(ControlType type);

struct ControlFrame {
  ControlType type{};
  std::string body;
};

// Takes bytes as they come and gives frames: no descriptor, no clock; for tests and fuzzing too.
class ControlDecoder {
 public:
  void feed(std::string_view bytes) { buffer_ += bytes; }
  // The next whole frame, if there is one. Errors are final: after one, the stream has no meaning.
  [[nodiscard]] Result<std::optional<ControlFrame>> next();
  // Bodies may now be as long as kControlBodyLimit.
  void greeted() { limit_ = kControlBodyLimit; }
  // Whether the stream stands inside a frame.
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

  // Errors: the peer is gone, or did not take the message within a few seconds.
  [[nodiscard]] Result<> send(ControlType type, std::string_view body);

  // What has arrived; nothing is an empty optional. Never blocks. Errors: the peer closed the
  // channel, or sent what is no frame.
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
