#include "bench/plan/fault_decision.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/protocol/wire.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

// The number of the one fault of a decision; 0: none, -1: more than one.
int kind_of(const FaultDecision& decision) {
  const bool kinds[] = {decision.drop, decision.copies > 0, decision.hold_for > 0, decision.corrupt,
                        decision.truncate};
  int kind = 0;
  int count = 0;
  for (int n = 0; n < 5; ++n) {
    if (!kinds[n]) continue;
    kind = n + 1;
    ++count;
  }
  return count <= 1 ? kind : -1;
}

const ImpairmentSpec kMixed{.loss = 0.01,
                            .duplicate = 0.02,
                            .reorder = 0.05,
                            .corrupt = 0.1,
                            .truncate = 0.2,
                            .duplicate_delay = 1ms,
                            .reorder_distance = 3,
                            .seed = 42};
const std::vector<double> kMixedRatios{0.62, 0.01, 0.02, 0.05, 0.1, 0.2};

constexpr std::uint64_t kKeys = 1'000'000;

// Whether `count` of `n` messages, each with probability `chance`, is within five standard
// deviations.
void expect_binomial(double count, double n, double chance, std::string_view what) {
  EXPECT_LT(std::abs(count - n * chance), 5 * std::sqrt(n * chance * (1 - chance))) << what;
}

TEST(DecideFault, HasItsRatiosAndOneFaultPerMessage) {
  // Numbers of one flow, numbers of many flows, and one message under many seeds.
  const std::function<FaultDecision(std::uint64_t)> keyed[] = {
      [](std::uint64_t n) {
        return decide_fault(kMixed, {.flow = 1, .seq = n}, Direction::forward, Trip::one_way);
      },
      [](std::uint64_t n) {
        return decide_fault(kMixed, {.flow = n, .seq = 5}, Direction::forward, Trip::one_way);
      },
      [](std::uint64_t n) {
        ImpairmentSpec spec = kMixed;
        spec.seed = n;
        return decide_fault(spec, {.flow = 1, .seq = 5}, Direction::forward, Trip::one_way);
      }};
  for (const auto& decision : keyed) {
    std::vector<double> counts(kMixedRatios.size());
    for (std::uint64_t n = 0; n < kKeys; ++n) {
      const int kind = kind_of(decision(n));
      ASSERT_GE(kind, 0);
      ++counts[static_cast<std::size_t>(kind)];
    }
    for (std::size_t kind = 0; kind < counts.size(); ++kind) {
      expect_binomial(counts[kind], kKeys, kMixedRatios[kind], std::to_string(kind));
    }
  }
}

TEST(DecideFault, NeighboursAreIndependent) {
  const ImpairmentSpec spec{.loss = 0.2, .seed = 7};
  const auto lost = [&](std::uint64_t flow, std::uint64_t seq) {
    return decide_fault(spec, {.flow = flow, .seq = seq}, Direction::forward, Trip::one_way).drop;
  };
  double next = 0, after_next = 0, next_flow = 0, far = 0;
  for (std::uint64_t n = 0; n < kKeys; ++n) {
    if (!lost(2, n)) continue;
    if (lost(2, n + 1)) ++next;
    if (lost(2, n + 2)) ++after_next;
    if (lost(3, n)) ++next_flow;
    if (lost(2, n + 1024)) ++far;
  }
  expect_binomial(next, kKeys, 0.04, "next");
  expect_binomial(after_next, kKeys, 0.04, "after next");
  expect_binomial(next_flow, kKeys, 0.04, "next flow");
  expect_binomial(far, kKeys, 0.04, "far");
}

TEST(DecideFault, CarriesTheParameters) {
  const auto only = [](const ImpairmentSpec& spec) {
    return decide_fault(spec, {.flow = 0, .seq = 0}, Direction::forward, Trip::one_way);
  };
  EXPECT_TRUE(only({.loss = 1}).drop);
  const FaultDecision twice = only({.duplicate = 1, .duplicate_delay = 3ms});
  EXPECT_EQ(twice.copies, 1u);
  EXPECT_EQ(twice.copy_delay, 3ms);
  EXPECT_EQ(only({.reorder = 1, .reorder_distance = 9}).hold_for, 9u);
  EXPECT_TRUE(only({.corrupt = 1}).corrupt);
  EXPECT_TRUE(only({.truncate = 1}).truncate);
  EXPECT_EQ(only({.delay = 5ms}).delay, 5ms);
}

TEST(DecideFault, DelaysSpreadOverTheirInterval) {
  const ImpairmentSpec spec{.delay = 5ms, .jitter = 2ms};
  double sum = 0;
  Nanoseconds min = 1h;
  Nanoseconds max{0};
  constexpr int kMessages = 100'000;
  for (int n = 0; n < kMessages; ++n) {
    const std::uint64_t seq = static_cast<std::uint64_t>(n);
    const Nanoseconds delay =
        decide_fault(spec, {.flow = 0, .seq = seq}, Direction::forward, Trip::one_way).delay;
    sum += static_cast<double>(ns(delay));
    min = std::min(min, delay);
    max = std::max(max, delay);
  }
  EXPECT_GE(min, 3ms);
  EXPECT_LE(max, 7ms);
  EXPECT_LT(min, 3ms + 10us);
  EXPECT_GT(max, 7ms - 10us);
  // A uniform spread of 4 ms has a standard deviation of 4 ms / sqrt(12).
  EXPECT_LT(std::abs(sum / kMessages - 5e6), 5 * 4e6 / std::sqrt(12.0 * kMessages));
}

