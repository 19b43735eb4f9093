// Listeners at a wildcard address: each client, at whichever local address, gets every answer.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/clock.h"
#include "tests/transports/harness.h"
#include "transports/sockets/datagram_destination.h"

namespace sockmark::testing {
namespace {

struct Wildcard {
  const char* transport;
  const char* listener;
  std::vector<std::string> hosts;  // that clients use
};
const std::vector<Wildcard> kWildcards = {
    {"tcp", "tcp://0.0.0.0:0", {"127.0.0.1", "127.0.0.2", "0.0.0.0"}},
    {"udp", "udp://0.0.0.0:0", {"127.0.0.1", "127.0.0.2", "0.0.0.0"}},
    {"tcp6", "tcp://[::]:0", {"[::1]", "[::]"}},
    {"udp6", "udp://[::]:0", {"[::1]", "[::]"}},
};

// The address of a listener with another host.
Address with_host(const Address& listener, const std::string& host) {
  const auto text = listener.text();
  const auto scheme_end = text.find("://") + 3;
  return parse_address(text.substr(0, scheme_end) + host + text.substr(text.rfind(':'))).value();
}

bool connect_at(const Transport& transport, Pair& pair, const Address& address) {
  auto client = transport.connect(address, {});
  if (!client) return false;
  pair.client = *std::move(client);
  pair.server.reset();
  for (const Instant deadline = now() + kGuard; now() < deadline;) {
    if (!pair.server) {
      auto server = pair.listener->accept();
      if (!server) return false;
      pair.server = *std::move(server);
    }
    const auto state = pair.client->handshake(now());
    if (state == Handshake::failed) return false;
    if (state == Handshake::established && pair.server) return true;
    static_cast<void>(
        wait_for(pair.client->descriptor(), POLLIN | POLLOUT, std::chrono::milliseconds(1)));
  }
  return false;
}

TEST(WildcardListener, TheFirstAnswerOfEachConnectionArrives) {
  Scratch scratch(1400);
  for (const auto& [name, listener, hosts] : kWildcards) {
    const auto* row = find_transport(name);
    ASSERT_NE(row, nullptr) << name;
    auto listening = row->get().listen(parse_address(listener).value(), {});
    if (!listening) continue;  // no IPv6 on this machine
    Pair pair;
    pair.listener = *std::move(listening);
    for (const auto& host : hosts) {
      ASSERT_TRUE(connect_at(row->get(), pair, with_host(pair.listener->local(), host)))
          << name << " " << host;
      const std::vector<Bytes> message{pattern(64, 1)};
      ASSERT_EQ(transfer(*pair.client, *pair.server, scratch, message).received, message);
      ASSERT_EQ(transfer(*pair.server, *pair.client, scratch, message).received, message)
          << name << " " << host;
    }
  }
}

TEST(WildcardListener, AProcessOnThisMachineReachesItAtLoopback) {
  const auto target = [](const char* text) {
    return local_target(parse_address(text).value()).text();
  };
  EXPECT_EQ(target("tcp://0.0.0.0:80"), "tcp://127.0.0.1:80");
  EXPECT_EQ(target("udp://[::]:9000"), "udp://[::1]:9000");
  for (const char* other : {"tcp://127.0.0.2:80", "udp://[::1]:9000", "udp://10.1.2.3:1",
                            "unix-stream:/tmp/x", "unix-dgram:@name", "memory:name"}) {
    EXPECT_EQ(target(other), other);
  }
}

TEST(DatagramDestination, IsReadFromAncillaryDataAndWrittenThere) {
  for (const auto& [listener, used] : {std::pair{"udp://0.0.0.0:7", "udp://127.0.0.2:7"},
                                       {"udp://[::]:7", "udp://[2001:db8::1]:7"}}) {
    DestinationControl control;
    msghdr header{};
    set_source(header, control, parse_address(used).value());
    const auto read = destination_of(header, parse_address(listener).value());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->text(), used);
  }
  msghdr nothing{};
  EXPECT_FALSE(destination_of(nothing, parse_address("udp://0.0.0.0:7").value()));
}

}  // namespace
}  // namespace sockmark::testing
