// The header of a message, which any process may have written (bench/protocol/wire.h).
//
// Each input is decoded as a message twice: unchanged, and with a correct length and checksum.
// Hardly any mutated message would pass the checksum.

#include <vector>

#include "bench/protocol/wire.h"
#include "tests/fuzz/fuzz.h"

namespace sockmark::fuzz {
namespace {

using Message = std::vector<std::byte>;

constexpr std::size_t kVersionOffset = 2, kLengthOffset = 3, kCrcOffset = 28;

void put(Message& message, std::size_t offset, std::size_t bytes, std::uint64_t value) {
  for (std::size_t n = 0; n < bytes; ++n) message[offset + n] = std::byte(value >> (8 * n));
}

void make_valid(Message& message) {
  const Bytes bytes(message);
  put(message, kLengthOffset, 3, message.size() - 1);
  const auto payload_crc = crc32c(0, bytes.subspan(kHeaderBytes));
  put(message, kCrcOffset, 4, crc32c(payload_crc, bytes.first(kCrcOffset)));
}

// What the comment in wire.h says of the first three bytes.
bool of_this_version(const Message& message) {
  return message[0] == std::byte{'M'} && message[1] == std::byte{'S'} &&
         (message[kVersionOffset] & std::byte{0x0F}) == std::byte{2};
}

bool is_intact(Bytes message) {
  WireHeader header;
  return decode(message, header) == Decoded::intact;
}

void check_intact(Message message, const WireHeader& header) {
  Message again = message;
  std::fill_n(again.begin(), kHeaderBytes, std::byte{0xA5});
  encode(header, again, crc32c(0, Bytes(message).subspan(kHeaderBytes)));
  require(again == message, "what decodes as intact is what encode() writes");

  // A cyclic redundancy check finds every error of one bit.
  const std::size_t bit = (header.flow ^ header.seq) % (message.size() * 8);
  message[bit / 8] ^= std::byte{1} << (bit % 8);
  require(!is_intact(message), "a message with one wrong bit is not intact");
  message[bit / 8] ^= std::byte{1} << (bit % 8);

  // Of exactly its size, so that a sanitizer sees a read behind the end.
  WireHeader ignored;
  const Message shorter(message.begin(), message.end() - 1);
  require(decode(shorter, ignored) == Decoded::truncated, "a message cut short is truncated");
  message.push_back(std::byte{0});
  require(decode(message, ignored) == Decoded::corrupt, "a message with a byte more is corrupt");
}

void check(const Message& message) {
  WireHeader header;
  if (decode(message, header) == Decoded::intact) check_intact(message, header);
}

}  // namespace
}  // namespace sockmark::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockmark;
  const auto bytes = fuzz::Input(data, size).rest();
  fuzz::Message message(bytes.begin(), bytes.end());
  fuzz::check(message);
  if (message.size() < kHeaderBytes || message.size() > kMessageBytesMax) return 0;
  fuzz::make_valid(message);
  fuzz::require(!fuzz::is_intact(message) || fuzz::of_this_version(message),
                "an intact message has the magic and the version");
  fuzz::check(message);
  return 0;
}
