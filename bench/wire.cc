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

constexpr std::uint16_t kMagic = 0x534D;
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kMeasured = 1;
constexpr std::uint8_t kEcho = 2;
constexpr std::size_t kCrcOffset = 28;

struct Layout {
  std::uint16_t magic;
  std::uint8_t version, flags;
  std::uint32_t flow;
  std::uint64_t seq;
  std::int64_t intended_ns;
  std::uint32_t length, crc;
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
  assert(message.size() >= kHeaderBytes);
  Layout layout{.magic = kMagic,
                .version = kVersion,
                .flags = static_cast<std::uint8_t>((header.measured ? kMeasured : 0) |
                                                   (header.echo ? kEcho : 0)),
                .flow = header.flow,
                .seq = header.seq,
                .intended_ns = header.intended_ns,
                .length = static_cast<std::uint32_t>(message.size()),
                .crc = 0};
  std::memcpy(message.data(), &layout, kCrcOffset);
  layout.crc = crc32c(payload_crc, message.first(kCrcOffset));
  std::memcpy(message.data() + kCrcOffset, &layout.crc, sizeof layout.crc);
}

Decoded decode(std::span<const std::byte> message, WireHeader& header) {
  if (message.size() < kHeaderBytes) return Decoded::corrupt;
  Layout layout;
  std::memcpy(&layout, message.data(), sizeof layout);
  if (layout.magic != kMagic || layout.version != kVersion || layout.length != message.size()) {
    return Decoded::corrupt;
  }
  const auto payload_crc = crc32c(0, message.subspan(kHeaderBytes));
  if (crc32c(payload_crc, message.first(kCrcOffset)) != layout.crc) return Decoded::corrupt;
  header = {.flow = layout.flow,
            .seq = layout.seq,
            .intended_ns = layout.intended_ns,
            .measured = (layout.flags & kMeasured) != 0,
            .echo = (layout.flags & kEcho) != 0};
  return Decoded::intact;
}

}  // namespace sockmark
