// The 32 bytes that every message starts with, and the checksum over all of it.
//
//   offset  0  magic    u16   0x534D ("SM")
//           2  version  u8    1
//           3  flags    u8    bit 0: t_intended lies in the measurement window [t0,t1)
//                             bit 1: the receiver is to send the message back
//           4  flow     u32   one connection, one phase: numbers of another run do not match
//           8  seq      u64   consecutive from 0 within the flow
//          16  intended i64   t_intended, CLOCK_MONOTONIC ns of the sender
//          24  length   u32   of the whole message, header included
//          28  crc      u32   CRC32C over payload, then over bytes 0 to 27 of the header
//
// All fields are little-endian. The checksum covers the payload first because the payload of a run
// is constant: its share is computed once, and a message costs the sender 28 bytes of CRC, not 64
// KiB.
//
// Pure functions; any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sockmark {

inline constexpr std::size_t kHeaderBytes = 32;

struct WireHeader {
  std::uint32_t flow = 0;
  std::uint64_t seq = 0;
  std::int64_t intended_ns = 0;
  bool measured = false;
  bool echo = false;
};

// CRC32C (Castagnoli; RFC 3720, appendix B.4), continued from `crc` (0 at the start).
[[nodiscard]] std::uint32_t crc32c(std::uint32_t crc, std::span<const std::byte> bytes);

// Writes the header into the front of `message`. Must: message.size() >= kHeaderBytes, and
// `payload_crc` is crc32c(0, message.subspan(kHeaderBytes)).
void encode(const WireHeader& header, std::span<std::byte> message, std::uint32_t payload_crc);

enum class Decoded { intact, corrupt };

// Checks magic, version, length and checksum. `header` is written only when intact.
[[nodiscard]] Decoded decode(std::span<const std::byte> message, WireHeader& header);

}  // namespace sockmark