TEST(DecideFault, ARoundTripHasItsFaultInOneDirection) {
  ImpairmentSpec spec = kMixed;
  spec.delay = 5ms;
  double forward = 0, reverse = 0;
  for (std::uint64_t seq = 0; seq < kKeys; ++seq) {
    const MessageIdentity who{.flow = 1, .seq = seq};
    const FaultDecision on_forward = decide_fault(spec, who, Direction::forward, Trip::round_trip);
    const FaultDecision on_reverse = decide_fault(spec, who, Direction::reverse, Trip::round_trip);
    EXPECT_EQ(on_forward.delay, 5ms);
    EXPECT_EQ(on_reverse.delay, 0ns);
    if (kind_of(on_forward) != 0) ++forward;
    if (kind_of(on_reverse) != 0) ++reverse;
    ASSERT_TRUE(kind_of(on_forward) == 0 || kind_of(on_reverse) == 0);
    // The same fault as one way.
    ASSERT_EQ(kind_of(on_forward) + kind_of(on_reverse),
              kind_of(decide_fault(spec, who, Direction::forward, Trip::one_way)));
  }
  expect_binomial(forward, kKeys, 0.19, "forward");
  expect_binomial(reverse, kKeys, 0.19, "reverse");
}

TEST(DecideFault, AOneWayMessageHasTheSameFaultsInEitherDirection) {
  ImpairmentSpec spec = kMixed;
  spec.delay = 5ms;
  spec.cut = 900;
  double faults = 0;
  for (std::uint64_t seq = 0; seq < 1000; ++seq) {
    const MessageIdentity who{.flow = 1, .seq = seq};
    const FaultDecision forward = decide_fault(spec, who, Direction::forward, Trip::one_way);
    const FaultDecision reverse = decide_fault(spec, who, Direction::reverse, Trip::one_way);
    ASSERT_EQ(kind_of(forward), kind_of(reverse));
    ASSERT_EQ(forward.delay, reverse.delay);
    if (kind_of(reverse) != 0) ++faults;
  }
  EXPECT_GT(faults, 100);
}

TEST(DecideFault, IsTheSameOnEveryMachine) {
  // A change here changes the meaning of every seed in use.
  std::vector<std::uint64_t> lost;
  for (std::uint64_t seq = 0; lost.size() < 5; ++seq) {
    if (decide_fault({.loss = 0.01, .seed = 42}, {.flow = 1, .seq = seq}, Direction::forward,
                     Trip::one_way)
            .drop) {
      lost.push_back(seq);
    }
  }
  EXPECT_EQ(lost, (std::vector<std::uint64_t>{138, 315, 379, 487, 498}));
}

TEST(IdentityOf, IsThatOfTheWireHeader) {
  std::vector<std::byte> bytes(64);
  const std::uint32_t payload = crc32c(0, std::span(bytes).subspan(kHeaderBytes));
  WireHeader header;
  header.flow = 1003;
  header.seq = 77;
  header.measured = true;
  encode(header, bytes, payload);
  const auto identity = identity_of(bytes, 1000);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->flow, 3u);
  EXPECT_EQ(identity->seq, 77u);
  EXPECT_TRUE(identity->counted);

  header.measured = false;
  encode(header, bytes, payload);
  EXPECT_FALSE(identity_of(bytes, 1000)->counted);

  EXPECT_FALSE(identity_of(std::span(bytes).first(63), 1000));
  EXPECT_FALSE(identity_of(std::span(bytes).first(10), 1000));
  bytes.back() ^= std::byte{1};
  EXPECT_FALSE(identity_of(bytes, 1000));
}

TEST(DecideFault, ACutDropsEveryMessageOfTheWindowFromItsNumberOn) {
  const auto spec = parse_impairment("cut=100,seed=3");
  ASSERT_TRUE(spec);
  EXPECT_EQ(text_of(*spec), "cut=100,seed=3");
  const auto dropped = [&](std::uint64_t seq, bool counted, Direction direction) {
    return decide_fault(*spec, {.flow = 1, .seq = seq, .counted = counted}, direction,
                        Trip::round_trip)
        .drop;
  };
  EXPECT_FALSE(dropped(99, true, Direction::forward));
  EXPECT_TRUE(dropped(100, true, Direction::forward));
  EXPECT_TRUE(dropped(1'000'000, true, Direction::forward));
  EXPECT_FALSE(dropped(100, true, Direction::reverse)) << "once is enough";
  EXPECT_FALSE(dropped(100, false, Direction::forward)) << "the warm-up is numbered separately";
}

TEST(DecideFault, UncountedMessagesAreNotDamaged) {
  const auto spec = parse_impairment("corrupt=50%,truncate=50%");
  ASSERT_TRUE(spec);
  for (std::uint64_t seq = 0; seq < 100; ++seq) {
    const MessageIdentity warm_up{.flow = 0, .seq = seq, .counted = false};
    const FaultDecision decision = decide_fault(*spec, warm_up, Direction::forward, Trip::one_way);
    EXPECT_FALSE(decision.corrupt || decision.truncate);
    const FaultDecision counted =
        decide_fault(*spec, {.flow = 0, .seq = seq}, Direction::forward, Trip::one_way);
    EXPECT_TRUE(counted.corrupt || counted.truncate);
  }
}

}  // namespace
}  // namespace sockmark
