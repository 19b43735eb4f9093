// What every transport must do when something goes away: at any moment, without a trace, and so
// that the other side hears of it.

#include <gtest/gtest.h>

#include "tests/transports/harness.h"

namespace sockmark::testing {
namespace {

using Lifetime = Conformance;
INSTANTIATE_TEST_SUITE_P(Transports, Lifetime, ::testing::ValuesIn(all_rows()), row_name);

// Whether the channel says that its peer is gone: when it receives or, where no close is
// transmitted (datagrams), at the latest when it has sent.
bool hears_of_the_end(Channel& channel, bool by_receiving) {
  Scratch scratch(64);
  const Bytes message = pattern(8, 1);
  const Message view = message;
  const Instant deadline = now() + kGuard;
  while (now() < deadline) {
    const ReceiveStop stop = channel.receive(scratch).stop;
    if (stop == ReceiveStop::closed) return true;
    if (stop == ReceiveStop::broken || stop == ReceiveStop::failed) return false;
    if (by_receiving) {
      static_cast<void>(wait_for(channel.descriptor(), channel.readiness().to_receive,
                                 std::chrono::milliseconds(100)));
    } else if (channel.send({&view, 1}, scratch).stop == SendStop::closed) {
      return true;
    }
  }
  return false;
}

TEST_P(Lifetime, ADeadPeerIsReportedAsClosed) {
  for (const bool server_dies : {true, false}) {
    for (const bool abort : {true, false}) {
      auto pair = this->pair();
      ASSERT_TRUE(pair);
      auto& victim = server_dies ? pair.server : pair.client;
      auto& survivor = server_dies ? pair.client : pair.server;
      if (abort) victim->abort_on_close();
      victim.reset();
      EXPECT_TRUE(hears_of_the_end(*survivor, !is_datagram()));
    }
  }
}

TEST_P(Lifetime, SendingToADeadPeerIsReportedAsClosed) {
  Scratch scratch(64);
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  pair.server.reset();
  const Bytes message = pattern(8, 1);
  const Message view = message;
  SendStop stop = SendStop::all;
  const Instant deadline = now() + kGuard;
  while (stop == SendStop::all && now() < deadline) {
    stop = pair.client->send({&view, 1}, scratch).stop;
  }
  EXPECT_EQ(stop, SendStop::closed);
}

TEST_P(Lifetime, WhatWasSentBeforeTheEndStillArrives) {
  Scratch scratch(64);
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  std::vector<Bytes> messages;
  for (std::size_t n = 0; n < 20; ++n) messages.push_back(pattern(64, n));
  ASSERT_EQ(pair.client->send(views(messages), scratch).taken, messages.size());
  pair.client.reset();
  std::vector<Bytes> received;
  while (received.size() < messages.size()) {
    const ReceiveBatch batch = receive_something(*pair.server, scratch);
    if (batch.messages.empty()) break;
    for (const Received& message : batch.messages) received.push_back(copy_of(message.bytes));
  }
  EXPECT_EQ(received, messages);
  EXPECT_TRUE(hears_of_the_end(*pair.server, !is_datagram()));
}

TEST_P(Lifetime, AConnectionOutlivesItsListener) {
  Scratch scratch(64);
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  pair.listener.reset();
  const std::vector<Bytes> message{pattern(64, 1)};
  EXPECT_EQ(transfer(*pair.client, *pair.server, scratch, message).received, message);
}

TEST_P(Lifetime, EverythingMayGoAwayAtAnyMomentAndLeavesNothing) {
  // What the process opens once and keeps is open before the count.
  static_cast<void>(this->pair());
  const std::size_t before = open_descriptors();
  Scratch scratch(1000);
  const std::vector<Bytes> messages(100, pattern(1000, 1));
  {
    // A listener without a peer.
    auto listener = transport().listen(transport().default_address(directory_.path()), {});
    ASSERT_TRUE(listener) << listener.error().message;
  }
  {
    // A peer that was never accepted goes first.
    auto listener = transport().listen(transport().default_address(directory_.path()), {});
    ASSERT_TRUE(listener) << listener.error().message;
    auto client = transport().connect((*listener)->local(), {});
    ASSERT_TRUE(client) << client.error().message;
    (*client).reset();
    auto accepted = (*listener)->accept();
    EXPECT_TRUE(accepted) << "a peer that has gone is no error";
  }
  {
    // The listener goes first.
    auto listener = transport().listen(transport().default_address(directory_.path()), {});
    ASSERT_TRUE(listener) << listener.error().message;
    auto client = transport().connect((*listener)->local(), {});
    ASSERT_TRUE(client) << client.error().message;
    (*listener).reset();
    static_cast<void>((*client)->handshake(now()));
  }
  for (int order = 0; order < 6; ++order) {
    // Sends pending in both directions; every order of leaving.
    auto pair = this->pair();
    ASSERT_TRUE(pair);
    static_cast<void>(pair.client->send(views(messages), scratch));
    static_cast<void>(pair.server->send(views(messages), scratch));
    if (order / 2 == 0) pair.listener.reset();
    if (order % 2 == 0) pair.client.reset();
    if (order / 2 == 1) pair.listener.reset();
    pair.server.reset();
    pair.client.reset();
  }
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_TRUE(directory_.entries().empty());
}

TEST_P(Lifetime, AnAddressIsFreeAgainWhenItsListenerIsGone) {
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  const Address address = pair.listener->local();
  pair.listener.reset();
  const auto again = transport().listen(address, {});
  EXPECT_TRUE(again) << again.error().message;
}

}  // namespace
}  // namespace sockmark::testing
