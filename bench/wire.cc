#include "bench/wire.h"

#include <isa-l/crc.h>

#include <bit>
#include <cassert>
#include <cstring>
#include <limits>

namespace sockmark {

namespace {

static_assert(std::endian::native == std::endian::little,
              "fields are copied as they lie in memory");

constexpr std::uint64_t kMagic = 0x534D;
constexpr std::uint64_t kVersion = 2;
constexpr std::uint64_t kMeasured = 1;
constexpr std::uint64_t kEcho = 2;
constexpr std::size_t kCrcOffset = 28;

struct Layout {
  std::uint64_t magic_version_flags_length_seq;  // 16, 4, 4, 24 and the low 16 bits
  std::uint32_t seq_above;                       // the upper 32 bits
  std::uint32_t flow;
  std::int64_t intended_ns;
  std::uint32_t sent_after_ns, crc;
};
static_assert(sizeof(Layout) == kHeaderBytes && offsetof(Layout, crc) == kCrcOffset);

}  // namespace

std::uint32_t crc32c(std::uint32_t crc, std::span<const std::byte> bytes) {
  // ISA-L leaves both inversions of the CRC to its caller, and takes a length of type int.
  assert(bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  auto* data = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data()));
  return ~crc32_iscsi(data, static_cast<int>(bytes.size()), ~crc);
}

void encode(const WireHeader& header, std::span<std::byte> message, std::uint32_t payload_crc) {
  assert(message.size() >= kHeaderBytes && message.size() <= kMostMessageBytes);
  assert(header.seq <= kMostSeq);
  const std::uint64_t flags = (header.measured ? kMeasured : 0) | (header.echo ? kEcho : 0);
  Layout layout{.magic_version_flags_length_seq =
                    kMagic | kVersion << 16 | flags << 20 |
                    static_cast<std::uint64_t>(message.size() - 1) << 24 | header.seq << 48,
                .seq_above = static_cast<std::uint32_t>(header.seq >> 16),
                .flow = header.flow,
                .intended_ns = header.intended_ns,
                .sent_after_ns = header.sent_after_ns,
                .crc = 0};
  std::memcpy(message.data(), &layout, kCrcOffset);
  layout.crc = crc32c(payload_crc, message.first(kCrcOffset));
  std::memcpy(message.data() + kCrcOffset, &layout.crc, sizeof layout.crc);
}

Decoded decode(std::span<const std::byte> message, WireHeader& header) {
  if (message.size() < kHeaderBytes) return Decoded::truncated;
  Layout layout;
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
