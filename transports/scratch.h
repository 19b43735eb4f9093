// The backends' view of a Scratch: the memory of one batch, sized once.
//
// Receiving and sending use different memory, so that an echo may pass the views of a receive() to
// the next send(). One thread, as the Scratch.

#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "transports/transport.h"

namespace sockmark {

// Bytes in front of each message of a byte stream (transports/sockets/stream_frames.h): its length.
inline constexpr std::size_t kFramePrefix = 4;

struct Scratch::Buffers {
  // Fits the second-level cache of any machine of interest; a larger batch is measurably slower,
  // for streams and for datagrams.
  static constexpr std::size_t kStorageBytes = 256 * 1024;
  static constexpr std::size_t kStagingBytes = 64 * 1024;
  static constexpr std::size_t kMaxSlots = 64;
  static constexpr std::size_t kMaxParts = 256;  // well under IOV_MAX

  Buffers(std::size_t message_size, std::size_t datagrams_max, std::size_t frames_max);
  Buffers(const Buffers&) = delete;
  Buffers& operator=(const Buffers&) = delete;

  [[nodiscard]] std::span<std::byte> storage() { return {storage_.get(), storage_size_}; }
  // The part of it that one receive from a byte stream may fill.
  [[nodiscard]] std::span<std::byte> stream_room() { return {storage_.get(), stream_room_}; }
  [[nodiscard]] bool limits_frames() const { return stream_room_ < storage_size_; }
  [[nodiscard]] std::span<std::byte> staging() { return {staging_.get(), kStagingBytes}; }
  // Datagram n goes to slot n, which is one byte longer than a message, to detect truncation.
  [[nodiscard]] std::span<std::byte> slot(std::size_t n) {
    return storage().subspan(n * slot_size_, slot_size_);
  }
  [[nodiscard]] std::size_t slots() const { return slots_; }

  // With segmentation offload, a slot takes a packet of many datagrams, and the kernel returns
  // their length in a control message.
  static constexpr std::size_t kPacketBytes = 64 * 1024;
  struct Packets {
    static constexpr std::size_t kSlots = kStorageBytes / kPacketBytes;
    std::array<mmsghdr, kSlots> headers{};
    std::array<iovec, kSlots> parts{};
    struct alignas(cmsghdr) Control {
      std::array<std::byte, CMSG_SPACE(sizeof(int))> bytes{};
    };
    std::array<Control, kSlots> control{};
  };
  [[nodiscard]] Packets& packets();  // allocated by the first call

  // The received batch. It grows only if a peer's messages are smaller than announced.
  std::vector<Received> received;
  // receive_headers[n] and receive_parts[n] describe slot n.
  std::array<mmsghdr, kMaxSlots> receive_headers{};
  std::array<iovec, kMaxSlots> receive_parts{};
  std::array<sockaddr_storage, kMaxSlots> sources{};
  std::array<mmsghdr, kMaxSlots> send_headers{};
  std::array<iovec, kMaxParts> send_parts{};

 private:
  std::size_t slot_size_;
  std::size_t slots_;
  std::size_t storage_size_;
  std::size_t stream_room_;
  std::unique_ptr<std::byte[]> storage_;
  std::unique_ptr<std::byte[]> staging_;
  std::unique_ptr<Packets> packets_;
};

}  // namespace sockmark
