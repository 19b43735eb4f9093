// Streams to the generator, and in both directions at the same time. What is asserted are counts:
// they balance however slow the machine is.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>

#include "bench/plan/impairment.h"
#include "tests/bench/load/exchange.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;
using namespace rig;

constexpr StreamDirection kReverse = StreamDirection::reverse, kBoth = StreamDirection::both;

CaseSpec streams(std::string_view transport, StreamDirection direction, WaitMode wait) {
  CaseSpec spec = case_for(transport, Workload::stream, wait);
  spec.direction = direction;
  // What a full queue drops never comes.
  if (!spec.reliable()) spec.tmax = 500ms;
  return spec;
}

// Every message that an end has sent arrived at the other or is lost, and none came that was not
// sent. Nothing is sent in a direction that the case does not have.
void expect_balance(const CaseSpec& spec, const Exchanged& run) {
  EXPECT_EQ(run.failures, std::vector<std::string>{});
  EXPECT_EQ(run.sent > 0, spec.generator_sends());
  EXPECT_EQ(run.responder_sent > 0, spec.responder_sends());
  const SequenceStatistics &forward = run.responder.sequence, &reverse = run.generator.sequence;
  EXPECT_EQ(forward.sent, run.sent);
  EXPECT_EQ(forward.sent, forward.received + forward.lost);
  EXPECT_EQ(reverse.sent, run.responder_sent);
  EXPECT_EQ(reverse.sent, reverse.received + reverse.lost);
  EXPECT_EQ(run.generator.send_block.count(), run.sent);
  EXPECT_EQ(run.responder.send_block.count(), run.responder_sent);
  EXPECT_EQ(run.generator.counts.received_messages, reverse.received);
  EXPECT_EQ(run.generator.response_time.count(), reverse.received);
  EXPECT_EQ(run.responder.response_time.count(), forward.received);
  for (const Recorder* end : {&run.generator, &run.responder}) {
    EXPECT_EQ(end->integrity.spurious, 0U);
    EXPECT_EQ(end->integrity.stream_integrity_errors, 0U);
  }
  if (!spec.reliable()) return;
  EXPECT_EQ(forward.lost + reverse.lost, 0U);
  EXPECT_EQ(forward.reordering.reordered + reverse.reordering.reordered, 0U);
}

using Cell = std::tuple<std::string_view, StreamDirection, WaitMode>;

// A thread that is blocked in a receive cannot send too, nor send on time: check_limits() refuses
// both.
enum class Sending : std::uint8_t { saturating, scheduled };
std::vector<Cell> cells(Sending sending) {
  std::vector<Cell> all;
  for (const auto* transport : {"memory", "tcp", "udp", "unix-stream", "unix-dgram"}) {
    for (const StreamDirection direction : {kReverse, kBoth}) {
      for (const WaitMode wait : kWaitModes) {
        const bool refused =
            wait == WaitMode::block && (direction == kBoth || sending == Sending::scheduled);
        if (!refused) all.emplace_back(transport, direction, wait);
      }
    }
  }
  return all;
}

std::string name_of_cell(const testing::TestParamInfo<Cell>& cell) {
  std::string name(std::get<0>(cell.param));
  std::erase(name, '-');
  return name + "_" + std::string(name_of(std::get<1>(cell.param))) + "_" +
         std::string(name_of(std::get<2>(cell.param)));
}

class Directions : public testing::TestWithParam<Cell> {};
class DirectionsAtARate : public testing::TestWithParam<Cell> {};

TEST_P(Directions, EveryMessageOfEitherStreamIsAccountedFor) {
  const auto [transport, direction, wait] = GetParam();
  const CaseSpec spec = streams(transport, direction, wait);
  ASSERT_TRUE(check_limits(spec));
  expect_balance(spec, exchange(spec));
}

