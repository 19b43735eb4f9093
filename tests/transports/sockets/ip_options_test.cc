// Options of IP sockets: source address, interface, DSCP, range of ports.

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/transports/harness.h"
#include "transports/sockets/socket.h"

namespace sockmark::testing {
namespace {

class IpOptions : public Conformance {
 protected:
  [[nodiscard]] bool is_ipv6() const { return GetParam()->family == "ipv6"; }
  [[nodiscard]] Address::Scheme scheme() const {
    return transport().default_address(directory_.path()).scheme;
  }
  // Of a socket of this transport, from a port that was free a moment ago.
  [[nodiscard]] PortRange free_ports(std::uint16_t count) const {
    const auto listener = transport().listen(transport().default_address(""), {}).value();
    const auto first = std::min<unsigned>(port_of(listener->local()), 65536U - count);
    return {.first = static_cast<std::uint16_t>(first),
            .last = static_cast<std::uint16_t>(first + count - 1)};
  }
};

// Of UDP alone, and of the transports that have none of these options.
class UdpPorts : public IpOptions {};
class WithoutIp : public IpOptions {};
INSTANTIATE_TEST_SUITE_P(Transports, IpOptions,
                         ::testing::Values(find_transport("tcp"), find_transport("tcp6"),
                                           find_transport("udp"), find_transport("udp6")),
                         row_name);
INSTANTIATE_TEST_SUITE_P(Transports, UdpPorts,
                         ::testing::Values(find_transport("udp"), find_transport("udp6")),
                         row_name);
INSTANTIATE_TEST_SUITE_P(Transports, WithoutIp,
                         ::testing::Values(find_transport("unix-stream"),
                                           find_transport("unix-dgram"), find_transport("memory")),
                         row_name);

SocketOptions with_source(const char* host) {
  return {.send_buffer_bytes = {}, .receive_buffer_bytes = {}, .source = parse_host(host).value()};
}
SocketOptions with_interface(const char* name) {
  return {.send_buffer_bytes = {}, .receive_buffer_bytes = {}, .interface_name = name};
}
SocketOptions with_dscp(int dscp) {
  return {.send_buffer_bytes = {}, .receive_buffer_bytes = {}, .dscp = dscp};
}
SocketOptions with_ports(PortRange ports) {
  return {.send_buffer_bytes = {}, .receive_buffer_bytes = {}, .ports = ports};
}

TEST_P(WithoutIp, TheOptionsAreRefused) {
  const Address address = transport().default_address(directory_.path());
  const auto listener = transport().listen(address, {}).value();
  for (const auto& [options, name] : {std::pair{with_source("127.0.0.1"), "--source"},
                                      {with_interface("lo"), "--interface"},
                                      {with_dscp(46), "--dscp"},
                                      {with_ports({.first = 1, .last = 2}), "--data-ports"}}) {
    const std::string expected = std::string(name) + " requires tcp or udp";
    const auto listening = transport().listen(address, {.socket = options});
    ASSERT_FALSE(listening);
    EXPECT_EQ(listening.error().message, "listen " + address.text() + ": " + expected);
    const auto connecting = transport().connect(listener->local(), {.socket = options});
    ASSERT_FALSE(connecting);
    EXPECT_EQ(connecting.error().message, "connect " + listener->local().text() + ": " + expected);
  }
}

TEST_P(IpOptions, TheDscpIsInForceAtBothEnds) {
  auto pair = this->pair({.socket = with_dscp(46)});
  ASSERT_TRUE(pair);
  for (const Channel* end : {pair.client.get(), pair.server.get()}) {
    const auto options = end->effective_options();
    const auto found = std::ranges::find(options, std::string(is_ipv6() ? "IPV6_TCLASS" : "IP_TOS"),
                                         &EffectiveOption::name);
    ASSERT_NE(found, options.end());
    EXPECT_EQ(found->value, 46 << 2);
  }
}

TEST_P(IpOptions, WithoutADscpNoneIsReported) {
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  for (const auto& option : pair.client->effective_options()) {
    EXPECT_NE(option.name, "IP_TOS");
    EXPECT_NE(option.name, "IPV6_TCLASS");
  }
}

TEST_P(IpOptions, AConnectionComesFromTheSourceAddress) {
  // The only other address of every machine is of IPv4.
  const char* const source = is_ipv6() ? "::1" : "127.0.0.9";
  auto pair = this->pair({.socket = with_source(source)});
  ASSERT_TRUE(pair);
  const auto local = local_address(pair.client->descriptor(), scheme());
  ASSERT_TRUE(local);
  EXPECT_EQ(host_text(*local), source);
  EXPECT_NE(port_of(*local), 0);
  const auto peer = remote_address(pair.server->descriptor(), scheme());
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->text(), local->text());
}

TEST_P(IpOptions, AnAddressOfAnotherMachineIsNamed) {
  const char* const foreign = is_ipv6() ? "2001:db8::9" : "192.0.2.9";
  char node[256] = {};
  ASSERT_EQ(::gethostname(node, sizeof node - 1), 0);
  const std::string problem = std::string(foreign) + " is not an address of " + node;
  const Address address = transport().default_address(directory_.path());
  const Address elsewhere = with_host_of(address, parse_host(foreign).value());
  const auto listening = transport().listen(elsewhere, {});
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().message, "listen " + elsewhere.text() + ": " + problem);

