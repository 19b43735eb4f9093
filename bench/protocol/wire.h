// The 32-byte header of every message, and the checksum over the whole message.
//
//   offset  0  magic       u16  0x534D ("SM")
//           2  version     4 bits, low: 2
//              flags       4 bits, high: 0 t_intended lies in the measurement window [t0,t1)
//                                        1 the receiver is to send the message back
//                                        2 and 3 are zero
//           3  length      u24  of the whole message, header included, less one
//           6  seq         u48  consecutive from 0 within the flow
//          12  flow        u32  one connection, one phase: numbers of another run do not match
//          16  intended    i64  t_intended, CLOCK_MONOTONIC ns of the sender
//          24  sent_after  u32  ns from t_intended to right before the send call that took the
//                               message; the largest value stands for anything longer
//          28  crc         u32  CRC32C over payload, then over bytes 0 to 27 of the header
//
// All fields are little-endian. The checksum covers the payload first, because the payload of a run
// is constant: its part is computed once, and for each message the sender computes the CRC of 28
// bytes, not of 64 KiB.
//
// Pure functions; any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sockmark {

inline constexpr std::size_t kHeaderBytes = 32;
inline constexpr std::size_t kMessageBytesMax = std::size_t{1} << 24;
inline constexpr std::uint64_t kSeqMax = (std::uint64_t{1} << 48) - 1;  // 3 days at 10^9 a second

struct WireHeader {
  std::uint32_t flow = 0;
  std::uint64_t seq = 0;
  std::int64_t intended_ns = 0;
  std::uint32_t sent_after_ns = 0;
  bool measured = false;
  bool echo = false;
};

// CRC32C (Castagnoli; RFC 3720, appendix B.4), continued from `crc` (0 at the start).
[[nodiscard]] std::uint32_t crc32c(std::uint32_t crc, std::span<const std::byte> bytes);
// The same by tables, ten times slower: crc32c() on a processor without instructions for it.
[[nodiscard]] std::uint32_t crc32c_by_table(std::uint32_t crc, std::span<const std::byte> bytes);
[[nodiscard]] bool has_crc32c_instructions();

// Writes the header into the front of `message`. Must: kHeaderBytes <= message.size() <=
// kMessageBytesMax, seq <= kSeqMax, and `payload_crc` is crc32c(0,
// message.subspan(kHeaderBytes)).
void encode(const WireHeader& header, std::span<std::byte> message, std::uint32_t payload_crc);

// Writes the header of an answer of another size than its request, which was decoded as intact.
// Must: as encode(); the request has a header.
void encode_answer(std::span<const std::byte> request, std::span<std::byte> answer,
                   std::uint32_t payload_crc);

enum class Decoded {
  intact,
  corrupt,
  truncated,  // corrupt: shorter than a header, or than the length in its header
};

// Checks magic, version, flags, length and checksum. `header` is written only when intact.
[[nodiscard]] Decoded decode(std::span<const std::byte> message, WireHeader& header);

}  // namespace sockmark
