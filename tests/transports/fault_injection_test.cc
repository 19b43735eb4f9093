#include "transports/fault_injection.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <bit>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "base/descriptor.h"
#include "base/random.h"
#include "tests/transports/fault_messages.h"
#include "tests/transports/harness.h"

namespace sockmark::testing {
namespace {

using namespace std::chrono_literals;

using Numbers = std::vector<std::uint64_t>;
using Extents = std::map<std::uint64_t, std::uint64_t>;

Numbers numbers_of(const std::vector<Bytes>& messages) {
  Numbers numbers;
  for (const Bytes& bytes : messages) numbers.push_back(named(bytes).seq);
  return numbers;
}

Instant at(Nanoseconds since_start) { return Instant(1000s + since_start); }

// A channel that returns what the test has set up, at invented instants.
class Scripted final : public Channel {
 public:
  void arrive(std::vector<Bytes> messages, ReceiveStop stop = ReceiveStop::drained) {
    coming_.emplace_back(std::move(messages), stop);
    const std::uint64_t one = 1;
    ASSERT_EQ(::write(ready_.get(), &one, sizeof one), 8);
  }
  Instant clock = at(0s);
  bool mark_truncated = false;
  SendBatch answer;
  int receives = 0;

  [[nodiscard]] int descriptor() const override { return ready_.get(); }
  [[nodiscard]] Handshake handshake(Instant) override { return Handshake::established; }
  [[nodiscard]] Error handshake_error() const override { return Error{"connected"}; }
  [[nodiscard]] SendBatch send(std::span<const Message>, Scratch&) override { return answer; }
  [[nodiscard]] ReceiveBatch receive(Scratch&, ReceiveWait) override {
    ++receives;
    ReceiveBatch batch{.messages = {}, .arrived = clock};
    if (coming_.empty()) return batch;
    std::uint64_t count = 0;
    EXPECT_EQ(::read(ready_.get(), &count, sizeof count), 8);
    std::tie(bytes_, batch.stop) = std::move(coming_.front());
    coming_.pop_front();
    views_.clear();
    for (const Bytes& bytes : bytes_) views_.push_back({bytes, mark_truncated});
    batch.messages = views_;
    return batch;
  }
  [[nodiscard]] const std::vector<Bytes>& latest() const { return bytes_; }
  [[nodiscard]] std::uint64_t receive_drops() const override { return 7; }
  [[nodiscard]] std::vector<EffectiveOption> effective_options() const override { return {}; }
  void abort_on_close() override {}

 private:
  Descriptor ready_{::eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC)};
  std::deque<std::pair<std::vector<Bytes>, ReceiveStop>> coming_;
  std::vector<Bytes> bytes_;
  std::vector<Received> views_;
};

class InjectedFaults : public ::testing::Test {
 protected:
  InjectedFaults() { restart(); }

  void restart() {
    channel.reset();
    injector =
        FaultInjector({.identify = identify,
                       .decide = [this](const MessageIdentity& who) { return decide_fault(who); },
                       .quiet = 50ms});
    auto scripted = std::make_unique<Scripted>();
    inner = scripted.get();
    auto impaired = injector.wrap(std::move(scripted));
    ASSERT_TRUE(impaired) << impaired.error().message;
    channel = *std::move(impaired);
  }

  [[nodiscard]] FaultDecision decide_fault(const MessageIdentity& who) const {
    const auto found = decisions.find({who.flow, who.seq});
    return found == decisions.end() ? FaultDecision{} : found->second;
  }

  // One receive at `when`, of what is scripted next.
  std::vector<Bytes> receive(Instant when) {
    inner->clock = when;
    const ReceiveBatch batch = channel->receive(scratch);
    EXPECT_GE(batch.arrived, when);
    stop = batch.stop;
    std::vector<Bytes> messages;
    for (const Received& each : batch.messages) messages.push_back(copy_of(each.bytes));
    return messages;
  }
  std::vector<Bytes> receive(Instant when, std::vector<Bytes> arriving,
                             ReceiveStop end = ReceiveStop::drained) {
    inner->arrive(std::move(arriving), end);
    return receive(when);
  }
  // The numbers that come out when these of flow 0 come in with one batch.
  Numbers pass(Instant when, const Numbers& arriving) {
    std::vector<Bytes> messages;
    for (const std::uint64_t seq : arriving) messages.push_back(message(0, seq));
    return numbers_of(receive(when, std::move(messages)));
  }
  [[nodiscard]] const FaultLedger& ledger() const { return injector.ledger(); }

