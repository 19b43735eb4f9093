#include "bench/protocol/wire.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace sockmark {
namespace {

using Bytes = std::vector<std::byte>;

Bytes counting(std::size_t count, std::uint8_t first, int step) {
  Bytes bytes(count);
  auto next = first;
  for (auto& byte : bytes) {
    byte = static_cast<std::byte>(next);
    next = static_cast<std::uint8_t>(next + step);
  }
  return bytes;
}

Bytes message_of(const WireHeader& header, std::size_t size) {
  Bytes message = counting(size, 7, 3);
  encode(header, message, crc32c(0, std::span(message).subspan(kHeaderBytes)));
  return message;
}

// Makes the checksum fit the bytes before it.
void seal(Bytes& message) {
  const auto payload = crc32c(0, std::span(message).subspan(kHeaderBytes));
  const auto crc = crc32c(payload, std::span(message).first(28));
  std::memcpy(message.data() + 28, &crc, sizeof crc);
}

constexpr WireHeader kSample{.flow = 0x01020304,
                             .seq = 0x131415161718,
                             .intended_ns = 0x2122232425262728,
                             .sent_after_ns = 0x31323334,
                             .measured = true,
                             .echo = true};

TEST(Wire, WhatWasEncodedIsDecoded) {
  const WireHeader headers[] = {{},
                                kSample,
                                {.flow = std::numeric_limits<std::uint32_t>::max(),
                                 .seq = kSeqMax,
                                 .intended_ns = std::numeric_limits<std::int64_t>::min(),
                                 .sent_after_ns = std::numeric_limits<std::uint32_t>::max(),
                                 .measured = false,
                                 .echo = true},
                                {.flow = 1,
                                 .seq = 2,
                                 .intended_ns = -3,
                                 .sent_after_ns = 4,
                                 .measured = true,
                                 .echo = false}};
  for (const auto& header : headers) {
    for (const std::size_t size :
         {std::size_t{32}, std::size_t{33}, std::size_t{65536}, kMessageBytesMax}) {
      WireHeader decoded;
      ASSERT_EQ(decode(message_of(header, size), decoded), Decoded::intact);
      EXPECT_EQ(decoded.flow, header.flow);
      EXPECT_EQ(decoded.seq, header.seq);
      EXPECT_EQ(decoded.intended_ns, header.intended_ns);
      EXPECT_EQ(decoded.sent_after_ns, header.sent_after_ns);
      EXPECT_EQ(decoded.measured, header.measured);
      EXPECT_EQ(decoded.echo, header.echo);
    }
  }
}

TEST(Wire, FieldsLieAtTheirOffsetsInLittleEndian) {
  const Bytes message = message_of(kSample, 33);
  const std::uint8_t expected[28] = {0x4D, 0x53, 0x32, 32,   0,    0,    0x18, 0x17, 0x16, 0x15,
                                     0x14, 0x13, 0x04, 0x03, 0x02, 0x01, 0x28, 0x27, 0x26, 0x25,
                                     0x24, 0x23, 0x22, 0x21, 0x34, 0x33, 0x32, 0x31};
  EXPECT_EQ(std::memcmp(message.data(), expected, sizeof expected), 0);
}

TEST(Wire, EverySingleFlippedBitIsDetected) {
  for (const std::size_t size : {std::size_t{32}, std::size_t{47}}) {
    Bytes message = message_of(kSample, size);
    for (std::size_t bit = 0; bit < 8 * size; ++bit) {
      const auto mask = static_cast<std::byte>(1U << bit % 8);
      message[bit / 8] ^= mask;
      WireHeader header{.flow = 99};
      ASSERT_NE(decode(message, header), Decoded::intact) << "bit " << bit;
      ASSERT_EQ(header.flow, 99U) << "a corrupt message wrote the header";
      message[bit / 8] ^= mask;
    }
  }
}

TEST(Wire, AMessageCutShortIsTruncatedAndAnExtendedOneCorrupt) {
  Bytes message = message_of(kSample, 40);
  WireHeader header;
  for (std::size_t length = 0; length < message.size(); ++length) {
    EXPECT_EQ(decode(std::span(message).first(length), header), Decoded::truncated) << length;
  }
  message.push_back(std::byte{0});
  EXPECT_EQ(decode(message, header), Decoded::corrupt);
  message.pop_back();
  const Bytes second = message;
  message.insert(message.end(), second.begin(), second.end());
  EXPECT_EQ(decode(message, header), Decoded::corrupt) << "two messages are not one";
}

TEST(Wire, ALengthOfItsOwnIsCorruptEvenWhereTheChecksumFits) {
  Bytes message = message_of(kSample, 40);
  message.push_back(std::byte{0});
  seal(message);
  WireHeader header;
  EXPECT_EQ(decode(message, header), Decoded::corrupt);
}

TEST(Wire, AnotherMagicOrVersionIsCorruptEvenWhereTheChecksumFits) {
  for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
    Bytes message = message_of(kSample, 40);
    message[offset] ^= std::byte{2};
    seal(message);
    WireHeader header;
    EXPECT_EQ(decode(message, header), Decoded::corrupt) << offset;
  }
}

}  // namespace
}  // namespace sockmark
