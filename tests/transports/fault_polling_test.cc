// Channels with injected faults over real transports: what the poller sees, and how they wait.

#include <gtest/gtest.h>
#include <poll.h>

#include <deque>

#include "tests/transports/fault_messages.h"
#include "tests/transports/harness.h"
#include "transports/fault_injection.h"

namespace sockmark::testing {
namespace {

using namespace std::chrono_literals;

class FaultyTransport : public Conformance {
 protected:
  // Both ends impaired, each with what it is to do to each message.
  void connect(FaultDecision at_client, FaultDecision at_server, Nanoseconds quiet = 50ms) {
    pair_ = pair();
    ASSERT_TRUE(pair_);
    injectors_.push_back(injector(at_client, quiet));
    injectors_.push_back(injector(at_server, quiet));
    client_ = *injectors_[0].wrap(std::move(pair_.client));
    server_ = *injectors_[1].wrap(std::move(pair_.server));
  }

  [[nodiscard]] static FaultInjector injector(FaultDecision decision, Nanoseconds quiet) {
    return FaultInjector({.identify = identify,
                          .decide = [decision](const MessageIdentity&) { return decision; },
                          .quiet = quiet});
  }

  void send(const std::vector<Bytes>& messages) {
    ASSERT_EQ(client_->send(views(messages), scratch_).taken, messages.size());
  }

  // Receives until drained, which must bring nothing that is forwarded.
  void drain_in_vain(Channel& channel) {
    ReceiveStop stop = ReceiveStop::more;
    while (stop == ReceiveStop::more) {
      const ReceiveBatch batch = channel.receive(scratch_);
      EXPECT_TRUE(batch.messages.empty());
      stop = batch.stop;
    }
    EXPECT_EQ(stop, ReceiveStop::drained);
  }

  [[nodiscard]] static bool readable(const Channel& channel,
                                     std::chrono::milliseconds limit = 0ms) {
    return wait_for(channel.descriptor(), POLLIN, limit);
  }

