// Messages over a byte stream: each is preceded by its length, 4 bytes, most significant first.
//
// A channel has one FrameWriter and one FrameReader for its descriptor, which they do not own.
// Between calls they hold no message, except a frame that has arrived in part: 10,000 idle
// connections cost 10,000 of these small objects and no buffers.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "transports/scratch.h"
#include "transports/transport.h"

namespace sockmark {

// A longer message is rejected when sent, and breaks the stream when received: this bounds the
// memory that a peer can make this process allocate.
inline constexpr std::size_t kMaxStreamMessage = std::size_t{16} << 20;

class FrameWriter {
 public:
  // Never blocks. The contract is SendBatch's (transports/transport.h).
  [[nodiscard]] SendBatch send(int descriptor, std::span<const Message> messages,
                               Scratch::Buffers& buffers);

 private:
  std::size_t begun_ = 0;  // bytes already sent of the first message not taken, prefix included
};

class FrameReader {
 public:
  // A longer message breaks the stream. Must: at most kMaxStreamMessage.
  explicit FrameReader(std::size_t frame_max = kMaxStreamMessage) : frame_max_(frame_max) {}

  // One system call. Whole frames are returned where they were read; a frame that was split between
  // calls is assembled in a buffer of the reader. To split few, it reads as many bytes as whole
  // frames of the last frame's size have.
  [[nodiscard]] ReceiveBatch receive(int descriptor, Scratch::Buffers& buffers, ReceiveWait wait);

 private:
  struct Body {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t capacity = 0;
  };
  enum class Parse { good, too_long, no_memory };

  [[nodiscard]] bool inside_a_frame() const { return in_body_ || prefix_have_ > 0; }
  [[nodiscard]] Parse parse(std::size_t size, Scratch::Buffers& buffers);
  [[nodiscard]] Parse begin_body(std::size_t size, std::span<const std::byte> start);

  std::size_t frame_max_;
  // Two, swapped: the view of a completed frame stays valid while the next one is assembled.
  Body body_;
  Body handed_out_;
  std::size_t body_size_ = 0;
  std::size_t body_have_ = 0;
  std::size_t last_frame_ = 0;  // bytes of the frame begun last, prefix included
  std::size_t room_ = static_cast<std::size_t>(-1);  // to read into: whole frames of that size
  std::array<std::byte, kFramePrefix> prefix_{};
  std::uint8_t prefix_have_ = 0;  // bytes of a split prefix
  bool in_body_ = false;          // the prefix is known, the body is not complete
  bool broken_ = false;           // final: the start of the next frame is unknown
};

}  // namespace sockmark
