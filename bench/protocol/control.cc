#include "bench/protocol/control.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/wait.h"

namespace sockmark {

namespace {

constexpr std::string_view kMagic = "SMK1";
constexpr std::size_t kTypeOffset = 4;
constexpr std::size_t kLengthOffset = 8;
// Every end begins with it.
constexpr std::string_view kHelloBegin("SMK1\1\0\0\0", 8);
constexpr Nanoseconds kSendTimeout = std::chrono::seconds(5);

std::uint32_t body_length(std::string_view header) {
  std::uint32_t length = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    length = length << 8 | static_cast<std::uint8_t>(header[kLengthOffset + i]);
  }
  return length;
}

bool known(std::uint8_t type) { return !name_of(static_cast<ControlType>(type)).empty(); }

}  // namespace

std::string encode_frame(ControlType type, std::string_view body) {
  std::string frame(kMagic);
  frame.reserve(kControlFrameHeaderBytes + body.size() + 1);
  frame += static_cast<char>(type);
  frame.append(3, '\0');
  for (int shift = 24; shift >= 0; shift -= 8)
    frame += static_cast<char>(body.size() >> shift & 0xFF);
  frame += body;
  frame += '\n';
  return frame;
}

std::string ControlDecoder::first_noise() const {
  const std::string text = skipping_ ? noise_ + buffer_ : noise_;
  return text.substr(0, std::min(text.find('\n'), kControlNoiseColumns));
}

void ControlDecoder::skip_to_hello() {
  auto found = buffer_.find(kHelloBegin);
  skipping_ = found == std::string::npos;
  // The end of what was received may be the beginning of the greeting.
  if (skipping_) found = buffer_.size() - std::min(buffer_.size(), kHelloBegin.size() - 1);
  if (noise_.size() < kControlNoiseColumns)
    noise_ += buffer_.substr(0, std::min(found, kControlNoiseColumns));
  skipped_ += found;
  buffer_.erase(0, found);
}

Result<> ControlDecoder::check_header() const {
  const auto magic = std::string_view(buffer_).substr(0, kMagic.size());
  if (!kMagic.starts_with(magic)) return Error{"control channel: not a sockmark control stream"};
  if (buffer_.size() < kControlFrameHeaderBytes) return {};
  const auto type = static_cast<std::uint8_t>(buffer_[kTypeOffset]);
  if (!known(type)) return Error{fmt::format("control channel: unknown message type {}", type)};
  for (std::size_t i = kTypeOffset + 1; i < kLengthOffset; ++i) {
    if (buffer_[i] != '\0') return Error{"control channel: reserved bytes are not zero"};
  }
  if (const auto length = body_length(buffer_); length > limit_) {
    return Error{fmt::format("control channel: message of {} bytes exceeds the limit of {}", length,
                             limit_)};
  }
  return {};
}

Result<std::optional<ControlFrame>> ControlDecoder::next() {
  if (skipping_) skip_to_hello();
  if (skipping_ && skipped_ > kControlNoiseLimit)
    return Error{"control channel: not a sockmark control stream"};
  if (skipping_) return std::optional<ControlFrame>{};
  TRY(check_header());
  if (buffer_.size() < kControlFrameHeaderBytes) return std::optional<ControlFrame>{};
  const std::size_t length = body_length(buffer_);
  const std::size_t whole = kControlFrameHeaderBytes + length + 1;
  if (buffer_.size() < whole) return std::optional<ControlFrame>{};
  if (buffer_[whole - 1] != '\n')
    return Error{"control channel: a message does not end with a newline"};
  ControlFrame frame{.type = static_cast<ControlType>(buffer_[kTypeOffset]),
                     .body = buffer_.substr(kControlFrameHeaderBytes, length)};
  buffer_.erase(0, whole);
  return std::optional(std::move(frame));
}

ControlChannel::ControlChannel(Descriptor socket) : input_(std::move(socket)) {
  set_non_blocking(input_.get());
}

ControlChannel::ControlChannel(Descriptor input, Descriptor output)
    : input_(std::move(input)), output_(std::move(output)) {
  set_non_blocking(input_.get());
  set_non_blocking(output_.get());
}

Result<> ControlChannel::flush(ControlType type) {
  while (!unsent_.empty()) {
    const auto taken = ::write(output(), unsent_.data(), unsent_.size());
    if (taken >= 0) {
      unsent_.erase(0, static_cast<std::size_t>(taken));
    } else if (errno == EAGAIN) {
      return {};
    } else if (errno != EINTR) {
      closed_ = errno == EPIPE;
      return system_error(fmt::format("control channel: send {}", name_of(type)), errno);
    }
  }
  return {};
}

bool ControlChannel::closed() const {
  const auto locked = lock();
  return closed_;
}

Result<> ControlChannel::send(ControlType type, std::string_view body) {
  const auto locked = lock();
  unsent_ += encode_frame(type, body);
  const Instant deadline = now() + kSendTimeout;
  for (;;) {
    TRY(flush(type));
    if (unsent_.empty()) return {};
    if (!wait_for(output(), POLLOUT, deadline)) {
      return Error{fmt::format("control channel: timed out sending {} to the peer", name_of(type))};
    }
  }
}

Result<bool> ControlChannel::offer(ControlType type, std::string_view body) {
  const auto locked = lock();
  TRY(flush(type));
  if (!unsent_.empty()) return false;
  unsent_ = encode_frame(type, body);
  const std::size_t whole = unsent_.size();
  TRY(flush(type));
  if (unsent_.size() < whole) return true;
  unsent_.clear();
  return false;
}

Result<std::optional<ControlFrame>> ControlChannel::poll() {
  for (;;) {
    auto frame = decoder_.next();
    if (!frame || *frame) return frame;
    std::array<char, 65536> bytes;
    const auto got = ::read(input_.get(), bytes.data(), bytes.size());
    if (got > 0) {
      decoder_.feed({bytes.data(), static_cast<std::size_t>(got)});
    } else if (got == 0) {
      const auto locked = lock();
      closed_ = true;
      return Error{decoder_.partial()
                       ? "control channel: the peer closed the channel inside a message"
                       : "control channel: the peer closed the channel"};
    } else if (errno == EAGAIN) {
      return std::optional<ControlFrame>{};
    } else if (errno != EINTR) {
      return system_error("control channel: receive", errno);
    }
  }
}

Result<std::optional<ControlFrame>> ControlChannel::wait(Instant until) {
  for (;;) {
    auto frame = poll();
    if (!frame || *frame || !wait_for(input_.get(), POLLIN, until)) return frame;
  }
}

Result<ControlFrame> ControlChannel::receive(Instant deadline) {
  auto frame = TRY(wait(deadline));
  if (!frame) return Error{"control channel: timed out waiting for the peer"};
  return std::move(*frame);
}

Result<ControlPair> control_pair() {
  int sockets[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
    return system_error("create the control channel", errno);
  }
  return ControlPair{Descriptor(sockets[0]), Descriptor(sockets[1])};
}

}  // namespace sockmark
