// Datagram connections against peers that do not play by the rules: raw sockets take the other
// part.

#include "transports/sockets/datagrams.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>

#include "base/descriptor.h"
#include "tests/transports/harness.h"
#include "transports/sockets/datagram_handshake.h"

namespace sockmark::testing {
namespace {

constexpr std::uint64_t kToken = 0x70ca;
const ChannelOptions kOptions{.socket = {}, .token = kToken};

// A socket of any process, with a name of its own.
class Raw {
 public:
  explicit Raw(const Address& like) : socket_(::socket(like.family(), SOCK_DGRAM, 0)) {
    if (like.family() == AF_UNIX) {
      const sa_family_t family = AF_UNIX;
      EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&family), sizeof family),
                0);
    } else {
      const bool ipv6 = like.family() == AF_INET6;
      const Address any = *parse_address(ipv6 ? "udp://[::1]:0" : "udp://127.0.0.1:0");
      EXPECT_EQ(::bind(socket_.get(), any.get(), any.length), 0);
    }
    address_.scheme = like.scheme;
    address_.length = sizeof address_.storage;
    EXPECT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address_.storage),
                            &address_.length),
              0);
  }

  [[nodiscard]] int get() const { return socket_.get(); }
  [[nodiscard]] const Address& address() const { return address_; }

  // False when the kernel refuses.
  bool send(std::span<const std::byte> bytes, const Address& to) const {
    return ::sendto(get(), bytes.data(), bytes.size(), MSG_DONTWAIT, to.get(), to.length) >= 0;
  }

  struct Datagram {
    Bytes bytes;
    Address source;
  };
  [[nodiscard]] std::optional<Datagram> receive(std::chrono::milliseconds limit) const {
    if (!wait_for(get(), POLLIN, limit)) return std::nullopt;
    Datagram datagram{.bytes = Bytes(1000), .source = address_};
    datagram.source.length = sizeof datagram.source.storage;
    const ssize_t size =
        ::recvfrom(get(), datagram.bytes.data(), datagram.bytes.size(), 0,
                   reinterpret_cast<sockaddr*>(&datagram.source.storage), &datagram.source.length);
    if (size < 0) return std::nullopt;
    datagram.bytes.resize(static_cast<std::size_t>(size));
    return datagram;
  }

 private:
  Descriptor socket_;
  Address address_;
};

// The datagram rows of the catalogue.
class Datagrams : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Transports, Datagrams,
                         ::testing::Values(find_transport("udp"), find_transport("udp6"),
                                           find_transport("unix-dgram")),
                         row_name);

// What a silent peer proves its silence by: everything before it has been handled.
constexpr std::chrono::milliseconds kSilence(50);

TEST_P(Datagrams, AMessageLongerThanTheSlotIsMarkedTruncated) {
  Scratch scratch(100);
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  const std::vector<Bytes> messages{pattern(100, 1), pattern(5000, 2), pattern(99, 3)};
  ASSERT_EQ(pair.client->send(views(messages), scratch).taken, 3u);
  std::vector<bool> truncated;
  std::vector<std::size_t> sizes;
  while (truncated.size() < 3) {
    const ReceiveBatch batch = receive_something(*pair.server, scratch);
    ASSERT_FALSE(batch.messages.empty());
    for (const Received& message : batch.messages) {
      truncated.push_back(message.truncated);
      sizes.push_back(message.bytes.size());
    }
  }
  EXPECT_EQ(truncated, (std::vector<bool>{false, true, false}));
  EXPECT_EQ(sizes, (std::vector<std::size_t>{100, 101, 99}));
}

TEST_P(Datagrams, ABatchThatFillsTheSlotsSaysMore) {
  Scratch scratch(100);
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  const std::size_t slots = scratch.buffers().slots();
  const std::vector<Bytes> messages(slots + 1, pattern(100, 1));
  ASSERT_EQ(pair.client->send(views(messages), scratch).taken, messages.size());
  ASSERT_TRUE(wait_for(pair.server->descriptor(), POLLIN));
  const ReceiveBatch full = pair.server->receive(scratch);
  EXPECT_EQ(full.messages.size(), slots);
  EXPECT_EQ(full.stop, ReceiveStop::more);
  const ReceiveBatch rest = pair.server->receive(scratch);
  EXPECT_EQ(rest.messages.size(), 1u);
  EXPECT_EQ(rest.stop, ReceiveStop::drained);
}

