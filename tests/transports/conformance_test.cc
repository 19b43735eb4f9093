// What every transport of the catalogue must do with messages; what it need not do follows from its
// Promises. A new row is under test by being a row.

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <string>
#include <thread>

#include "tests/transports/harness.h"

namespace sockmark::testing {
namespace {

using namespace std::chrono_literals;

INSTANTIATE_TEST_SUITE_P(Transports, Conformance, ::testing::ValuesIn(all_rows()), row_name);

TEST_P(Conformance, EchoesMessagesOfEverySize) {
  const std::size_t max = promises().max_message;
  Scratch scratch(max);
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{64}, std::size_t{1400},
                                 std::size_t{4096}, std::size_t{4097}, max - 1, max}) {
    const std::vector<Bytes> message{pattern(size, size)};
    const Transfer there = transfer(*pair.client, *pair.server, scratch, message);
    ASSERT_EQ(there.received, message) << size << " bytes there";
    const Transfer back = transfer(*pair.server, *pair.client, scratch, there.received);
    ASSERT_EQ(back.received, message) << size << " bytes back";
  }
}

TEST_P(Conformance, RefusesAMessageOverTheLimitAndStaysUsable) {
  const std::size_t max = promises().max_message;
  Scratch scratch(1400);
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  const std::vector<Bytes> messages{pattern(10, 1), pattern(max + 1, 2), pattern(10, 3)};

  const std::vector<Message> offered = views(messages);
  const SendBatch first = pair.client->send(offered, scratch);
  EXPECT_EQ(first.taken, 1u);
  EXPECT_EQ(first.stop, SendStop::too_large);
  const SendBatch again = pair.client->send(std::span(offered).subspan(1), scratch);
  EXPECT_EQ(again.taken, 0u);
  EXPECT_EQ(again.stop, SendStop::too_large);

  const ReceiveBatch batch = receive_something(*pair.server, scratch);
  ASSERT_EQ(batch.messages.size(), 1u);
  EXPECT_EQ(copy_of(batch.messages[0].bytes), messages[0]);
  const std::vector<Bytes> last{messages[2]};
  EXPECT_EQ(transfer(*pair.client, *pair.server, scratch, last).received, last);
}

TEST_P(Conformance, KeepsBoundariesWhenMessagesAreSentTogether) {
  Scratch scratch(1400);
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  std::vector<Bytes> messages;
  for (std::size_t n = 0; n < 60; ++n) messages.push_back(pattern(n * 37 % 700, n));
  EXPECT_EQ(transfer(*pair.client, *pair.server, scratch, messages).received, messages);
}

TEST_P(Conformance, AnEchoMayOfferTheViewsThatItReceived) {
  Scratch scratch(1400);
  Scratch client_scratch(1400);
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  std::vector<Bytes> messages;
  for (std::size_t n = 0; n < 50; ++n) messages.push_back(pattern(100, n));
  ASSERT_EQ(pair.client->send(views(messages), client_scratch).taken, messages.size());

  std::vector<Bytes> echoed;
  std::size_t seen = 0;
  while (seen < messages.size()) {
    const ReceiveBatch batch = receive_something(*pair.server, scratch);
    ASSERT_FALSE(batch.messages.empty());
    seen += batch.messages.size();
    std::vector<Message> offered;
    for (const Received& message : batch.messages) offered.push_back(message.bytes);
    ASSERT_EQ(pair.server->send(offered, scratch).taken, offered.size());
  }
  while (echoed.size() < messages.size()) {
    const ReceiveBatch batch = receive_something(*pair.client, client_scratch);
    ASSERT_FALSE(batch.messages.empty());
    for (const Received& message : batch.messages) echoed.push_back(copy_of(message.bytes));
  }
  EXPECT_EQ(echoed, messages);
}

TEST_P(Conformance, ABatchDeliversWhatSinglesDeliver) {
  Scratch scratch(200);
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  std::vector<Bytes> messages;
  for (std::size_t n = 0; n < 100; ++n) messages.push_back(pattern(1 + n % 200, n));

  std::vector<Bytes> singles;
  for (const Bytes& message : messages) {
    const Transfer one = transfer(*pair.client, *pair.server, scratch, {message});
    singles.insert(singles.end(), one.received.begin(), one.received.end());
  }
  const Transfer batch = transfer(*pair.client, *pair.server, scratch, messages);
  EXPECT_EQ(singles, messages);
  EXPECT_EQ(batch.received, singles);
}