TEST_P(DirectionsAtARate, EitherStreamHasTheScheduleOfTheRate) {
  const auto [transport, direction, wait] = GetParam();
  CaseSpec spec = streams(transport, direction, wait);
  spec.rate = 2000;
  spec.connections = 4;
  spec.threads = 2;
  ASSERT_TRUE(check_limits(spec));
  const Exchanged run = exchange(spec);
  expect_balance(spec, run);
  constexpr std::uint64_t kDue = 200;  // in a window of 100 ms
  EXPECT_EQ(run.sent + run.unsent, spec.generator_sends() ? kDue : 0U);
  EXPECT_EQ(run.responder_sent + run.responder_unsent, kDue);
  EXPECT_EQ(run.responder.sends->lag.count(), run.responder_sent);
}

INSTANTIATE_TEST_SUITE_P(Over, Directions, testing::ValuesIn(cells(Sending::saturating)),
                         name_of_cell);
INSTANTIATE_TEST_SUITE_P(Over, DirectionsAtARate, testing::ValuesIn(cells(Sending::scheduled)),
                         name_of_cell);

TEST(DirectionsOfConnections, ManyOfThemAreMoreThanAreTriedOneByOne) {
  for (const WaitMode wait : {WaitMode::sleep, WaitMode::hybrid}) {
    CaseSpec spec = streams("tcp", kBoth, wait);
    spec.connections = 40;
    expect_balance(spec, exchange(spec));
  }
}

TEST(DirectionsOfConnections, AnAddressMayBeShared) {
  for (const std::string transport : {"tcp", "udp"}) {
    CaseSpec spec = streams(transport, kBoth, WaitMode::sleep);
    spec.address = transport + "://127.0.0.1:0";
    spec.threads = 2;
    spec.connections = 20;
    spec.rate = 2000;
    ASSERT_TRUE(check_limits(spec));
    expect_balance(spec, exchange(spec));
  }
}

TEST(DirectionsOfConnections, AWindowThatEndsEarlyBalancesToo) {
  for (const StreamDirection direction : {kReverse, kBoth}) {
    CaseSpec spec = streams("tcp", direction, WaitMode::sleep);
    spec.duration = 10s;
    expect_balance(spec, exchange(spec, {.end_after = 50ms}));
  }
}

// The messages of a fault injector are counted where they arrive: its ledger at either end says
// what the other one sent.
TEST(DirectionsUnderFaults, TheLedgersOfBothStreamsAreExact) {
  const auto impair = *parse_impairment("loss=5%,duplicate=2%,reorder=5%:3,seed=7");
  const auto decide = [&](Direction direction) {
    return [impair, direction](const MessageIdentity& identity) {
      return decide_fault(impair, identity, direction, Trip::one_way);
    };
  };
  for (const auto transport : {"udp", "unix-dgram"}) {
    CaseSpec spec = streams(transport, kBoth, WaitMode::hybrid);
    spec.impair = impair;
    spec.rate = 5000;
    spec.tmax = 2s;
    const Exchanged run = exchange(
        spec, {.forward = decide(Direction::forward), .reverse = decide(Direction::reverse)});
    SCOPED_TRACE(spec.id());
    expect_balance(spec, run);
    EXPECT_EQ(run.reverse.sent, run.sent) << "the generator's injector sees what it sends";
    EXPECT_EQ(run.forward.sent, run.responder_sent);
    for (const auto& [ledger, end] :
         {std::pair(&run.forward, &run.responder), std::pair(&run.reverse, &run.generator)}) {
      const SequenceStatistics& sequence = end->sequence;
      EXPECT_EQ(sequence.lost, ledger->dropped + (sequence.sent - ledger->arrived));
      EXPECT_EQ(sequence.duplicates, ledger->duplicated);
      EXPECT_EQ(sequence.reordering.reordered, ledger->reordered);
      EXPECT_GT(ledger->dropped, 0U);
      EXPECT_GT(ledger->reordered, 0U);
    }
    // Faults of the two streams are not the same ones.
    EXPECT_FALSE(run.forward.dropped == run.reverse.dropped &&
                 run.forward.extents == run.reverse.extents &&
                 run.forward.duplicated == run.reverse.duplicated);
  }
}

}  // namespace
}  // namespace sockmark