TEST_P(Datagrams, WhereOneIsAwaitedOneIsAskedFor) {
  Scratch scratch(100, 1);
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  const std::vector<Bytes> messages{pattern(100, 1), pattern(5000, 2), pattern(99, 3)};
  ASSERT_EQ(pair.client->send(views(messages), scratch).taken, 3u);
  for (const auto& sent : messages) {
    const ReceiveBatch one = receive_something(*pair.server, scratch);
    ASSERT_EQ(one.messages.size(), 1u);
    EXPECT_EQ(one.stop, ReceiveStop::more);
    EXPECT_EQ(one.messages[0].truncated, sent.size() > 100);
    EXPECT_EQ(one.messages[0].bytes.size(), std::min<std::size_t>(sent.size(), 101));
  }
  const ReceiveBatch none = pair.server->receive(scratch);
  EXPECT_TRUE(none.messages.empty());
  EXPECT_EQ(none.stop, ReceiveStop::drained);
}

// UDP whose batches cross the kernel as packets of many datagrams.
class Segmented : public Conformance {
 protected:
  Pair segmented() {
    ChannelOptions options;
    options.socket.segmentation_offload = true;
    return connect_pair(transport(), directory_.path(), options);
  }

  // The batches of receive calls until `count` have come.
  static std::vector<std::vector<Bytes>> batches(Channel& channel, Scratch& scratch,
                                                 std::size_t count) {
    std::vector<std::vector<Bytes>> all;
    for (std::size_t have = 0; have < count;) {
      const ReceiveBatch batch = receive_something(channel, scratch);
      if (batch.messages.empty()) return all;
      have += batch.messages.size();
      auto& one = all.emplace_back();
      for (const Received& message : batch.messages) {
        EXPECT_FALSE(message.truncated);
        one.push_back(copy_of(message.bytes));
      }
    }
    return all;
  }
};
INSTANTIATE_TEST_SUITE_P(Transports, Segmented,
                         ::testing::Values(find_transport("udp"), find_transport("udp6")),
                         row_name);

TEST_P(Segmented, ABatchOfOneSizeComesAsOnePacketAndIsCutApart) {
  Scratch scratch(100, 1);
  auto pair = segmented();
  ASSERT_TRUE(pair);
  std::vector<Bytes> messages;
  for (std::size_t n = 0; n < kSegmentsMax; ++n) messages.push_back(pattern(100, n));
  ASSERT_EQ(pair.client->send(views(messages), scratch).taken, messages.size());
  const auto came = batches(*pair.server, scratch, messages.size());
  ASSERT_EQ(came.size(), 1u) << "not in one receive call";
  EXPECT_EQ(came[0], messages);
  // And back, as an echo offers what was received.
  ASSERT_EQ(pair.server->send(views(messages), scratch).taken, messages.size());
  EXPECT_EQ(batches(*pair.client, scratch, messages.size()),
            std::vector<std::vector<Bytes>>{messages});
}