TEST_P(Conformance, NumberedMessagesKeepThePromises) {
  constexpr std::size_t kMessages = 10'000;
  // Small enough for a UDP receive buffer of the default size: what is lost all the same is the
  // transport's right.
  constexpr std::size_t kWindow = 50;
  Scratch scratch(64);
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  std::vector<Bytes> sent;
  std::vector<Bytes> received;
  for (std::size_t n = 0; n < kMessages; n += kWindow) {
    std::vector<Bytes> window;
    for (std::size_t i = n; i < n + kWindow; ++i) window.push_back(pattern(64, i));
    const Transfer moved = transfer(*pair.client, *pair.server, scratch, window, quiet());
    ASSERT_TRUE(moved.all_sent);
    sent.insert(sent.end(), window.begin(), window.end());
    received.insert(received.end(), moved.received.begin(), moved.received.end());
  }
  if (promises().reliable && promises().ordered) {
    EXPECT_EQ(received, sent);
    return;
  }
  // Not promised to arrive; but what arrives was sent.
  EXPECT_FALSE(received.empty());
  for (const Bytes& message : received) {
    ASSERT_NE(std::find(sent.begin(), sent.end(), message), sent.end());
  }
}

TEST_P(Conformance, ThePortOrNameThatWasChosenIsTold) {
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  const std::string text = pair.listener->local().text();
  const auto parsed = parse_address(text);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ((*parsed).text(), text);
  EXPECT_EQ(transport_of(*parsed).name, GetParam()->name);
  EXPECT_FALSE(text.ends_with(":0")) << text;
  // The address as a user would type it is as good as the listener's own.
  auto client = transport().connect(*parsed, {});
  ASSERT_TRUE(client) << client.error().message;
}

TEST_P(Conformance, ConnectToNobodyFailsAndNamesTheAddress) {
  auto listener = transport().listen(transport().default_address(directory_.path()), {});
  ASSERT_TRUE(listener) << listener.error().message;
  const Address unused = (*listener)->local();
  (*listener).reset();

  std::string problem;
  auto client = transport().connect(unused, {});
  if (client) {
    const auto established = establish(**client, now() + kGuard);
    ASSERT_FALSE(established);
    problem = established.error().message;
  } else {
    problem = client.error().message;
  }
  EXPECT_TRUE(problem.starts_with("connect " + unused.text() + ": ")) << problem;
  EXPECT_EQ(problem.find("no answer in time"), std::string::npos) << problem;
}

TEST_P(Conformance, ASecondListenerOnTheSameAddressFails) {
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  const auto second = transport().listen(pair.listener->local(), {});
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().message.starts_with("listen " + pair.listener->local().text() + ": "))
      << second.error().message;
  EXPECT_TRUE(connect_to(transport(), pair)) << "the first listener is not affected";
}

TEST_P(Conformance, ListenersShareAPortWhereThereAreSuchAndAreRefusedElsewhere) {
  const ChannelOptions kShared{.socket = {}, .share_port = true};
  auto first = transport().listen(transport().default_address(directory_.path()), kShared);
  if (!GetParam()->family.starts_with("ipv")) {
    ASSERT_FALSE(first);
    EXPECT_NE(first.error().message.find("not supported"), std::string::npos)
        << first.error().message;
    return;
  }
  ASSERT_TRUE(first) << first.error().message;
  const Address address = (*first)->local();
  auto second = transport().listen(address, kShared);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ((*second)->local().text(), address.text());
  EXPECT_FALSE(transport().listen(address, {}))
      << "a listener that does not share the port excludes others";

  std::size_t accepted[2] = {0, 0};
  std::vector<std::unique_ptr<Channel>> channels;
  while (accepted[0] == 0 || accepted[1] == 0) {  // a coin, until it has shown both sides
    auto client = transport().connect(address, {});
    ASSERT_TRUE(client) << client.error().message;
    const auto before = channels.size();
    const Instant deadline = now() + kGuard;
    while (channels.size() == before) {
      ASSERT_LT(now(), deadline);
      static_cast<void>((*client)->handshake(now()));
      for (Listener* listener : {first->get(), second->get()}) {
        auto peer = listener->accept();
        ASSERT_TRUE(peer) << peer.error().message;
        if (!*peer) continue;
        ++accepted[listener == second->get() ? 1 : 0];
        channels.push_back(*std::move(peer));
      }
    }
    channels.push_back(*std::move(client));
  }
}

