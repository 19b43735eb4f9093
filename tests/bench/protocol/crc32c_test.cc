#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "bench/protocol/wire.h"

namespace sockmark {
namespace {

using Bytes = std::vector<std::byte>;

// Both implementations, whatever this processor has.
class Crc32c : public testing::TestWithParam<decltype(&crc32c)> {
 protected:
  static std::uint32_t crc(std::uint32_t before, std::span<const std::byte> bytes) {
    return GetParam()(before, bytes);
  }
};

INSTANTIATE_TEST_SUITE_P(, Crc32c, testing::Values(&crc32c, &crc32c_by_table),
                         [](const auto& each) { return each.index == 0 ? "Chosen" : "ByTable"; });

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

Bytes random_bytes(std::size_t count) {
  Random random(7);
  Bytes bytes(count);
  for (auto& byte : bytes) byte = static_cast<std::byte>(random.next());
  return bytes;
}

// The definition, bit by bit: the reflected polynomial 0x1EDC6F41. Both ends are inverted.
class ByBits {
 public:
  void add(std::byte byte) {
    crc_ ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc_ = crc_ >> 1 ^ ((crc_ & 1) != 0 ? 0x82F63B78U : 0U);
  }
  [[nodiscard]] std::uint32_t crc() const { return ~crc_; }

 private:
  std::uint32_t crc_ = ~0U;
};

TEST_P(Crc32c, HasTheCheckValueOfItsDefinition) {
  EXPECT_EQ(crc(0, bytes_of("123456789")), 0xE3069283U);
}

// RFC 3720, appendix B.4, which prints the checksums least significant byte first.
TEST_P(Crc32c, AgreesWithTheExamplesOfRfc3720) {
  EXPECT_EQ(crc(0, Bytes(32, std::byte{0x00})), 0x8A9136AAU);
  EXPECT_EQ(crc(0, Bytes(32, std::byte{0xFF})), 0x62A8AB43U);
  Bytes counting;
  for (int i = 0; i < 32; ++i) counting.push_back(static_cast<std::byte>(i));
  EXPECT_EQ(crc(0, counting), 0x46DD794EU);
  std::ranges::reverse(counting);
  EXPECT_EQ(crc(0, counting), 0x113FDB5CU);
  constexpr std::string_view kReadCommand(
      "\x01\xC0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x14\0\0\0\0\0\x04\0\0\0\0\x14\0\0\0\x18\x28\0\0\0\0\0\0"
      "\0\x02\0\0\0\0\0\0\0",
      48);
  EXPECT_EQ(crc(0, bytes_of(kReadCommand)), 0xD9963A56U);
}

TEST_P(Crc32c, IsTheOneByBitsForEveryLengthAndAlignment) {
  constexpr std::size_t kSizeMax = 4096, kAlignments = 16;
  const Bytes bytes = random_bytes(kSizeMax + kAlignments);
  for (std::size_t offset = 0; offset < kAlignments; ++offset) {
    const auto whole = std::span(bytes).subspan(offset);
    ByBits expected;
    for (std::size_t size = 0; size <= kSizeMax; ++size) {
      ASSERT_EQ(crc(0, whole.first(size)), expected.crc()) << size << " bytes from " << offset;
      expected.add(whole[size]);
    }
  }
}

TEST_P(Crc32c, IsTheOneByBitsForALongMessage) {
  const Bytes bytes = random_bytes(std::size_t{1} << 20);
  ByBits expected;
  for (const std::byte byte : bytes) expected.add(byte);
  EXPECT_EQ(crc(0, bytes), expected.crc());
}

TEST_P(Crc32c, OfTwoPartsInTurnIsTheOneOfTheWhole) {
  const Bytes whole = random_bytes(4096);
  const auto expected = crc(0, whole);
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    const auto front = std::span(whole).first(cut), back = std::span(whole).subspan(cut);
    ASSERT_EQ(crc(crc(0, front), back), expected) << cut;
  }
}

}  // namespace
}  // namespace sockmark
