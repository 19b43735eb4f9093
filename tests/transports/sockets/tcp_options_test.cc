// Options of TCP sockets: congestion control, delayed acknowledgements, the largest segment; and
// busy polling, which UDP has too.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "tests/transports/harness.h"
#include "transports/sockets/socket.h"

namespace sockmark::testing {
namespace {

class TcpOptions : public Conformance {};
class WithoutTcp : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Transports, TcpOptions,
                         ::testing::Values(find_transport("tcp"), find_transport("tcp6")),
                         row_name);
INSTANTIATE_TEST_SUITE_P(Transports, WithoutTcp,
                         ::testing::Values(find_transport("udp"), find_transport("udp6"),
                                           find_transport("unix-stream"),
                                           find_transport("unix-dgram"), find_transport("memory")),
                         row_name);

EffectiveOption option_of(const Channel& channel, const std::string& name) {
  const auto options = channel.effective_options();
  const auto found = std::ranges::find(options, name, &EffectiveOption::name);
  EXPECT_NE(found, options.end()) << name;
  return found == options.end() ? EffectiveOption() : *found;
}

// Another one than the default, if anyone may choose one.
std::string some_congestion_control() {
  std::string default_name, name;
  std::ifstream("/proc/sys/net/ipv4/tcp_congestion_control") >> default_name;
  std::ifstream allowed("/proc/sys/net/ipv4/tcp_allowed_congestion_control");
  while (allowed >> name && name == default_name) {
  }
  return name;
}

TEST_P(TcpOptions, TheCongestionControlIsInForceAtBothEnds) {
  const std::string name = some_congestion_control();
  if (name.empty()) GTEST_SKIP() << "this kernel has none";
  ChannelOptions options;
  options.socket.congestion = name;
  auto pair = this->pair(options);
  ASSERT_TRUE(pair);
  for (const Channel* end : {pair.client.get(), pair.server.get()})
    EXPECT_EQ(option_of(*end, "TCP_CONGESTION").word, name);
}

TEST_P(TcpOptions, AnUnknownCongestionControlIsRefusedWithTheKnownOnes) {
  ChannelOptions options;
  options.socket.congestion = "nosuch";
  const auto listener = transport().listen(transport().default_address(directory_.path()), options);
  ASSERT_FALSE(listener);
  const std::string message = listener.error().message;
  EXPECT_NE(message.find("no congestion control \"nosuch\" in this kernel; choose among "),
            std::string::npos)
      << message;
  EXPECT_FALSE(try_options(AF_INET, true, options.socket));
}

TEST_P(TcpOptions, TheLargestSegmentIsThatOfBothEnds) {
  ChannelOptions options;
  options.socket.segment_bytes_max = 600;
  auto pair = this->pair(options);
  ASSERT_TRUE(pair);
  for (const Channel* end : {pair.client.get(), pair.server.get()}) {
    const int bytes = option_of(*end, "TCP_MAXSEG").value;
    EXPECT_LE(bytes, 600);
    EXPECT_GE(bytes, 600 - 40) << "without the options of the header";
  }
}

// Reading it shows which kind of acknowledgement the kernel is in now. Without setting it again,
// traffic changes that.
TEST_P(TcpOptions, AcknowledgementsAreAsRequestedAlsoAfterMessages) {
  Scratch scratch(64);
  for (const bool on : {true, false}) {
    ChannelOptions options;
    options.socket.quick_ack = on;
    auto pair = this->pair(options);
    ASSERT_TRUE(pair);
    for (int i = 0; i < 40; ++i) {
      for (const auto& [from, to] : {std::pair(pair.client.get(), pair.server.get()),
                                     std::pair(pair.server.get(), pair.client.get())}) {
        ASSERT_EQ(transfer(*from, *to, scratch, {pattern(64, 1)}).received.size(), 1U);
        EXPECT_EQ(option_of(*to, "TCP_QUICKACK").value, on ? 1 : 0);
      }
    }
  }
}

TEST_P(TcpOptions, WithoutARequestTheMomentaryAcknowledgementIsNotReported) {
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  for (const auto& option : pair.client->effective_options())
    EXPECT_NE(option.name, "TCP_QUICKACK");
}

TEST_P(WithoutTcp, TheOptionsAreRefused) {
  const Address address = transport().default_address(directory_.path());
  const auto listener = transport().listen(address, {}).value();
  SocketOptions nodelay, congestion, quick_ack, segment;
  nodelay.tcp_nodelay = false;
  congestion.congestion = "reno";
  quick_ack.quick_ack = true;
  segment.segment_bytes_max = 600;
  for (const auto& [options, name] : {std::pair{nodelay, "--nodelay"},
                                      {congestion, "--congestion"},
                                      {quick_ack, "--quickack"},
                                      {segment, "--mss"}}) {
    const std::string expected = std::string(name) + " requires tcp";
    const auto listening = transport().listen(address, {.socket = options});
    ASSERT_FALSE(listening);
    EXPECT_EQ(listening.error().message, "listen " + address.text() + ": " + expected);
    const auto connecting = transport().connect(listener->local(), {.socket = options});
    ASSERT_FALSE(connecting);
    EXPECT_EQ(connecting.error().message, "connect " + listener->local().text() + ": " + expected);
  }
}

}  // namespace
}  // namespace sockmark::testing