TEST_P(Segmented, OtherSizesAndMoreThanAPacketTakesAreSentAllTheSame) {
  Scratch scratch(20'000);
  auto pair = segmented();
  ASSERT_TRUE(pair);
  // More than 64 of a size, more than 64 KiB of a size, neighbours of other sizes, one alone.
  std::vector<Bytes> messages(kSegmentsMax + 3, pattern(64, 1));
  messages.insert(messages.end(), 4, pattern(20'000, 2));
  messages.push_back(pattern(65, 3));
  messages.push_back(pattern(33, 4));
  messages.push_back(pattern(33, 5));
  ASSERT_EQ(pair.client->send(views(messages), scratch).taken, messages.size());
  std::vector<Bytes> came;
  for (const auto& batch : batches(*pair.server, scratch, messages.size()))
    came.insert(came.end(), batch.begin(), batch.end());
  EXPECT_EQ(came, messages);
}

TEST_P(Segmented, TheOptionIsAmongThoseInForce) {
  auto pair = segmented();
  ASSERT_TRUE(pair);
  for (const Channel* end : {pair.client.get(), pair.server.get()}) {
    EXPECT_TRUE(std::ranges::any_of(end->effective_options(), [](const EffectiveOption& option) {
      return option.name == "UDP_GRO" && option.value == 1;
    }));
  }
}

TEST_P(Datagrams, WithoutTheTokenThereIsNoReplyAndNoChannel) {
  auto listener = *transport().listen(transport().default_address(directory_.path()), kOptions);
  const Raw unknown(listener->local());
  const HandshakeDatagram wrong = encode(Hello{.token = kToken + 1, .nonce = 1});
  ASSERT_TRUE(unknown.send(wrong, listener->local()));
  ASSERT_TRUE(unknown.send(encode(Welcome{}), listener->local()));
  ASSERT_TRUE(unknown.send(std::span(wrong).first(20), listener->local()));
  ASSERT_TRUE(unknown.send(bytes_of("hello"), listener->local()));
  ASSERT_TRUE(unknown.send({}, listener->local()));
  const std::size_t before = open_descriptors();
  ASSERT_TRUE(wait_for(listener->descriptor(), POLLIN));
  const auto accepted = listener->accept();
  ASSERT_TRUE(accepted);
  EXPECT_EQ((*accepted).get(), nullptr);
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_FALSE(unknown.receive(kSilence));
}

TEST_P(Datagrams, ARepeatedHelloGetsTheSameWelcomeAndNoSecondChannel) {
  auto listener = *transport().listen(transport().default_address(directory_.path()), kOptions);
  const Raw client(listener->local());
  const HandshakeDatagram hello = encode(Hello{.token = kToken, .nonce = 99});
  ASSERT_TRUE(client.send(hello, listener->local()));
  ASSERT_TRUE(wait_for(listener->descriptor(), POLLIN));
  auto channel = listener->accept();
  ASSERT_TRUE(channel);
  ASSERT_TRUE(*channel);
  const auto welcome = client.receive(kGuard);
  ASSERT_TRUE(welcome);

  // As if it had been lost.
  ASSERT_TRUE(client.send(hello, listener->local()));
  ASSERT_TRUE(wait_for(listener->descriptor(), POLLIN));
  const auto second = listener->accept();
  ASSERT_TRUE(second);
  EXPECT_EQ((*second).get(), nullptr);
  const auto repeated = client.receive(kGuard);
  ASSERT_TRUE(repeated);
  EXPECT_EQ(repeated->bytes, welcome->bytes);
  EXPECT_EQ(repeated->bytes.size(), hello.size());
}

TEST_P(Datagrams, AClientAsksAgainWhenItsHelloOrItsWelcomeWasLost) {
  const Address like = GetParam()->get().default_address(directory_.path());
  const Raw listener(like);
  auto client = *transport().connect(listener.address(), kOptions);
  const auto first = listener.receive(kGuard);
  ASSERT_TRUE(first);
  // Invented instants: nothing is asked again until 20 ms have passed.
  const Instant start = now();
  EXPECT_EQ(client->handshake(start - std::chrono::hours(1)), Handshake::wants_receive);
  EXPECT_FALSE(listener.receive(std::chrono::milliseconds(0)));
  EXPECT_EQ(client->handshake(start + std::chrono::seconds(1)), Handshake::wants_receive);
  const auto second = listener.receive(kGuard);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->bytes, first->bytes);
  EXPECT_EQ(decode_hello(first->bytes)->token, kToken);
}

TEST_P(Datagrams, ANonceThatIsWrongDoesNotWelcome) {
  const Raw listener(GetParam()->get().default_address(directory_.path()));
  const Raw unknown(listener.address());
  auto client = *transport().connect(listener.address(), kOptions);
  const auto hello = listener.receive(kGuard);
  ASSERT_TRUE(hello);
  const std::uint64_t nonce = decode_hello(hello->bytes)->nonce;
  const auto endpoint = endpoint_of(unknown.address());
  ASSERT_TRUE(endpoint);
  ASSERT_TRUE(
      unknown.send(encode(Welcome{.nonce = nonce + 1, .endpoint = *endpoint}), hello->source));
  ASSERT_TRUE(unknown.send(bytes_of("junk"), hello->source));
  ASSERT_TRUE(wait_for(client->descriptor(), POLLIN));
  EXPECT_EQ(client->handshake(now()), Handshake::wants_receive);
}

TEST_P(Datagrams, WhatStrangersQueuedBeforeTheConnectionIsNotReceived) {
  Scratch scratch(100);
  // The raw sockets are the listener and the channel that it makes.
  const Raw listener(GetParam()->get().default_address(directory_.path()));
  const Raw peer(listener.address());
  const Raw unknown(listener.address());
  auto client = *transport().connect(listener.address(), kOptions);
  const auto hello = listener.receive(kGuard);
  ASSERT_TRUE(hello);
  const Address& name = hello->source;
  const HandshakeDatagram welcome = encode(Welcome{.nonce = decode_hello(hello->bytes)->nonce,
                                                   .endpoint = *endpoint_of(peer.address())});
  ASSERT_TRUE(unknown.send(bytes_of("before the welcome"), name));
  ASSERT_TRUE(listener.send(welcome, name));
  ASSERT_TRUE(listener.send(welcome, name));
  ASSERT_TRUE(unknown.send(bytes_of("after the welcome"), name));
  ASSERT_TRUE(peer.send(bytes_of("from the peer"), name));

  ASSERT_TRUE(establish(*client, now() + kGuard));
  const ReceiveBatch batch = receive_something(*client, scratch);
  ASSERT_EQ(batch.messages.size(), 1u);
  EXPECT_EQ(copy_of(batch.messages[0].bytes), bytes_of("from the peer"));
}

// A client that is to confirm, welcomed by the raw socket `listener` to the raw socket `peer`.
class Confirming : public Conformance {
 protected:
  [[nodiscard]] std::unique_ptr<Channel> welcomed(const Raw& listener, const Raw& peer) {
    auto client = *transport().connect(listener.address(), kConfirming);
    const auto hello = listener.receive(kGuard);
    if (!hello) return nullptr;
    name_ = hello->source;
    nonce_ = decode_hello(hello->bytes)->nonce;
    const Welcome welcome{.nonce = nonce_, .endpoint = *endpoint_of(peer.address())};
    return listener.send(encode(welcome), name_) ? std::move(client) : nullptr;
  }
  [[nodiscard]] bool confirm(const Raw& from) const {
    return from.send(encode(Confirmation::confirmed, nonce_), name_);
  }

  const ChannelOptions kConfirming{
      .socket = {}, .token = kToken, .share_port = false, .confirm = true};
  Address name_;  // of the client
  std::uint64_t nonce_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Transports, Confirming,
                         ::testing::Values(find_transport("udp"), find_transport("udp6")),
                         row_name);

TEST_P(Confirming, AClientIsEstablishedWhenTheNewSocketHasAnswered) {
  const Address like = transport().default_address(directory_.path());
  const Raw listener(like), peer(like), unknown(like);
  auto client = welcomed(listener, peer);
  ASSERT_TRUE(client);
  ASSERT_TRUE(wait_for(client->descriptor(), POLLIN));
  const Instant start = now();
  ASSERT_EQ(client->handshake(start), Handshake::wants_receive);
  const auto first = peer.receive(kGuard);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->bytes.size(), kHandshakeBytes);
  EXPECT_EQ(confirmation_in(first->bytes, nonce_), Confirmation::confirm);

  // As if it had been lost: asked again after 20 ms, not before.
  ASSERT_TRUE(confirm(unknown));
  EXPECT_EQ(client->handshake(start), Handshake::wants_receive);
  EXPECT_FALSE(peer.receive(std::chrono::milliseconds(0)));
  EXPECT_EQ(client->handshake(start + std::chrono::seconds(1)), Handshake::wants_receive);
  const auto second = peer.receive(kGuard);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->bytes, first->bytes);

  // Both are answered. The later answer is no message.
  ASSERT_TRUE(confirm(peer));
  ASSERT_TRUE(confirm(peer));
  ASSERT_TRUE(peer.send(bytes_of("from the peer"), name_));
  ASSERT_TRUE(establish(*client, now() + kGuard));
  Scratch scratch(100);
  std::vector<Bytes> messages;
  while (messages.empty()) {
    for (const auto& each : receive_something(*client, scratch).messages)
      messages.push_back(copy_of(each.bytes));
  }
  EXPECT_EQ(messages, std::vector<Bytes>(1, bytes_of("from the peer")));
}

