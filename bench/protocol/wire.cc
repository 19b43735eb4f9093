#include "bench/protocol/wire.h"

#include <isa-l/crc.h>
#ifdef __x86_64__
#include <nmmintrin.h>
#endif

#include <bit>
#include <cstring>
#include <limits>

#include "base/assert.h"

namespace sockmark {

namespace {

static_assert(std::endian::native == std::endian::little,
              "fields are copied as they lie in memory");

constexpr std::uint64_t kMagic = 0x534D;
constexpr std::uint64_t kVersion = 2;
constexpr std::uint64_t kMeasured = 1;
constexpr std::uint64_t kEcho = 2;
constexpr std::size_t kCrcOffset = 28;

struct HeaderLayout {
  std::uint64_t magic_version_flags_length_seq;  // 16, 4, 4, 24 and the low 16 bits
  std::uint32_t seq_above;                       // the upper 32 bits
  std::uint32_t flow;
  std::int64_t intended_ns;
  std::uint32_t sent_after_ns, crc;
};
static_assert(sizeof(HeaderLayout) == kHeaderBytes && offsetof(HeaderLayout, crc) == kCrcOffset);

#ifdef __x86_64__
const bool kHasCrc32Instruction = __builtin_cpu_supports("sse4.2") != 0;

// Up to this size the plain instruction is faster: ISA-L is designed for long inputs, folds several
// parts in parallel, and processes bytes one by one until they are aligned.
constexpr std::size_t kShortBytesMax = 128;

__attribute__((target("sse4.2"))) std::uint32_t crc32c_of_short(std::uint32_t crc,
                                                                std::span<const std::byte> bytes) {
  std::uint64_t word = 0;
  for (; bytes.size() >= sizeof word; bytes = bytes.subspan(sizeof word)) {
    std::memcpy(&word, bytes.data(), sizeof word);
    crc = static_cast<std::uint32_t>(_mm_crc32_u64(crc, word));
  }
  if (std::uint32_t half = 0; bytes.size() >= sizeof half) {
    std::memcpy(&half, bytes.data(), sizeof half);
    crc = _mm_crc32_u32(crc, half);
    bytes = bytes.subspan(sizeof half);
  }
  for (const std::byte byte : bytes) crc = _mm_crc32_u8(crc, std::to_integer<std::uint8_t>(byte));
  return crc;
}
#endif

}  // namespace

std::uint32_t crc32c(std::uint32_t crc, std::span<const std::byte> bytes) {
#ifdef __x86_64__
  if (bytes.size() <= kShortBytesMax && kHasCrc32Instruction) return ~crc32c_of_short(~crc, bytes);
#endif
  // ISA-L expects the caller to invert the CRC before and after, and takes a length of type int.
  DEBUG_ASSERT(bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  auto* data = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data()));
  return ~crc32_iscsi(data, static_cast<int>(bytes.size()), ~crc);
}

void encode(const WireHeader& header, std::span<std::byte> message, std::uint32_t payload_crc) {
  DEBUG_ASSERT(message.size() >= kHeaderBytes && message.size() <= kMessageBytesMax);
  DEBUG_ASSERT(header.seq <= kSeqMax);
  const std::uint64_t flags = (header.measured ? kMeasured : 0) | (header.echo ? kEcho : 0);
  // Each word is stored at once: the checksum would stall on words stored in smaller parts.
  const auto put = [&message](std::size_t offset, auto word) {
    std::memcpy(message.data() + offset, &word, sizeof word);
  };
  put(0, kMagic | kVersion << 16 | flags << 20 |
             static_cast<std::uint64_t>(message.size() - 1) << 24 | header.seq << 48);
  put(8, header.seq >> 16 | std::uint64_t{header.flow} << 32);
  put(16, header.intended_ns);
  put(24, header.sent_after_ns);
  put(kCrcOffset, crc32c(payload_crc, message.first(kCrcOffset)));
}

Decoded decode(std::span<const std::byte> message, WireHeader& header) {
  if (message.size() < kHeaderBytes) return Decoded::truncated;
  HeaderLayout layout;
  std::memcpy(&layout, message.data(), sizeof layout);
  const std::uint64_t front = layout.magic_version_flags_length_seq;
  if ((front & 0xFFFFF) != (kMagic | kVersion << 16)) return Decoded::corrupt;
  const std::size_t length = (front >> 24 & 0xFFFFFF) + 1;
  if (length != message.size()) {
    return length > message.size() ? Decoded::truncated : Decoded::corrupt;
  }
  const auto payload_crc = crc32c(0, message.subspan(kHeaderBytes));
  if (crc32c(payload_crc, message.first(kCrcOffset)) != layout.crc) return Decoded::corrupt;
  const std::uint64_t flags = front >> 20 & 0xF;
  if ((flags & ~(kMeasured | kEcho)) != 0) return Decoded::corrupt;
  header = {.flow = layout.flow,
            .seq = std::uint64_t{layout.seq_above} << 16 | front >> 48,
            .intended_ns = layout.intended_ns,
            .sent_after_ns = layout.sent_after_ns,
            .measured = (flags & kMeasured) != 0,
            .echo = (flags & kEcho) != 0};
  return Decoded::intact;
}

}  // namespace sockmark
