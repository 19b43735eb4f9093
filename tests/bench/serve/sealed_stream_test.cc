#include "bench/serve/sealed_stream.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <string>
#include <vector>

#include "bench/serve/handshake.h"

namespace sockmark {
namespace {

SecretKey some_key() {
  SecretKey key;
  key.data()[0] = 5;
  return key;
}

struct Sealed {
  std::vector<std::string> records;
  std::string all;
};
Sealed seal_three() {
  Sealer sealer(some_key());
  Sealed sealed{{sealer.seal("first"), sealer.seal(""), sealer.seal("third"), sealer.end()}, {}};
  for (const auto& record : sealed.records) sealed.all += record;
  return sealed;
}

// What an opener makes of the bytes: the plain text, and whether it was right to the end.
struct Opened {
  std::string plain;
  bool valid = true, ended = false;
};
Opened open(const std::vector<std::string>& pieces) {
  Opener opener(some_key());
  Opened opened;
  for (const auto& piece : pieces) {
    opened.valid = static_cast<bool>(opener.feed(piece, opened.plain));
    if (!opened.valid) break;
  }
  opened.ended = opener.ended();
  return opened;
}

TEST(SealedStream, EveryCutMakesNoDifference) {
  const auto sealed = seal_three();
  for (std::size_t cut = 0; cut <= sealed.all.size(); ++cut) {
    const auto opened = open({sealed.all.substr(0, cut), sealed.all.substr(cut)});
    ASSERT_TRUE(opened.valid && opened.ended) << cut;
    ASSERT_EQ(opened.plain, "firstthird") << cut;
  }
}

TEST(SealedStream, ACutStreamHasNotEnded) {
  const auto sealed = seal_three();
  for (std::size_t size = 0; size < sealed.all.size(); ++size) {
    const auto opened = open({sealed.all.substr(0, size)});
    ASSERT_TRUE(opened.valid) << size;
    ASSERT_FALSE(opened.ended) << size;
    ASSERT_TRUE(std::string("firstthird").starts_with(opened.plain)) << size;
  }
}

TEST(SealedStream, EveryChangedBitIsAnError) {
  const auto sealed = seal_three();
  for (std::size_t bit = 0; bit < 8 * sealed.all.size(); ++bit) {
    std::string changed = sealed.all;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    const auto opened = open({changed});
    // A length that became longer waits for bytes that never come.
    ASSERT_FALSE(opened.valid && opened.ended) << bit;
    ASSERT_TRUE(std::string("firstthird").starts_with(opened.plain)) << bit;
  }
}

TEST(SealedStream, ARecordLeftOutRepeatedOrMovedIsAnError) {
  const auto [records, all] = seal_three();
  EXPECT_FALSE(open({records[0], records[2], records[3]}).valid);
  EXPECT_FALSE(open({records[0], records[1], records[1]}).valid);
  EXPECT_FALSE(open({records[0], records[2], records[1]}).valid);
  EXPECT_FALSE(open({all, records[3]}).valid) << "nothing follows the end";
}

TEST(SealedStream, TheLongestRecordAndOneByteMore) {
  Sealer sealer(some_key());
  const std::string text(kRecordBytesMax, 'x');
  EXPECT_EQ(open({sealer.seal(text)}).plain, text);
  std::string longer = seal_three().records[0].substr(0, 24);
  const auto header = serve_header(ServeMessage::record, kRecordBytesMax + 18);
  longer.append(header.data(), header.size());
  EXPECT_FALSE(open({longer}).valid) << "refused before its bytes arrive";
}

TEST(SealedStream, AnotherKeyOpensNothing) {
  Sealer sealer(some_key());
  SecretKey other;
  Opener opener(other);
  std::string plain;
  EXPECT_FALSE(opener.feed(sealer.seal("secret"), plain));
  EXPECT_EQ(plain, "");
}

}  // namespace
}  // namespace sockmark