  std::map<std::pair<std::uint64_t, std::uint64_t>, FaultDecision> decisions;
  FaultInjector injector{
      {.identify = identify, .decide = [](const auto&) { return FaultDecision{}; }}};
  Scripted* inner = nullptr;
  std::unique_ptr<Channel> channel;
  Scratch scratch{64};
  ReceiveStop stop = ReceiveStop::drained;
};

TEST_F(InjectedFaults, MessagesWithoutFaultsPassUnchangedAndInOrder) {
  const std::vector<Bytes> messages{message(0, 0), message(0, 1), message(0, 2)};
  EXPECT_EQ(receive(at(0ms), messages, ReceiveStop::more), messages);
  EXPECT_EQ(stop, ReceiveStop::more);
  EXPECT_TRUE(receive(at(1ms)).empty());
  EXPECT_EQ(stop, ReceiveStop::drained);
  EXPECT_EQ(ledger().arrived, 3u);
  EXPECT_EQ(ledger().forwarded, 3u);
  EXPECT_EQ(ledger().reordered, 0u);
  EXPECT_EQ(channel->receive_drops(), 7u);
}

TEST_F(InjectedFaults, ADroppedMessageIsNotForwarded) {
  decisions[{0, 1}] = {.drop = true, .delay = 5ms, .hold_for = 2, .copies = 3};
  EXPECT_EQ(pass(at(0ms), {0, 1, 2, 3, 4}), (Numbers{0, 2, 3, 4}));
  EXPECT_TRUE(receive(at(1s)).empty());
  EXPECT_EQ(ledger().arrived, 5u);
  EXPECT_EQ(ledger().dropped, 1u);
  EXPECT_EQ(ledger().forwarded, 4u);
  EXPECT_EQ(ledger().delayed + ledger().held + ledger().duplicated + ledger().kept, 0u);
}

TEST_F(InjectedFaults, CopiesFollowAtOnceOrAfterTheirDelay) {
  decisions[{0, 0}] = {.copies = 2};
  decisions[{0, 1}] = {.copies = 2, .copy_delay = 5ms};
  EXPECT_EQ(pass(at(0ms), {0, 1, 2}), (Numbers{0, 0, 0, 1, 2}));
  EXPECT_EQ(ledger().duplicated, 2u);
  EXPECT_TRUE(receive(at(5ms) - 1ns).empty());
  EXPECT_EQ(receive(at(5ms)), (std::vector<Bytes>{message(0, 1), message(0, 1)}));
  EXPECT_EQ(ledger().duplicated, 4u);
  EXPECT_EQ(ledger().forwarded, 3u);
  EXPECT_EQ(ledger().reordered, 0u) << "a copy is no reordered message";
  EXPECT_EQ(ledger().kept, 0u);
}

TEST_F(InjectedFaults, AHeldMessageDirectlyFollowsThoseThatOvertakeIt) {
  struct Row {
    std::map<std::uint64_t, std::uint32_t> holds;
    Numbers forwarded;
    Extents extents;
  };
  const Row rows[] = {
      {{{1, 1}}, {0, 2, 1, 3, 4, 5}, {{1, 1}}},
      {{{0, 3}}, {1, 2, 3, 0, 4, 5}, {{3, 1}}},
      // Overtaken by the same ones: in the order of arrival.
      {{{0, 2}, {1, 2}}, {2, 3, 0, 1, 4, 5}, {{2, 1}, {3, 1}}},
      // Let go, 1 is the second that overtakes 0.
      {{{0, 2}, {1, 1}}, {2, 1, 0, 3, 4, 5}, {{1, 1}, {2, 1}}},
      // A later message that is held itself overtakes only when it goes.
      {{{0, 1}, {1, 2}}, {2, 0, 3, 1, 4, 5}, {{1, 1}, {3, 1}}},
      // One that came before does not overtake.
      {{{0, 4}, {3, 1}}, {1, 2, 4, 3, 0, 5}, {{1, 1}, {4, 1}}},
  };
  for (const Row& row : rows) {
    for (const bool one_by_one : {false, true}) {
      restart();
      decisions.clear();
      for (const auto& [seq, hold] : row.holds) decisions[{0, seq}] = {.hold_for = hold};
      Numbers forwarded;
      if (one_by_one) {
        for (std::uint64_t seq = 0; seq < 6; ++seq) {
          for (const std::uint64_t out : pass(at(0ms), {seq})) forwarded.push_back(out);
        }
      } else {
        forwarded = pass(at(0ms), {0, 1, 2, 3, 4, 5});
      }
      EXPECT_EQ(forwarded, row.forwarded);
      EXPECT_EQ(ledger().held, row.holds.size());
      EXPECT_EQ(ledger().extents, row.extents) << ::testing::PrintToString(row.forwarded);
      EXPECT_EQ(ledger().kept, 0u);
    }
  }
}

TEST_F(InjectedFaults, CopiesDoNotOvertake) {
  decisions[{0, 0}] = {.hold_for = 2};
  decisions[{0, 1}] = {.copies = 5};
  EXPECT_EQ(pass(at(0ms), {0, 1, 2}), (Numbers{1, 1, 1, 1, 1, 1, 2, 0}));
}

TEST_F(InjectedFaults, AHeldMessageIsReleasedAfterTheQuietTimeAndIsNotReordered) {
  decisions[{0, 0}] = {.hold_for = 3};
  EXPECT_TRUE(pass(at(0ms), {0}).empty());
  EXPECT_EQ(ledger().kept, 1u);
  EXPECT_TRUE(receive(at(50ms) - 1ns).empty());
  EXPECT_EQ(numbers_of(receive(at(50ms))), (Numbers{0}));
  EXPECT_EQ(pass(at(51ms), {1}), (Numbers{1}));
  EXPECT_EQ(ledger().held, 1u);
  EXPECT_EQ(ledger().reordered, 0u);
  EXPECT_EQ(ledger().forwarded, 2u);
  EXPECT_EQ(ledger().kept, 0u);
}

TEST_F(InjectedFaults, EveryArrivalRestartsTheQuietTime) {
  decisions[{0, 0}] = {.hold_for = 3};
  decisions[{0, 1}] = {.hold_for = 1};
  decisions[{0, 2}] = {.hold_for = 1};
  EXPECT_TRUE(pass(at(0ms), {0}).empty());
  EXPECT_TRUE(pass(at(49ms), {1}).empty());
  // Late to look, but something came: a stall of the receiver is no silence of the path.
  EXPECT_TRUE(pass(at(200ms), {2}).empty());
  EXPECT_TRUE(receive(at(249ms)).empty());
  EXPECT_EQ(numbers_of(receive(at(250ms))), (Numbers{0, 1, 2}));
}

TEST_F(InjectedFaults, DelayIsNeverEarlyAndKeepsTheOrderOfEquals) {
  for (std::uint64_t seq = 0; seq < 4; ++seq) decisions[{0, seq}] = {.delay = 5ms};
  EXPECT_TRUE(pass(at(0ms), {0, 1}).empty());
  EXPECT_TRUE(pass(at(1ms), {2, 3}).empty());
  EXPECT_EQ(ledger().kept, 4u);
  EXPECT_TRUE(receive(at(5ms) - 1ns).empty());
  EXPECT_EQ(numbers_of(receive(at(5ms))), (Numbers{0, 1}));
  // What was due before comes before what has just arrived.
  EXPECT_EQ(pass(at(7ms), {4}), (Numbers{2, 3, 4}));
  EXPECT_EQ(ledger().delayed, 4u);
  EXPECT_EQ(ledger().reordered, 0u);
}

TEST_F(InjectedFaults, DelaysThatDifferReorder) {
  decisions[{0, 0}] = {.delay = 5ms};
  decisions[{0, 1}] = {.delay = 2ms};
  EXPECT_EQ(pass(at(0ms), {0, 1, 2}), (Numbers{2}));
  EXPECT_EQ(numbers_of(receive(at(10ms))), (Numbers{1, 0}));
  EXPECT_EQ(ledger().extents, (Extents{{1, 1}, {2, 1}}));
}

TEST_F(InjectedFaults, AConstantDelayDoesNotChangeHolds) {
  for (std::uint64_t seq = 0; seq < 4; ++seq) decisions[{0, seq}] = {.delay = 5ms};
  decisions[{0, 1}].hold_for = 2;
  EXPECT_TRUE(pass(at(0ms), {0, 1, 2, 3}).empty());
  EXPECT_EQ(numbers_of(receive(at(5ms))), (Numbers{0, 2, 3, 1}));
  EXPECT_EQ(ledger().extents, (Extents{{2, 1}}));
  EXPECT_EQ(ledger().kept, 0u);
}

TEST_F(InjectedFaults, DamageDoesNotChangeTheReceivedBytes) {
  decisions[{0, 0}] = {.corrupt = true};
  decisions[{0, 1}] = {.truncate = true};
  decisions[{0, 2}] = {.corrupt = true, .hold_for = 1, .copies = 1};
  const std::vector<Bytes> sent{message(0, 0), message(0, 1), message(0, 2), message(0, 3)};
  const auto forwarded = receive(at(0ms), sent);
  EXPECT_EQ(inner->latest(), sent);
  ASSERT_EQ(forwarded.size(), 5u);
  const auto all_but_last = [](const Bytes& bytes) {
    return Bytes(bytes.begin(), bytes.end() - 1);
  };

  ASSERT_EQ(forwarded[0].size(), kSize);
  EXPECT_EQ(all_but_last(forwarded[0]), all_but_last(sent[0]));
  EXPECT_EQ(std::popcount(std::to_integer<unsigned>(forwarded[0].back() ^ kSound)), 1);
  EXPECT_EQ(forwarded[1], all_but_last(sent[1]));
  EXPECT_EQ(forwarded[2], sent[3]);
  EXPECT_EQ(forwarded[3], forwarded[4]);
  EXPECT_NE(forwarded[3], sent[2]);

  EXPECT_EQ(ledger().corrupted, 3u);
  EXPECT_EQ(ledger().truncated, 1u);
  EXPECT_EQ(ledger().forwarded, 1u);
  EXPECT_EQ(ledger().duplicated, 0u) << "no intact copy";
  EXPECT_EQ(ledger().reordered, 0u) << "what is damaged has no number";
}

TEST_F(InjectedFaults, UnidentifiedMessagesPassUnchanged) {
  decisions[{0, 0}] = {.drop = true};
  const std::vector<Bytes> strange{bytes_of("hello"), Bytes{}};
  EXPECT_EQ(receive(at(0ms), strange), strange);
  inner->mark_truncated = true;
  inner->arrive({message(0, 0)});
  const ReceiveBatch cut = channel->receive(scratch);
  ASSERT_EQ(cut.messages.size(), 1u) << "the flow of a message cut by its receiver is unknown";
  EXPECT_TRUE(cut.messages[0].truncated);
  EXPECT_EQ(ledger().arrived + ledger().forwarded + ledger().dropped, 0u);
}

TEST_F(InjectedFaults, UncountedMessagesHaveFaultsButAreNotInTheLedger) {
  for (std::uint64_t seq = 0; seq < 7; ++seq) decisions[{0, seq}] = {};
  decisions[{0, 0}] = {.drop = true};
  decisions[{0, 1}] = {.copies = 1};
  decisions[{0, 2}] = {.hold_for = 1};
  decisions[{0, 3}] = {.corrupt = true};
  decisions[{0, 4}] = {.truncate = true};
  decisions[{0, 5}] = {.delay = 1ms};
  std::vector<Bytes> messages;
  for (std::uint64_t seq = 0; seq < 7; ++seq) messages.push_back(message(0, seq, false));
  EXPECT_EQ(numbers_of(receive(at(0ms), messages)), (Numbers{1, 1, 3, 2, 4, 6}));
  const FaultLedger& l = ledger();
  EXPECT_EQ(l.arrived + l.dropped + l.delayed + l.held + l.corrupted + l.truncated, 0u);
  EXPECT_EQ(l.duplicated + l.repeated + l.kept + l.forwarded + l.reordered, 0u);
  EXPECT_EQ(numbers_of(receive(at(1ms))), (Numbers{5}));
  EXPECT_EQ(ledger().kept, 0u);
}

TEST_F(InjectedFaults, FlowsOfOneChannelAreIndependent) {
  // By place: flow 0 in order, flow 1 reordered by one place of its own.
  decisions[{1, 0}] = {.hold_for = 3};
  const auto forwarded =
      receive(at(0ms), {message(1, 0), message(0, 0), message(0, 1), message(1, 1), message(0, 2)});
  EXPECT_EQ(numbers_of(forwarded), (Numbers{0, 1, 1, 0, 2}));
  EXPECT_EQ(ledger().reordered, 1u);
  EXPECT_EQ(ledger().extents, (Extents{{1, 1}}));
  EXPECT_EQ(ledger().forwarded, 5u);
}

TEST_F(InjectedFaults, AFlowIsOneOverAllItsChannels) {
  EXPECT_EQ(pass(at(0ms), {1}), (Numbers{1}));
  auto scripted = std::make_unique<Scripted>();
  inner = scripted.get();
  auto second = injector.wrap(std::move(scripted));
  ASSERT_TRUE(second);
  channel = *std::move(second);
  EXPECT_EQ(pass(at(1ms), {0}), (Numbers{0}));
  EXPECT_EQ(ledger().reordered, 1u);
}

TEST_F(InjectedFaults, AnArrivalThatWasForwardedBeforeIsRepeatedAndNotReordered) {
  EXPECT_EQ(pass(at(0ms), {0, 1, 2, 1, 0, 3}), (Numbers{0, 1, 2, 1, 0, 3}));
  EXPECT_EQ(ledger().repeated, 2u);
  EXPECT_EQ(ledger().forwarded, 4u);
  EXPECT_EQ(ledger().duplicated, 0u);
  EXPECT_EQ(ledger().reordered, 0u);
}

TEST_F(InjectedFaults, VeryLargeNumbersNeedLittleMemoryAndAreCounted) {
  const std::uint64_t wild = std::uint64_t{1} << 60;
  EXPECT_EQ(pass(at(0ms), {0, wild, 5, 1}), (Numbers{0, wild, 5, 1}));
  EXPECT_EQ(ledger().extents, (Extents{{1, 1}, {2, 1}}));
}

TEST_F(InjectedFaults, AnExtentBeyondTheStoredGapsIsUnknown) {
  // Each odd number opens a gap; one more than is remembered.
  Numbers odd;
  for (std::uint64_t n = 0; n <= FaultInjector::kRememberedGaps; ++n) odd.push_back(2 * n + 1);
  EXPECT_EQ(pass(at(0ms), odd).size(), odd.size());
  EXPECT_EQ(pass(at(0ms), {0, 2}), (Numbers{0, 2}));
  // 2 was skipped by the second message, and is the one after the next to the last odd one.
  EXPECT_EQ(ledger().extents, (Extents{{0, 1}, {FaultInjector::kRememberedGaps + 1, 1}}));
}

TEST_F(InjectedFaults, TheEndIsReportedAfterDelayedMessages) {
  decisions[{0, 0}] = {.hold_for = 9};
  decisions[{0, 1}] = {.delay = 5ms};
  // The decorator reads the clock itself now, so these instants are real.
  const Instant arrived = now();
  EXPECT_EQ(receive(arrived, {message(0, 0), message(0, 1), message(0, 2)}, ReceiveStop::closed),
            (std::vector<Bytes>{message(0, 2)}));
  EXPECT_EQ(stop, ReceiveStop::drained);
  const int receives = inner->receives;

  ASSERT_TRUE(wait_for(channel->descriptor(), POLLIN));
  const ReceiveBatch last = channel->receive(scratch);
  EXPECT_GE(last.arrived, arrived + 5ms);
  ASSERT_EQ(last.messages.size(), 2u);
  EXPECT_EQ(named(last.messages[0].bytes).seq, 1u);
  EXPECT_EQ(named(last.messages[1].bytes).seq, 0u) << "what is held is let go: nothing follows";
  EXPECT_EQ(last.stop, ReceiveStop::closed);
  EXPECT_EQ(channel->receive(scratch).stop, ReceiveStop::closed);
  EXPECT_EQ(inner->receives, receives) << "an ended channel is not asked again";
  EXPECT_EQ(ledger().kept, 0u);
}

TEST_F(InjectedFaults, AnEndWithNothingKeptIsReportedAtOnce) {
  decisions[{0, 0}] = {.hold_for = 9};
  EXPECT_EQ(receive(at(0ms), {message(0, 0)}, ReceiveStop::failed).size(), 1u);
  EXPECT_EQ(stop, ReceiveStop::failed);
  EXPECT_FALSE(wait_for(channel->descriptor(), POLLIN, 0ms));
}

TEST_F(InjectedFaults, CountsMessagesThatTheKernelTook) {
  const std::vector<Bytes> messages{message(0, 0), message(0, 1, false), message(0, 2),
                                    message(0, 3)};
  inner->answer = {.taken = 3, .stop = SendStop::would_block};
  const SendBatch batch = channel->send(views(messages), scratch);
  EXPECT_EQ(batch.taken, 3u);
  EXPECT_EQ(batch.stop, SendStop::would_block);
  EXPECT_EQ(ledger().sent, 2u);
}

TEST_F(InjectedFaults, MessagesLostWithTheirChannelStayInTheLedger) {
  decisions[{0, 0}] = {.hold_for = 2};
  decisions[{0, 1}] = {.delay = 1s, .copies = 2};
  EXPECT_TRUE(pass(at(0ms), {0, 1}).empty());
  channel.reset();
  EXPECT_EQ(ledger().kept, 2u);
  EXPECT_EQ(ledger().forwarded, 0u);
}

TEST(FaultLedger, AddsEveryField) {
  FaultLedger one{.sent = 1,
                  .arrived = 2,
                  .dropped = 3,
                  .delayed = 4,
                  .held = 5,
                  .corrupted = 6,
                  .truncated = 7,
                  .duplicated = 8,
                  .repeated = 9,
                  .kept = 10,
                  .forwarded = 11,
                  .reordered = 12,
                  .extents = {{1, 13}, {2, 14}}};
  const FaultLedger other = one;
  one.extents[3] = 15;
  one.add(other);
  EXPECT_EQ(one.sent, 2u);
  EXPECT_EQ(one.arrived, 4u);
  EXPECT_EQ(one.dropped, 6u);
  EXPECT_EQ(one.delayed, 8u);
  EXPECT_EQ(one.held, 10u);
  EXPECT_EQ(one.corrupted, 12u);
  EXPECT_EQ(one.truncated, 14u);
  EXPECT_EQ(one.duplicated, 16u);
  EXPECT_EQ(one.repeated, 18u);
  EXPECT_EQ(one.kept, 20u);
  EXPECT_EQ(one.forwarded, 22u);
  EXPECT_EQ(one.reordered, 24u);
  EXPECT_EQ(one.extents, (Extents{{1, 26}, {2, 28}, {3, 15}}));
}

// All faults together, with random decisions.

constexpr std::uint64_t kFlows = 3;
constexpr std::uint64_t kPerFlow = 400;

// What RFC 4737 says of a sequence of numbers, quantifier by quantifier.
void judge(const Numbers& s, FaultLedger& truth) {
  for (std::size_t i = 0; i < s.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (s[j] <= s[i]) continue;
      ++truth.reordered;
      ++truth.extents[i - j];
      break;
    }
  }
}

