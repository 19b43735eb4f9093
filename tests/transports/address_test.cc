#include "transports/address.h"

#include <gtest/gtest.h>

#include <string>

namespace sockmark {
namespace {

using namespace std::string_literals;

TEST(Address, TextSurvivesParsing) {
  for (const char* text :
       {"tcp://127.0.0.1:0", "tcp://0.0.0.0:65535", "tcp://[::1]:80", "udp://10.1.2.3:9000",
        "udp://[fe80::1:2]:1", "unix-stream:/tmp/a b", "unix-stream:relative/path",
        "unix-stream:@abstract", "unix-dgram:/x", "unix-dgram:@y", "memory:anything at all"}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << address.error().message;
    EXPECT_EQ((*address).text(), text);
  }
}

TEST(Address, OnlyASocketFileHasAPath) {
  EXPECT_EQ((*parse_address("unix-stream:/tmp/x")).path(), "/tmp/x");
  EXPECT_EQ((*parse_address("unix-stream:@x")).path(), "");
  EXPECT_EQ((*parse_address("tcp://127.0.0.1:1")).path(), "");
  EXPECT_EQ((*parse_address("memory:x")).path(), "");
}

TEST(Address, NamesAreAsLongAsTheKernelTakes) {
  const std::string longest(107, 'n');
  EXPECT_EQ((*parse_address("unix-dgram:" + longest)).path(), longest);
  EXPECT_EQ((*parse_address("unix-dgram:@" + longest)).text(), "unix-dgram:@" + longest);
}

TEST(Address, AnAbstractNameHasNoTrailingZeros) {
  const auto address = parse_address("unix-dgram:@ab");
  ASSERT_TRUE(address);
  EXPECT_EQ((*address).length, sizeof(sa_family_t) + 3);
}

TEST(Address, ErrorsNameTheTextAndTheProblem) {
  const struct {
    std::string text;
    const char* problem;
  } cases[] = {
      {"", "unknown scheme"},
      {"http://127.0.0.1:80", "tcp://, udp://, unix-stream:, unix-dgram:, memory:"},
      {"tcp:127.0.0.1:80", "unknown scheme"},
      {"tcp://127.0.0.1", "no port"},
      {"tcp://[::1]", "no port"},
      {"tcp://127.0.0.1:", "port \"\" is not a number from 0 to 65535"},
      {"tcp://127.0.0.1:65536", "port \"65536\" is not a number from 0 to 65535"},
      {"tcp://127.0.0.1:-1", "is not a number"},
      {"tcp://127.0.0.1:+1", "is not a number"},
      {"tcp://127.0.0.1: 1", "is not a number"},
      {"tcp://127.0.0.1:1x", "is not a number"},
      {"tcp://127.0.0.1:99999999999999999999", "is not a number"},
      {"tcp://localhost:80", "names are not resolved"},
      {"tcp://:80", "is not a numeric IPv4 address"},
      {"tcp://127.1:80", "is not a numeric IPv4 address"},
      {"tcp://256.0.0.1:80", "is not a numeric IPv4 address"},
      {"udp://::1:80", "in brackets"},
      {"udp://[::1:80", "has no closing bracket"},
      {"udp://[::1]x:80", "has no closing bracket"},
      {"udp://[127.0.0.1]:80", "is not a numeric IPv6 address"},
      {"unix-stream:", "no name"},
      {"unix-stream:@", "no name"},
      {"unix-stream:" + std::string(108, 'x'), "108 bytes; the limit of the kernel is 107"},
      {"unix-dgram:@" + std::string(108, 'x'), "108 bytes; the limit of the kernel is 107"},
      {"unix-dgram:/a\0b"s, "zero byte"},
      {"memory:", "no name"},
  };
  for (const auto& each : cases) {
    const auto address = parse_address(each.text);
    ASSERT_FALSE(address) << each.text;
    const std::string& message = address.error().message;
    EXPECT_TRUE(message.starts_with("address \"" + each.text + "\": ")) << message;
    EXPECT_NE(message.find(each.problem), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace sockmark
