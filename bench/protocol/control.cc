#include "bench/protocol/control.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace sockmark {

namespace {

constexpr std::string_view kMagic = "SMK1";
constexpr std::size_t kTypeOffset = 4;
constexpr std::size_t kLengthOffset = 8;
constexpr Nanoseconds kSendTimeout = std::chrono::seconds(5);

std::uint32_t body_length(std::string_view header) {
  std::uint32_t length = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    length = length << 8 | static_cast<std::uint8_t>(header[kLengthOffset + i]);
  }
  return length;
}

bool known(std::uint8_t type) { return !name_of(static_cast<ControlType>(type)).empty(); }

// Returns false after the deadline. A signal only shortens one wait.
bool wait_for(int descriptor, short events, Instant deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now()).count();
    pollfd entry{descriptor, events, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, 1000)));
    if (ready > 0) return true;
    if (left <= 0) return false;
  }
}

}  // namespace

std::string encode_frame(ControlType type, std::string_view body) {
  std::string frame(kMagic);
  frame.reserve(kControlFrameHeaderBytes + body.size());
  frame += static_cast<char>(type);
  frame.append(3, '\0');
  for (int shift = 24; shift >= 0; shift -= 8)
    frame += static_cast<char>(body.size() >> shift & 0xFF);
  frame += body;
  return frame;
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
  TRY(check_header());
  if (buffer_.size() < kControlFrameHeaderBytes) return std::optional<ControlFrame>{};
  const std::size_t whole = kControlFrameHeaderBytes + body_length(buffer_);
  if (buffer_.size() < whole) return std::optional<ControlFrame>{};
  ControlFrame frame{
      .type = static_cast<ControlType>(buffer_[kTypeOffset]),
      .body = buffer_.substr(kControlFrameHeaderBytes, whole - kControlFrameHeaderBytes)};
  buffer_.erase(0, whole);
  return std::optional(std::move(frame));
}

Result<> ControlChannel::send(ControlType type, std::string_view body) {
  const auto frame = encode_frame(type, body);
  const Instant deadline = now() + kSendTimeout;
  for (std::size_t sent = 0; sent < frame.size();) {
    const auto taken = ::send(socket_.get(), frame.data() + sent, frame.size() - sent,
                              MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken >= 0) {
      sent += static_cast<std::size_t>(taken);
    } else if (errno == EAGAIN) {
      if (!wait_for(socket_.get(), POLLOUT, deadline)) {
        return Error{
            fmt::format("control channel: timed out sending {} to the peer", name_of(type))};
      }
    } else if (errno != EINTR) {
      return system_error(fmt::format("control channel: send {}", name_of(type)), errno);
    }
  }
  return {};
}

Result<std::optional<ControlFrame>> ControlChannel::poll() {
  for (;;) {
    auto frame = decoder_.next();
    if (!frame || *frame) return frame;
    std::array<char, 65536> bytes;
    const auto got = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got > 0) {
      decoder_.feed({bytes.data(), static_cast<std::size_t>(got)});
    } else if (got == 0) {
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

Result<ControlFrame> ControlChannel::receive(Instant deadline) {
  for (;;) {
    auto frame = TRY(poll());
    if (frame) return std::move(*frame);
    if (!wait_for(socket_.get(), POLLIN, deadline))
      return Error{"control channel: timed out waiting for the peer"};
  }
}

Result<ControlPair> control_pair() {
  int sockets[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
    return system_error("create the control channel", errno);
  }
  return ControlPair{Descriptor(sockets[0]), Descriptor(sockets[1])};
}

}  // namespace sockmark