TEST_P(Confirming, AMessageOfTheNewSocketIsAnAnswerToo) {
  const Address like = transport().default_address(directory_.path());
  const Raw listener(like), peer(like);
  auto client = welcomed(listener, peer);
  ASSERT_TRUE(client);
  ASSERT_TRUE(peer.send(bytes_of("spoken first"), name_));
  ASSERT_TRUE(establish(*client, now() + kGuard));
  Scratch scratch(100);
  const ReceiveBatch batch = receive_something(*client, scratch);
  ASSERT_EQ(batch.messages.size(), 1u);
  EXPECT_EQ(copy_of(batch.messages[0].bytes), bytes_of("spoken first"));
}

TEST_P(Confirming, ANewSocketThatDoesNotAnswerIsNamed) {
  const Address like = transport().default_address(directory_.path());
  const Raw listener(like), peer(like);
  auto client = welcomed(listener, peer);
  ASSERT_TRUE(client);
  const auto established = establish(*client, now() + std::chrono::milliseconds(100));
  ASSERT_FALSE(established);
  EXPECT_EQ(
      established.error().message,
      listener.address().text() + " answers, but its new port " +
          std::to_string(port_of(peer.address())) +
          " does not; if a firewall drops what is sent there, --data-ports chooses other ports");
}