class RandomFaults : public InjectedFaults, public ::testing::WithParamInterface<std::uint64_t> {
 protected:
  // Everything, in batches of random sizes at random instants, until nothing more comes out.
  std::vector<Bytes> run(Random random) {
    restart();
    std::vector<Bytes> forwarded;
    const auto take = [&](std::vector<Bytes> messages) {
      for (Bytes& bytes : messages) forwarded.push_back(std::move(bytes));
    };
    Instant when = at(0ms);
    std::uint64_t next = 0;
    while (next < kFlows * kPerFlow) {
      std::vector<Bytes> batch;
      const std::uint64_t end = std::min(next + random.below(20), kFlows * kPerFlow);
      for (; next < end; ++next) batch.push_back(message(next % kFlows, next / kFlows));
      when += Nanoseconds(random.below(1'000'000));
      take(receive(when, std::move(batch)));
    }
    for (int turn = 0; turn < 5; ++turn) take(receive(when += 1s));
    return forwarded;
  }

  void draw(Random& random, bool with_delays) {
    for (std::uint64_t flow = 0; flow < kFlows; ++flow) {
      for (std::uint64_t seq = 0; seq < kPerFlow; ++seq) {
        decisions[{flow, seq}] = random_decision(random, with_delays);
      }
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Seeds, RandomFaults, ::testing::Range<std::uint64_t>(1, 9));

TEST_P(RandomFaults, TheLedgerMatchesTheForwardedMessages) {
  Random random(GetParam());
  draw(random, true);
  const auto forwarded = run(random);

  FaultLedger seen;
  std::vector<Numbers> firsts(kFlows);
  std::vector<std::set<std::uint64_t>> known(kFlows);
  std::uint64_t further = 0;
  for (const Bytes& bytes : forwarded) {
    const MessageIdentity who = named(bytes);
    if (bytes.size() < kSize) {
      ++seen.truncated;
    } else if (bytes.back() != kSound) {
      ++seen.corrupted;
    } else if (known[who.flow].insert(who.seq).second) {
      firsts[who.flow].push_back(who.seq);
      ++seen.forwarded;
    } else {
      ++further;
    }
  }
  for (const Numbers& numbers : firsts) judge(numbers, seen);
  for (const auto& [who, decision] : decisions) {
    if (decision.drop) ++seen.dropped;
    if (!decision.drop && decision.delay > 0ns) ++seen.delayed;
    if (!decision.drop && decision.hold_for > 0) ++seen.held;
  }

  EXPECT_EQ(ledger().arrived, kFlows * kPerFlow);
  EXPECT_EQ(ledger().dropped, seen.dropped);
  EXPECT_EQ(ledger().delayed, seen.delayed);
  EXPECT_EQ(ledger().held, seen.held);
  EXPECT_EQ(ledger().corrupted, seen.corrupted);
  EXPECT_EQ(ledger().truncated, seen.truncated);
  EXPECT_EQ(ledger().duplicated, further);
  EXPECT_EQ(ledger().repeated, 0u);
  EXPECT_EQ(ledger().kept, 0u);
  EXPECT_EQ(ledger().forwarded, seen.forwarded);
  EXPECT_EQ(ledger().reordered, seen.reordered);
  EXPECT_EQ(ledger().extents, seen.extents);
  EXPECT_GT(ledger().reordered, 0u);
}

TEST_P(RandomFaults, TheResultDoesNotDependOnBatchesAndInstants) {
  Random random(GetParam());
  draw(random, false);
  const auto forwarded = run(Random(1));
  const FaultLedger first = ledger();
  EXPECT_EQ(run(Random(2)), forwarded);
  EXPECT_EQ(ledger().extents, first.extents);
  EXPECT_EQ(ledger().duplicated, first.duplicated);
  EXPECT_EQ(ledger().dropped, first.dropped);
}

}  // namespace
}  // namespace sockmark::testing