TEST_P(Conformance, EachPeerHasAChannelOfItsOwn) {
  constexpr std::size_t kPeers = 20;
  Scratch scratch(64);
  auto first = this->pair();
  ASSERT_TRUE(first);
  std::vector<Pair> pairs(kPeers);
  for (Pair& pair : pairs) {
    pair.listener = std::move(first.listener);
    ASSERT_TRUE(connect_to(transport(), pair));
    first.listener = std::move(pair.listener);
  }
  const auto all_send = [&](auto side) {
    for (std::size_t n = 0; n < kPeers; ++n) {
      const std::vector<Bytes> message{pattern(32, n)};
      EXPECT_EQ((pairs[n].*side)->send(views(message), scratch).taken, 1u);
    }
  };
  const auto all_receive = [&](auto side) {
    for (std::size_t n = 0; n < kPeers; ++n) {
      const ReceiveBatch batch = receive_something(*(pairs[n].*side), scratch);
      ASSERT_EQ(batch.messages.size(), 1u);
      EXPECT_EQ(copy_of(batch.messages[0].bytes), pattern(32, n)) << "peer " << n;
    }
  };
  all_send(&Pair::client);
  all_receive(&Pair::server);
  all_send(&Pair::server);
  all_receive(&Pair::client);
}

TEST_P(Conformance, TheAcceptingSideMaySpeakFirst) {
  Scratch scratch(64);
  auto listener = transport().listen(transport().default_address(directory_.path()), {});
  ASSERT_TRUE(listener) << listener.error().message;
  auto client = transport().connect((*listener)->local(), {});
  ASSERT_TRUE(client) << client.error().message;
  ASSERT_TRUE(wait_for((*listener)->descriptor(), POLLIN));
  auto server = (*listener)->accept();
  ASSERT_TRUE(server) << server.error().message;
  ASSERT_TRUE(*server);
  // Before the client has taken the last step of its handshake.
  const std::vector<Bytes> message{pattern(32, 1)};
  ASSERT_EQ((*server)->send(views(message), scratch).taken, 1u);

  ASSERT_TRUE(establish(**client, now() + kGuard));
  const ReceiveBatch batch = receive_something(**client, scratch);
  ASSERT_EQ(batch.messages.size(), 1u);
  EXPECT_EQ(copy_of(batch.messages[0].bytes), message[0]);
}

TEST_P(Conformance, APollBeforeTheFirstReceiveHearsOfAMessage) {
  Scratch scratch(64);
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  const std::vector<Bytes> message{pattern(64, 1)};
  ASSERT_EQ(pair.client->send(views(message), scratch).taken, 1u);
  EXPECT_TRUE(wait_for(pair.server->descriptor(), pair.server->readiness().to_receive));
}

TEST_P(Conformance, ABlockedReceiverReturnsByItself) {
  Scratch scratch(64);
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  const ReceiveBatch nothing = pair.server->receive(scratch, ReceiveWait::block);
  EXPECT_EQ(nothing.stop, ReceiveStop::drained);
  EXPECT_TRUE(nothing.messages.empty());
}