TEST_P(Confirming, ANewPortThatRejectsIsNamed) {
  const Address like = transport().default_address(directory_.path());
  const Raw listener(like);
  auto peer = std::make_unique<Raw>(like);
  const auto port = std::to_string(port_of(peer->address()));
  auto client = welcomed(listener, *peer);
  peer.reset();
  ASSERT_TRUE(client);
  const auto established = establish(*client, now() + kGuard);
  ASSERT_FALSE(established);
  const auto& message = established.error().message;
  EXPECT_NE(message.find("its new port " + port + " does not"), std::string::npos) << message;
  EXPECT_NE(message.find("Connection refused"), std::string::npos) << message;
}

TEST_P(Confirming, AChannelAnswersEachRequestAlsoBetweenMessages) {
  // Smaller than a confirmation, which is cut then.
  for (const std::size_t size : {std::size_t{32}, kHandshakeBytes, std::size_t{1000}}) {
    Scratch scratch(size);
    auto listener = *transport().listen(transport().default_address(directory_.path()), kOptions);
    const Raw client(listener->local());
    constexpr std::uint64_t kNonce = 99;
    ASSERT_TRUE(client.send(encode(Hello{.token = kToken, .nonce = kNonce}), listener->local()));
    ASSERT_TRUE(wait_for(listener->descriptor(), POLLIN));
    auto server = *listener->accept();
    ASSERT_TRUE(server);
    const auto welcome = client.receive(kGuard);
    ASSERT_TRUE(welcome);
    const Address endpoint =
        *address_of(decode_welcome(welcome->bytes)->endpoint, listener->local());

    const auto message = pattern(32, 1);
    const auto request = encode(Confirmation::confirm, kNonce);
    const auto other = encode(Confirmation::confirm, kNonce + 1);
    const bool fits = size >= kHandshakeBytes;
    std::vector<Bytes> expected{message};
    if (fits) expected.push_back(copy_of(other));  // not of this connection: a message
    expected.push_back(message);
    ASSERT_TRUE(client.send(request, endpoint));
    ASSERT_TRUE(client.send(message, endpoint));
    ASSERT_TRUE(!fits || client.send(other, endpoint));
    ASSERT_TRUE(client.send(request, endpoint));
    ASSERT_TRUE(client.send(message, endpoint));
    std::vector<Bytes> messages;
    while (messages.size() < expected.size()) {
      ASSERT_TRUE(wait_for(server->descriptor(), POLLIN));
      for (const auto& each : server->receive(scratch).messages)
        messages.push_back(copy_of(each.bytes));
    }
    EXPECT_EQ(messages, expected);
    for (int n = 0; n < 2; ++n) {
      const auto answer = client.receive(kGuard);
      ASSERT_TRUE(answer);
      EXPECT_EQ(answer->source.text(), endpoint.text());
      EXPECT_EQ(answer->bytes.size(), request.size()) << "no longer than what it answers";
      EXPECT_EQ(confirmation_in(answer->bytes, kNonce), Confirmation::confirmed);
    }
    EXPECT_FALSE(client.receive(kSilence)) << "one answer for each request";
  }
}