  Scratch scratch_{64};
  Pair pair_;
  std::deque<FaultInjector> injectors_;
  std::unique_ptr<Channel> client_, server_;
};
INSTANTIATE_TEST_SUITE_P(Transports, FaultyTransport,
                         ::testing::Values(find_transport("udp"), find_transport("unix-dgram"),
                                           find_transport("memory")),
                         row_name);

TEST_P(FaultyTransport, IsReadableExactlyWhileSomethingCanBeReceived) {
  connect({}, {});
  drain_in_vain(*server_);
  EXPECT_FALSE(readable(*server_));
  send({message(0, 0)});
  ASSERT_TRUE(readable(*server_, kGuard));
  EXPECT_TRUE(readable(*server_)) << "as long as it was not received";
  EXPECT_EQ(receive_something(*server_, scratch_).messages.size(), 1u);
  drain_in_vain(*server_);
  EXPECT_FALSE(readable(*server_));
}

TEST_P(FaultyTransport, AnExpiredDelayWakesThePoller) {
  connect({}, {.delay = 20ms});
  send({message(0, 0)});
  ASSERT_TRUE(readable(*server_, kGuard));
  const Instant before = now();
  drain_in_vain(*server_);
  EXPECT_EQ(injectors_[1].ledger().delayed, 1u);

  ASSERT_TRUE(readable(*server_, kGuard));
  EXPECT_TRUE(readable(*server_)) << "as long as it was not received";
  const ReceiveBatch batch = receive_something(*server_, scratch_);
  ASSERT_EQ(batch.messages.size(), 1u);
  EXPECT_GE(batch.arrived, before + 20ms);
  drain_in_vain(*server_);
  EXPECT_FALSE(readable(*server_));
}

TEST_P(FaultyTransport, WhatIsHeldWakesThePollerAfterTheQuietTime) {
  connect({}, {.hold_for = 1}, 20ms);
  send({message(0, 0)});
  ASSERT_TRUE(readable(*server_, kGuard));
  const Instant before = now();
  drain_in_vain(*server_);
  ASSERT_TRUE(readable(*server_, kGuard));
  const ReceiveBatch batch = receive_something(*server_, scratch_);
  ASSERT_EQ(batch.messages.size(), 1u);
  EXPECT_GE(batch.arrived, before + 20ms);
  drain_in_vain(*server_);
  EXPECT_FALSE(readable(*server_));
}

TEST_P(FaultyTransport, DoesNotSpinWhileSomethingIsHeldOrDelayed) {
  connect({}, {.delay = 1h, .hold_for = 1});
  send({message(0, 0)});
  ASSERT_TRUE(readable(*server_, kGuard));
  drain_in_vain(*server_);
  EXPECT_EQ(injectors_[1].ledger().kept, 1u);
  EXPECT_FALSE(readable(*server_, 20ms));

  // Nor when the peer has closed: its end is reported after its messages.
  client_.reset();
  if (readable(*server_, 20ms)) drain_in_vain(*server_);
  EXPECT_FALSE(readable(*server_, 20ms));
}

TEST_P(FaultyTransport, AReceiveThatMayBlockGetsWhatWasDelayed) {
  // Longer than one such receive waits.
  const Nanoseconds delay = kBlockingReceiveLimit + 20ms;
  connect({}, {.delay = delay});
  const Instant before = now();
  send({message(0, 0)});
  std::size_t received = 0;
  int receives = 0;
  Instant arrived;
  while (received == 0 && now() < before + kGuard) {
    const ReceiveBatch batch = server_->receive(scratch_, ReceiveWait::block);
    ++receives;
    received = batch.messages.size();
    arrived = batch.arrived;
    ASSERT_EQ(batch.stop, ReceiveStop::drained);
  }
  EXPECT_EQ(received, 1u);
  EXPECT_GE(arrived, before + delay);
  // What came, a wait in vain, the message; and a turn or two of the transport's own.
  EXPECT_LE(receives, 5);
  EXPECT_TRUE(server_->receive(scratch_, ReceiveWait::block).messages.empty());
}

// Not UDP, which on loopback drops rather than blocks.
class FaultyBlockingTransport : public FaultyTransport {};

INSTANTIATE_TEST_SUITE_P(Transports, FaultyBlockingTransport,
                         ::testing::Values(find_transport("unix-dgram"), find_transport("memory")),
                         row_name);

TEST_P(FaultyBlockingTransport, ABlockedSenderIsWokenOnce) {
  connect({}, {});
  SendBatch batch;
  std::uint64_t sent = 0;
  for (; batch.stop == SendStop::all; sent += batch.taken) {
    batch = client_->send(views({message(0, sent)}), scratch_);
  }
  ASSERT_EQ(batch.stop, SendStop::would_block);
  drain_in_vain(*client_);
  EXPECT_FALSE(wait_for(client_->descriptor(), client_->readiness().to_send, 0ms));

  std::uint64_t received = 0;
  while (received < sent) {
    const std::size_t count = receive_something(*server_, scratch_).messages.size();
    ASSERT_GT(count, 0u);
    received += count;
  }
  drain_in_vain(*client_);
  ASSERT_TRUE(wait_for(client_->descriptor(), client_->readiness().to_send));
  send({message(0, sent)});
  drain_in_vain(*client_);
  EXPECT_FALSE(readable(*client_)) << "room alone is no event unless a send was refused";
  EXPECT_EQ(injectors_[0].ledger().sent, sent + 1);
  EXPECT_EQ(injectors_[1].ledger().forwarded, sent);
}

TEST_P(FaultyTransport, WhatTheKernelLosesIsLostBeforeTheInjector) {
  pair_ = pair();
  ASSERT_TRUE(pair_);
  FaultInjector injector({.identify = identify, .decide = [](const MessageIdentity& who) {
                            Random random(who.seq);
                            return random_decision(random, false);
                          }});
  const auto server = *injector.wrap(std::move(pair_.server));
  // So many at once that a socket buffer overflows, where there is one that can.
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  ReceiveBatch batch;
  for (int burst = 0; burst < 4; ++burst) {
    for (int n = 0; n < 1000; ++n) {
      sent += pair_.client->send(views({message(0, sent)}), scratch_).taken;
    }
    while (wait_for(server->descriptor(), POLLIN, 100ms)) {
      batch = server->receive(scratch_);
      for (const Received& each : batch.messages) {
        if (identify(each.bytes)) ++received;
      }
    }
  }
  const FaultLedger& ledger = injector.ledger();
  EXPECT_LE(ledger.arrived, sent);
  EXPECT_EQ(received, ledger.forwarded + ledger.duplicated);
  EXPECT_EQ(ledger.kept, 0u);
  EXPECT_GT(ledger.dropped, 0u);
}

TEST_P(FaultyTransport, CostsTwoDescriptorsAndGivesThemBack) {
  const std::size_t before = open_descriptors();
  {
    const Pair plain = pair();
    ASSERT_TRUE(plain);
    const std::size_t with_pair = open_descriptors();
    connect({}, {});
    EXPECT_EQ(open_descriptors() - with_pair, with_pair - before + 4);
    client_.reset();
    server_.reset();
    pair_ = {};
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace sockmark::testing