TEST_P(Conformance, ABlockedReceiverIsWokenByAMessage) {
  constexpr int kRounds = 200;
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  // The other end of the ping-pong, in a thread of its own, waits in the kernel too.
  std::jthread echo([&channel = *pair.server] {
    Scratch scratch(64);
    for (;;) {
      const ReceiveBatch batch = channel.receive(scratch, ReceiveWait::block);
      for (const Received& message : batch.messages) {
        if (message.bytes.size() == 1) return;
        static_cast<void>(channel.send({&message.bytes, 1}, scratch));
      }
      if (batch.stop != ReceiveStop::drained && batch.stop != ReceiveStop::more) return;
    }
  });
  Scratch scratch(64);
  int echoed = 0;
  const Instant deadline = now() + kGuard;
  for (int n = 0; n < kRounds; ++n) {
    const Bytes message = pattern(32, static_cast<std::uint64_t>(n));
    const Message view = message;
    EXPECT_EQ(pair.client->send({&view, 1}, scratch).taken, 1u);
    while (echoed == n && now() < deadline) {
      for (const Received& each : pair.client->receive(scratch, ReceiveWait::block).messages) {
        EXPECT_EQ(copy_of(each.bytes), message);
        ++echoed;
      }
    }
  }
  EXPECT_EQ(echoed, kRounds);
  const Bytes stop(1);
  const Message view = stop;
  EXPECT_EQ(pair.client->send({&view, 1}, scratch).taken, 1u);
  echo.join();
}

TEST_P(Conformance, TwoPairsOnTwoThreadsDoNotMeet) {
  const auto exchange = [this](std::uint64_t seed) {
    Scratch scratch(256);
    auto pair = this->pair();
    ASSERT_TRUE(pair);
    for (std::uint64_t n = 0; n < 300; ++n) {
      const std::vector<Bytes> message{pattern(200, seed + n)};
      ASSERT_EQ(transfer(*pair.client, *pair.server, scratch, message).received, message);
      ASSERT_EQ(transfer(*pair.server, *pair.client, scratch, message).received, message);
    }
  };
  std::jthread other(exchange, 1'000'000);
  exchange(0);
  other.join();
}

TEST_P(Conformance, SocketOptionsAreReadBackAsTheKernelHasThem) {
  ChannelOptions options;
  const bool tcp = GetParam()->name.starts_with("tcp");
  options.socket = {.send_buffer_bytes = 40'000, .receive_buffer_bytes = 50'000};
  if (tcp) options.socket.tcp_nodelay = false;
  if (!has_sockets()) {
    const auto listener =
        transport().listen(transport().default_address(directory_.path()), options);
    ASSERT_FALSE(listener);
    EXPECT_NE(listener.error().message.find("SO_SNDBUF"), std::string::npos);
    return;
  }
  auto pair = this->pair(options);
  ASSERT_TRUE(pair);
  for (const Channel* channel : {pair.client.get(), pair.server.get()}) {
    const auto effective = channel->effective_options();
    ASSERT_GE(effective.size(), 2u);
    EXPECT_EQ(effective[0].name, "SO_SNDBUF");
    EXPECT_EQ(effective[0].value, 80'000) << "socket(7): the kernel doubles it";
    EXPECT_EQ(effective[1].name, "SO_RCVBUF");
    EXPECT_EQ(effective[1].value, 100'000);
    ASSERT_EQ(effective.size(), tcp ? 5u : 2u);
    if (tcp) {
      EXPECT_EQ(effective[2].name, "TCP_NODELAY");
      EXPECT_EQ(effective[2].value, 0);
      EXPECT_EQ(effective[3].name, "TCP_CONGESTION");
      EXPECT_FALSE(effective[3].word.empty());
      EXPECT_EQ(effective[4].name, "TCP_MAXSEG");
      EXPECT_GT(effective[4].value, 0);
    }
  }
}

TEST(Catalogue, FindsEveryRowByNameAndByAddress) {
  TemporaryDirectory directory;
  std::string names;
  for (const CatalogueRow& row : catalogue()) {
    names += std::string(row.name) + (row.in_all ? " " : "(not in all) ");
    EXPECT_EQ(find_transport(row.name), &row);
    EXPECT_EQ(&transport_of(row.get().default_address(directory.path())), &row);
  }
  EXPECT_EQ(names, "tcp tcp6 udp udp6 unix-stream unix-dgram memory(not in all) ");
  EXPECT_EQ(find_transport("pigeon"), nullptr);
}

}  // namespace
}  // namespace sockmark::testing
