#include "transports/address.h"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <utility>

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

TEST(Address, APortThatIsLeftOutIsZero) {
  for (const auto& [text, whole] : {std::pair{"tcp://10.0.0.2", "tcp://10.0.0.2:0"},
                                    {"udp://[fd00::2]", "udp://[fd00::2]:0"}}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << address.error().message;
    EXPECT_EQ(address->text(), whole);
  }
}

// The loopback interface is number 1 in every network namespace.
TEST(Address, ALinkLocalAddressNamesItsInterfaceByNameOrNumber) {
  for (const char* text : {"tcp://[fe80::1%lo]:9000", "tcp://[fe80::1%1]:9000"}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << address.error().message;
    EXPECT_EQ(address->text(), "tcp://[fe80::1%lo]:9000");
    EXPECT_EQ(parse_address(address->text())->text(), address->text());
  }
}

TEST(Address, AHostHasNoPort) {
  for (const auto& [text, expected] : {std::pair{"10.0.0.9", "10.0.0.9"},
                                       {"fd00::9", "fd00::9"},
                                       {"[fd00::9]", "fd00::9"},
                                       {"fe80::1%1", "fe80::1%lo"},
                                       {"[fe80::1%lo]", "fe80::1%lo"}}) {
    const auto host = parse_host(text);
    ASSERT_TRUE(host) << host.error().message;
    EXPECT_EQ(host_text(*host), expected);
    EXPECT_EQ(port_of(*host), 0);
  }
  for (const char* text : {"", "db2", "10.0.0", "10.0.0.9:80", "[fd00::9]:80", "fe80::1%no-such"}) {
    const auto host = parse_host(text);
    ASSERT_FALSE(host) << text;
    EXPECT_FALSE(host.error().message.empty());
  }
}

TEST(Address, ANameOfAHostIsKeptAsText) {
  for (const auto& [text, whole] : {std::pair{"tcp://db2:9000", "tcp://db2:9000"},
                                    {"udp://a-b_c.example", "udp://a-b_c.example:0"},
                                    {"tcp://3com.:1", "tcp://3com.:1"}}) {
    ASSERT_TRUE(names_a_host(text)) << text;
    const auto name = parse_host_name(text);
    ASSERT_TRUE(name) << name.error().message;
    EXPECT_EQ(name->text(), whole);
  }
  for (const char* text :
       {"tcp://10.0.0.2:80", "tcp://127.1", "tcp://0x7f.1", "tcp://1.0x7f:1", "tcp://:80",
        "udp://[::1]:80", "udp://::1", "unix-stream:db2", "db2:1"}) {
    EXPECT_FALSE(names_a_host(text)) << text;
  }
}

TEST(Address, AHostNameThatCannotBeOneIsRefusedWithTheReason) {
  const std::string longest = "tcp://" + std::string(kHostNameMax, 'n');
  EXPECT_TRUE(parse_host_name(longest));
  for (const auto& [text, problem] :
       {std::pair<std::string, std::string>{longest + "n", "254 bytes; the limit is 253"},
        {"tcp://a b:1", "hyphens"},
        {"tcp://b\xc3\xbcro:1", "hyphens"},
        {"tcp://db2:x", "port \"x\" is not a number"},
        {"tcp://db2:70000", "port \"70000\" is not a number"}}) {
    ASSERT_TRUE(names_a_host(text)) << text;
    const auto name = parse_host_name(text);
    ASSERT_FALSE(name) << text;
    EXPECT_TRUE(name.error().message.starts_with("address \"" + text + "\": "));
    EXPECT_NE(name.error().message.find(problem), std::string::npos) << name.error().message;
  }
}

TEST(Address, AListenerAtAWildcardIsReachedAtAnyHostAtItsPort) {
  for (const auto& [listener, host, target] :
       {std::tuple{"tcp://0.0.0.0:80", "10.0.0.2", "tcp://10.0.0.2:80"},
        {"udp://[::]:9000", "fe80::1%lo", "udp://[fe80::1%lo]:9000"}}) {
    const auto address = parse_address(listener).value();
    EXPECT_TRUE(is_wildcard(address)) << listener;
    const auto at_host = with_host_of(address, parse_host(host).value());
    EXPECT_EQ(at_host.text(), target);
    EXPECT_FALSE(is_wildcard(at_host));
    EXPECT_EQ(with_port(wildcard_of(address.scheme, address.family()), port_of(address)).text(),
              listener);
    EXPECT_EQ(port_of(with_port(at_host, 65535)), 65535);
  }
  for (const char* other : {"tcp://127.0.0.2:80", "udp://[::1]:0", "unix-stream:/x", "memory:x"}) {
    const auto address = parse_address(other).value();
    EXPECT_FALSE(is_wildcard(address)) << other;
    EXPECT_EQ(with_port(address, port_of(address)).text(), other);
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
      {"tcp://[fe80::1%no-such]:80", "no interface \"no-such\" on this machine"},
      {"tcp://[fe80::1%]:80", "no interface \"\" on this machine"},
      {"tcp://[fe80::1%99999]:80", "no interface \"99999\" on this machine"},
      {"tcp://[::1%lo]:80", "only a link-local address"},
      {"tcp://127.0.0.1\0x:80"s, "zero byte"},
      {"tcp://127.0.0.1:", "port \"\" is not a number from 0 to 65535"},
      {"tcp://127.0.0.1:65536", "port \"65536\" is not a number from 0 to 65535"},
      {"tcp://127.0.0.1:-1", "is not a number"},
      {"tcp://127.0.0.1:+1", "is not a number"},
      {"tcp://127.0.0.1: 1", "is not a number"},
      {"tcp://127.0.0.1:1x", "is not a number"},
      {"tcp://127.0.0.1:99999999999999999999", "is not a number"},
      {"tcp://localhost:80", "is a name; expected a numeric address"},
      {"tcp://:80", "is not a numeric IPv4 address"},
      {"tcp://127.1:80", "is not a numeric IPv4 address"},
      {"tcp://256.0.0.1:80", "is not a numeric IPv4 address"},
      {"udp://::1:80", "in brackets"},
      {"udp://[::1:80", "has no closing bracket"},
      {"udp://[::1]x:80", "\"x:80\" follows the bracket"},
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