  const auto listener = transport().listen(address, {}).value();
  const auto connecting = transport().connect(listener->local(), {.socket = with_source(foreign)});
  ASSERT_FALSE(connecting);
  EXPECT_EQ(connecting.error().message, "connect " + listener->local().text() + ": " + problem);
}

TEST(IpAddress, ALinkLocalAddressWithoutItsInterfaceIsExplained) {
  const Address address = parse_address("udp://[fe80::1]:0").value();
  const auto listening = transport_of(address).get().listen(address, {});
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().message,
            "listen " + address.text() + ": fe80::1 has no interface, such as %eth0");
}

TEST_P(IpOptions, SocketsAreBoundToTheInterface) {
  auto pair = this->pair({.socket = with_interface("lo")});
  ASSERT_TRUE(pair);
  for (const int descriptor :
       {pair.listener->descriptor(), pair.client->descriptor(), pair.server->descriptor()}) {
    char name[16] = {};
    socklen_t size = sizeof name;
    ASSERT_EQ(::getsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, name, &size), 0);
    EXPECT_STREQ(name, "lo");
  }
}

TEST_P(IpOptions, AnUnknownInterfaceIsNamed) {
  const Address address = transport().default_address(directory_.path());
  const auto listener = transport().listen(address, {}).value();
  for (const char* name : {"no-such", "a-name-that-is-too-long"}) {
    const std::string problem = "no interface \"" + std::string(name) + "\" on this machine";
    const auto listening = transport().listen(address, {.socket = with_interface(name)});
    ASSERT_FALSE(listening);
    EXPECT_EQ(listening.error().message, "listen " + address.text() + ": " + problem);
    const auto connecting =
        transport().connect(listener->local(), {.socket = with_interface(name)});
    ASSERT_FALSE(connecting);
    EXPECT_EQ(connecting.error().message, "connect " + listener->local().text() + ": " + problem);
  }
}

TEST_P(IpOptions, ListenersTakeTheFreePortsOfTheRangeAndThenSayThatItIsUsedUp) {
  const PortRange range = free_ports(4);
  const Address any = transport().default_address("");
  std::vector<std::unique_ptr<Listener>> listeners;
  std::set<std::uint16_t> ports;
  for (;;) {
    auto listening = transport().listen(any, {.socket = with_ports(range)});
    if (!listening) {
      EXPECT_EQ(listening.error().message,
                "listen " + any.text() + ": no port from " + std::to_string(range.first) + " to " +
                    std::to_string(range.last) + " is free (--data-ports)");
      break;
    }
    const auto port = port_of((*listening)->local());
    EXPECT_GE(port, range.first);
    EXPECT_LE(port, range.last);
    EXPECT_TRUE(ports.insert(port).second) << port;
    ASSERT_LE(ports.size(), 4u);
    listeners.push_back(*std::move(listening));
  }
  EXPECT_FALSE(listeners.empty());
  // A port that becomes free again is found.
  const auto freed = port_of(listeners.front()->local());
  listeners.erase(listeners.begin());
  auto again = transport().listen(any, {.socket = with_ports(range)});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(port_of((*again)->local()), freed);
}

TEST_P(IpOptions, APortThatTheUserNamedIsNotOfTheRange) {
  const PortRange one = free_ports(1);
  const Address named = with_port(transport().default_address(""), one.first);
  const auto listener = transport().listen(named, {.socket = with_ports({.first = 1, .last = 1})});
  ASSERT_TRUE(listener) << listener.error().message;
  EXPECT_EQ((*listener)->local().text(), named.text());
}

TEST_P(UdpPorts, TheSocketsOfAUdpListenerAreInTheRange) {
  // The listener has one port of the range, each of its peers another.
  const PortRange range = free_ports(8);
  const ChannelOptions options{.socket = with_ports(range)};
  auto listening = transport().listen(transport().default_address(""), options);
  ASSERT_TRUE(listening) << listening.error().message;
  Pair pair;
  pair.listener = *std::move(listening);
  std::vector<std::unique_ptr<Channel>> kept;
  std::set<std::uint16_t> ports{port_of(pair.listener->local())};
  for (int n = 0; n < 3; ++n) {
    ASSERT_TRUE(connect_to(transport(), pair));
    const auto port = port_of(local_address(pair.server->descriptor(), scheme()).value());
    EXPECT_GE(port, range.first);
    EXPECT_LE(port, range.last);
    EXPECT_TRUE(ports.insert(port).second) << port;
    kept.push_back(std::move(pair.server));
    kept.push_back(std::move(pair.client));
  }
  // The client dials the new port at the listener's host.
  const auto remote = remote_address(kept.back()->descriptor(), scheme()).value();
  EXPECT_EQ(host_text(remote), host_text(pair.listener->local()));
  EXPECT_TRUE(ports.contains(port_of(remote)));
}

TEST_P(UdpPorts, AUdpListenerSaysThatItsRangeIsUsedUp) {
  const ChannelOptions options{.socket = with_ports(free_ports(1))};
  const auto listening = transport().listen(transport().default_address(""), options);
  ASSERT_TRUE(listening) << listening.error().message;
  Listener& listener = **listening;
  const auto client = transport().connect(listener.local(), {});
  ASSERT_TRUE(client);
  ASSERT_TRUE(wait_for(listener.descriptor(), POLLIN));
  const auto accepted = listener.accept();
  ASSERT_FALSE(accepted);
  EXPECT_TRUE(
      accepted.error().message.starts_with("accept " + listener.local().text() + ": no port"))
      << accepted.error().message;
}

}  // namespace
}  // namespace sockmark::testing
