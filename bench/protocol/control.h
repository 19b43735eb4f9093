// The control channel between the runner and the two ends of a run.
//
// Frames over a byte stream: a socket, or the standard input and output of a program that a
// launcher such as ssh started. The peer may be hostile: every length is checked before memory is
// allocated, every body goes through the bounded JSON loader, every number has a range, and
// anything unexpected is an error that ends the connection. A frame:
//
//   magic "SMK1" (4 bytes) | type u8 | reserved, zero (3 bytes) | length of the body, u32
//   big-endian, then the body: one JSON object, then a newline
//
// The newline is for launchers that forward whole lines only (srun without -u).
//
// Threading: one thread at a time; send(), offer() and closed() of a channel may be called by any.
// Nothing blocks except send() and receive(), both by a deadline. Must: SIGPIPE is ignored in this
// process.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
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
// Text before the greeting, and how much of its first line an error shows.
inline constexpr std::size_t kControlNoiseLimit = 64 << 10;
inline constexpr std::size_t kControlNoiseColumns = 200;
// A result carries a handful of compressed histograms (tens of KiB each), a count per connection,
// and a histogram of some KiB for each of up to thousands of intervals.
inline constexpr std::size_t kControlBodyLimit = 16 << 20;

enum class ControlType : std::uint8_t {
  hello = 1,       // end -> runner     protocol versions, role, pid
  prepare = 2,     // runner -> end     the case; to the responder first, then to the generator
  listening = 3,   // responder -> runner  where its threads listen
  ready = 4,       // generator -> runner  every connection is established
  start = 5,       // runner -> end     the window [t0,t1)
  started = 6,     // responder -> runner
  finish = 7,      // runner -> end     what was sent to it: nothing more will come
  result = 8,      // end -> runner     what it measured
  failed = 9,      // end -> runner     one line, instead of the answer expected
  floor = 10,      // floor -> runner   what bare system calls took for the same exchange
  stop = 11,       // runner -> end     the window ends now: the user has interrupted the run
  progress = 12,   // end -> runner     figures of the run in progress, where they were asked for
  host = 13,       // agent -> runner   the machine that the agent runs on
  spawn = 14,      // runner -> agent   start a worker; messages are then passed to it and from it
  release = 15,    // runner -> agent   end the worker
  ended = 16,      // agent -> runner   the worker has ended
  ping = 17,       // agent <-> runner  the sender is alive
  intervals = 18,  // end -> runner    finished intervals of the run, where they were asked for
  send = 19,       // runner -> responder  the window holds: send, from its warm-up on
  sent = 20,       // responder -> runner  what it has sent: nothing more will come
  judge = 21,  // runner -> generator  the responder's clocks: send the result again, with delays
};
[[nodiscard]] constexpr auto enum_names(ControlType) {
  return std::to_array<EnumName<ControlType>>(
      {{ControlType::hello, "hello"},         {ControlType::prepare, "prepare"},
       {ControlType::listening, "listening"}, {ControlType::ready, "ready"},
       {ControlType::start, "start"},         {ControlType::started, "started"},
       {ControlType::finish, "finish"},       {ControlType::result, "result"},
       {ControlType::failed, "failed"},       {ControlType::floor, "floor"},
       {ControlType::stop, "stop"},           {ControlType::progress, "progress"},
       {ControlType::host, "host"},           {ControlType::spawn, "spawn"},
       {ControlType::release, "release"},     {ControlType::ended, "ended"},
       {ControlType::ping, "ping"},           {ControlType::intervals, "intervals"},
       {ControlType::send, "send"},           {ControlType::sent, "sent"},
       {ControlType::judge, "judge"}});
}

struct ControlFrame {
  ControlType type{};
  std::string body;
};

// Splits a stream of bytes into frames. No descriptor and no clock, also for tests and fuzzing.
class ControlDecoder {
 public:
  void feed(std::string_view bytes) { buffer_ += bytes; }
  // The stream may begin with other text, such as the output of a shell's start-up file: what
  // comes before a hello frame is skipped. Errors: more than kControlNoiseLimit bytes of it.
  void skip_noise() { skipping_ = true; }
  // The first line that was skipped, or was received and may be skipped; at most
  // kControlNoiseColumns bytes of it.
  [[nodiscard]] std::string first_noise() const;
  // The next whole frame, if there is one. An error is final: the rest of the stream is undefined.
  [[nodiscard]] Result<std::optional<ControlFrame>> next();
  // Raises the limit of a body to kControlBodyLimit.
  void greeted() { limit_ = kControlBodyLimit; }
  // Whether a part of a frame has been received.
  [[nodiscard]] bool partial() const { return !buffer_.empty(); }

 private:
  void skip_to_hello();
  [[nodiscard]] Result<> check_header() const;

  std::string buffer_;
  std::size_t limit_ = kControlGreetingLimit;
  bool skipping_ = false;
  std::string noise_;        // the beginning of what was skipped
  std::size_t skipped_ = 0;  // bytes
};

[[nodiscard]] std::string encode_frame(ControlType type, std::string_view body);

class ControlChannel {
 public:
  // Both descriptors become non-blocking.
  explicit ControlChannel(Descriptor socket);
  ControlChannel(Descriptor input, Descriptor output);

  [[nodiscard]] int descriptor() const { return input_.get(); }  // readable when a frame may be
  [[nodiscard]] int output() const { return output_ ? output_.get() : input_.get(); }
  void greeted() { decoder_.greeted(); }
  void skip_noise() { decoder_.skip_noise(); }
  [[nodiscard]] std::string first_noise() const { return decoder_.first_noise(); }
  // Whether the last error was that the peer has closed the channel.
  [[nodiscard]] bool closed() const;

  // Errors: the peer has closed the channel, or did not receive the message within a few seconds.
  [[nodiscard]] Result<> send(ControlType type, std::string_view body);

  // Sends the message if the channel takes it at once, and drops it otherwise; returns which. Never
  // blocks. Errors: the peer has closed the channel.
  [[nodiscard]] Result<bool> offer(ControlType type, std::string_view body);

  // The next frame; absent if none has arrived. Never blocks. Errors: the peer closed the channel,
  // or sent an invalid frame.
  [[nodiscard]] Result<std::optional<ControlFrame>> poll();

  // Waits for the next frame; absent if none arrived until then. Errors: as poll().
  [[nodiscard]] Result<std::optional<ControlFrame>> wait(Instant until);
  // The same. Errors: as poll(), or the deadline passed.
  [[nodiscard]] Result<ControlFrame> receive(Instant deadline);

 private:
  // Sends what the channel takes at once of unsent_. `type` is for the error. Must: locked.
  [[nodiscard]] Result<> flush(ControlType type);
  [[nodiscard]] std::unique_lock<std::mutex> lock() const { return std::unique_lock(*mutex_); }

  Descriptor input_;
  Descriptor output_;  // empty: the input is a socket, and also the output
  ControlDecoder decoder_;
  std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();  // of the next two
  std::string unsent_;  // the rest of a message that was sent in part
  bool closed_ = false;
};

// Two connected control sockets, closed on exec.
struct ControlPair {
  Descriptor ours, theirs;
};
[[nodiscard]] Result<ControlPair> control_pair();

}  // namespace sockmark
