#include "transports/memory_ring.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/transports/harness.h"

namespace sockmark::testing {
namespace {

TEST(MemoryRing, MessagesSurviveTheWrapAtEveryPlace) {
  MemoryRing ring;
  Bytes place(1000);
  // Sizes that do not divide the ring's, until the end of the ring has cut prefixes and bodies.
  std::size_t bytes = 0;
  for (std::size_t n = 0; bytes < 5 * MemoryRing::kBytes; ++n) {
    const Bytes message = pattern(n % 997, n);
    bytes += message.size();
    ASSERT_TRUE(ring.push(message));
    ASSERT_EQ(ring.pop(place), message.size());
    ASSERT_EQ(copy_of(std::span(place).first(message.size())), message);
  }
  EXPECT_TRUE(ring.empty());
}

TEST(MemoryRing, AFullRingRefusesAndIsUnchanged) {
  MemoryRing ring;
  const Bytes message = pattern(MemoryRing::kMaxMessage / 3, 1);
  std::size_t pushed = 0;
  while (ring.push(message)) ++pushed;
  EXPECT_EQ(pushed, MemoryRing::kBytes / (message.size() + MemoryRing::kPrefix));
  EXPECT_FALSE(ring.has_room(message.size()));
  Bytes place(message.size());
  for (std::size_t n = 0; n < pushed; ++n) {
    ASSERT_EQ(ring.pop(place), message.size());
    ASSERT_EQ(place, message);
  }
  EXPECT_EQ(ring.pop(place), std::nullopt);
}

TEST(MemoryRing, AMessageLargerThanItsPlaceIsCutAndGone) {
  MemoryRing ring;
  ASSERT_TRUE(ring.push(pattern(100, 1)));
  ASSERT_TRUE(ring.push(pattern(5, 2)));
  Bytes place(10);
  EXPECT_EQ(ring.pop(place), 100u);
  EXPECT_EQ(place, pattern(10, 1)) << "the pattern is a prefix of the longer one";
  EXPECT_EQ(ring.pop(place), 5u);
}

}  // namespace
}  // namespace sockmark::testing
