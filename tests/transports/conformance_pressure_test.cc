// What every transport must do when its peer does not keep up.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/transports/harness.h"

namespace sockmark::testing {
namespace {

using namespace std::chrono_literals;

class Pressure : public Conformance {
 protected:
  // More messages than the largest socket buffers hold; and where nothing ever fills up, because
  // the queue drops, enough to have it drop.
  [[nodiscard]] std::size_t most() const { return promises().reliable ? 200'000 : 2'000; }
};
INSTANTIATE_TEST_SUITE_P(Transports, Pressure, ::testing::ValuesIn(all_rows()), row_name);

constexpr std::size_t kPressureSize = 1000;

Bytes numbered(std::size_t n) { return pattern(kPressureSize, n); }

// Sends numbered messages, from `first`, as long as the channel takes them; waits for readiness a
// little before believing that it is full (a kernel may still be moving data to the peer).
struct Filling {
  std::size_t next = 0;               // the number of the first message not taken
  std::size_t turns_for_nothing = 0;  // reported ready, took nothing
  SendStop stop = SendStop::all;
};
Filling fill(Channel& channel, Scratch& scratch, std::size_t first, std::size_t limit) {
  Filling filling{.next = first};
  for (;;) {
    std::vector<Bytes> messages;
    for (std::size_t n = 0; n < 20; ++n) messages.push_back(numbered(filling.next + n));
    const SendBatch sent = channel.send(views(messages), scratch);
    filling.next += sent.taken;
    filling.stop = sent.stop;
    if (filling.next - first >= limit) return filling;
    if (sent.stop == SendStop::all) continue;
    if (sent.stop != SendStop::would_block) return filling;
    if (!wait_for(channel.descriptor(), channel.readiness().to_send, 100ms)) return filling;
    if (sent.taken == 0 && ++filling.turns_for_nothing > 1000) return filling;
  }
}

TEST_P(Pressure, AFullPeerBlocksTheSenderAndLosesNothing) {
  Scratch scratch(kPressureSize);
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  std::size_t taken = 0;
  std::size_t received = 0;
  for (int round = 0; round < 3; ++round) {
    const Filling filling = fill(*pair.client, scratch, taken, most());
    taken = filling.next;
    if (promises().reliable) {
      ASSERT_EQ(filling.stop, SendStop::would_block);
    }
    // A stream may have part of the next message already. It is offered again, and to the end.
    std::vector<Bytes> rest{numbered(taken)};
    const Instant deadline = now() + kGuard;
    bool last_taken = false;
    bool silent = false;
    while (now() < deadline && !(last_taken && (silent || received == taken))) {
      if (!last_taken) {
        const SendBatch sent = pair.client->send(views(rest), scratch);
        last_taken = sent.taken == 1;
        taken += sent.taken;
      }
      const ReceiveBatch batch = pair.server->receive(scratch);
      ASSERT_TRUE(batch.stop == ReceiveStop::drained || batch.stop == ReceiveStop::more);
      for (const Received& message : batch.messages) {
        if (promises().reliable) {
          ASSERT_EQ(copy_of(message.bytes), numbered(received));
        }
        ++received;
      }
      if (batch.stop == ReceiveStop::drained) {
        silent = !wait_for(pair.server->descriptor(), pair.server->readiness().to_receive,
                           promises().reliable ? 1ms : quiet());
        if (promises().reliable) silent = false;
      }
    }
    ASSERT_TRUE(last_taken);
    if (promises().reliable) {
      ASSERT_EQ(received, taken);
    }
    ASSERT_LE(received, taken);
  }
}

TEST_P(Pressure, AFullPeerLetsTheSenderSleepInThePoller) {
  Scratch scratch(kPressureSize);
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  const Filling filling = fill(*pair.client, scratch, 0, most());
  // A queue that is full, and yet polls as ready, turns the loop thousands of times.
  EXPECT_LE(filling.turns_for_nothing, 20u);
  if (!promises().reliable) return;
  ASSERT_EQ(filling.stop, SendStop::would_block);
  EXPECT_FALSE(wait_for(pair.client->descriptor(), pair.client->readiness().to_send, 0ms));

  // And it is woken when there is room again.
  std::size_t received = 0;
  while (received < filling.next) {
    const ReceiveBatch batch = receive_something(*pair.server, scratch);
    ASSERT_FALSE(batch.messages.empty());
    received += batch.messages.size();
  }
  EXPECT_TRUE(wait_for(pair.client->descriptor(), pair.client->readiness().to_send));
}

TEST_P(Pressure, AReceiveDoesNotHideThatASendCouldGoOn) {
  Scratch scratch(kPressureSize);
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  const Filling filling = fill(*pair.client, scratch, 0, most());
  // The sender looks for messages between any two steps of its peer, and finds none.
  std::size_t received = 0;
  while (received < filling.next) {
    EXPECT_TRUE(pair.client->receive(scratch).messages.empty());
    const ReceiveBatch batch = pair.server->receive(scratch);
    received += batch.messages.size();
    if (batch.messages.empty() && !promises().reliable) break;
  }
  EXPECT_TRUE(pair.client->receive(scratch).messages.empty());
  EXPECT_TRUE(wait_for(pair.client->descriptor(), pair.client->readiness().to_send));
}

TEST_P(Pressure, ABlockedSendDoesNotHideAMessage) {
  Scratch scratch(kPressureSize);
  auto pair = this->pair();
  ASSERT_TRUE(pair);
  const Filling filling = fill(*pair.client, scratch, 0, most());
  const std::vector<Bytes> reply{numbered(7)};
  ASSERT_EQ(pair.server->send(views(reply), scratch).taken, 1u);
  // The same message as before, and it has no more room than before.
  const std::vector<Bytes> blocked{numbered(filling.next)};
  static_cast<void>(pair.client->send(views(blocked), scratch));
  ASSERT_TRUE(wait_for(pair.client->descriptor(), pair.client->readiness().to_receive));
  const ReceiveBatch batch = receive_something(*pair.client, scratch);
  ASSERT_EQ(batch.messages.size(), 1u);
  EXPECT_EQ(copy_of(batch.messages[0].bytes), reply[0]);
}

TEST_P(Pressure, WhatAFullQueueDroppedIsCounted) {
  Scratch scratch(kPressureSize);
  ChannelOptions options;
  if (has_sockets()) options.socket.receive_buffer_bytes = 20'000;
  auto pair = this->pair(options);
  ASSERT_TRUE(pair);
  EXPECT_EQ(pair.server->receive_drops(), 0u);
  const Filling filling = fill(*pair.client, scratch, 0, 1'000);
  std::size_t received = 0;
  while (wait_for(pair.server->descriptor(), pair.server->readiness().to_receive,
                  promises().reliable ? 0ms : 200ms)) {
    const ReceiveBatch batch = pair.server->receive(scratch);
    received += batch.messages.size();
    if (batch.messages.empty()) break;
  }
  if (promises().reliable) {
    EXPECT_EQ(pair.server->receive_drops(), 0u);
  } else {
    EXPECT_GT(pair.server->receive_drops(), 0u);
    EXPECT_EQ(pair.server->receive_drops() + received, filling.next);
  }
}

}  // namespace
}  // namespace sockmark::testing