TEST_P(Datagrams, AStrangerReachesNeitherEndOfAConnection) {
  Scratch scratch(100);
  auto listener = *transport().listen(transport().default_address(directory_.path()), kOptions);
  // The client is a raw socket, so that both names are known.
  const Raw client(listener->local());
  ASSERT_TRUE(client.send(encode(Hello{.token = kToken, .nonce = 5}), listener->local()));
  ASSERT_TRUE(wait_for(listener->descriptor(), POLLIN));
  auto server = *listener->accept();
  ASSERT_TRUE(server);
  const auto datagram = client.receive(kGuard);
  ASSERT_TRUE(datagram);
  const auto endpoint = address_of(decode_welcome(datagram->bytes)->endpoint, listener->local());
  ASSERT_TRUE(endpoint);

  const Raw unknown(listener->local());
  // A UNIX socket says at once that it has another peer; over UDP nothing is said.
  const bool sent = unknown.send(bytes_of("from an unknown sender"), *endpoint);
  EXPECT_EQ(sent, endpoint->family() != AF_UNIX);
  ASSERT_TRUE(client.send(bytes_of("from the client"), *endpoint));
  const ReceiveBatch batch = receive_something(*server, scratch);
  ASSERT_EQ(batch.messages.size(), 1u);
  EXPECT_EQ(copy_of(batch.messages[0].bytes), bytes_of("from the client"));
}

TEST_P(Datagrams, AFloodOfJunkDoesNotHoldTheListener) {
  auto listener = *transport().listen(transport().default_address(directory_.path()), kOptions);
  const Raw unknown(listener->local());
  const Bytes junk = pattern(40, 1);
  const Instant deadline = now() + kGuard;
  // A UNIX queue holds about a dozen, so refill it while the listener empties it.
  for (int n = 0; n < 2000 && now() < deadline; ++n) {
    static_cast<void>(unknown.send(junk, listener->local()));
    if (n % 8 == 0) {
      EXPECT_EQ((*listener->accept()).get(), nullptr);
    }
  }
  Pair pair;
  pair.listener = std::move(listener);
  EXPECT_TRUE(connect_to(transport(), pair, kOptions));
}

TEST(UnixDatagram, TheLargestMessageIsWhatADefaultSocketTakes) {
  std::array<int, 2> ends{-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM, 0, ends.data()), 0);
  const Descriptor from(ends[0]);
  const Descriptor to(ends[1]);
  const std::size_t max = find_transport("unix-dgram")->get().promises().max_message;
  const Bytes bytes(max + 1);
  EXPECT_EQ(::send(from.get(), bytes.data(), max + 1, MSG_DONTWAIT), -1);
  EXPECT_EQ(errno, EMSGSIZE);
  EXPECT_EQ(::send(from.get(), bytes.data(), max, MSG_DONTWAIT), static_cast<ssize_t>(max));
}

TEST(UnixDatagram, AMessageOverASmallerSendBufferIsTooLarge) {
  TemporaryDirectory directory;
  Scratch scratch(100);
  ChannelOptions options;
  options.socket.send_buffer_bytes = 5000;
  auto pair = connect_pair(find_transport("unix-dgram")->get(), directory.path(), options);
  ASSERT_TRUE(pair);
  const std::vector<Bytes> messages{pattern(10, 1), pattern(50'000, 2)};
  const SendBatch sent = pair.client->send(views(messages), scratch);
  EXPECT_EQ(sent.taken, 1u);
  EXPECT_EQ(sent.stop, SendStop::too_large);
}

}  // namespace
}  // namespace sockmark::testing
