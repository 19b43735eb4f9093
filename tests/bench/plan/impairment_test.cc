#include "bench/plan/impairment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "bench/protocol/wire.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

TEST(ParseImpairment, ReadsEveryPart) {
  const auto spec = parse_impairment(
      "loss=1%,duplicate=0.5%:2ms,reorder=2%:3,delay=5ms:1ms,corrupt=0.001,truncate=0.1%,seed=42");
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(*spec, (ImpairmentSpec{.loss = 0.01,
                                   .duplicate = 0.005,
                                   .reorder = 0.02,
                                   .corrupt = 0.001,
                                   .truncate = 0.001,
                                   .duplicate_delay = 2ms,
                                   .reorder_distance = 3,
                                   .delay = 5ms,
                                   .jitter = 1ms,
                                   .seed = 42}));
}

TEST(ParseImpairment, WhatIsNotSaidIsNotDone) {
  EXPECT_EQ(*parse_impairment("seed=1"), ImpairmentSpec{});
  EXPECT_EQ(*parse_impairment("loss=0"), ImpairmentSpec{});
  EXPECT_EQ(parse_impairment("duplicate=1%")->duplicate_delay, 0ns);
  EXPECT_EQ(parse_impairment("delay=1s")->jitter, 0ns);
}

TEST(ParseImpairment, APercentageIsTheRatioNearestToIt) {
  const std::pair<std::string_view, double> table[] = {
      {"0.7%", 0.007}, {"0.3%", 0.003}, {"100%", 1}, {"1", 1}, {"0%", 0}, {"33.3%", 0.333}};
  for (const auto& [text, ratio] : table) {
    EXPECT_EQ(parse_impairment("loss=" + std::string(text))->loss, ratio) << text;
  }
}

TEST(ParseImpairment, TakesTheParametersUpToTheirLimits) {
  EXPECT_EQ(parse_impairment("reorder=1%:1")->reorder_distance, 1u);
  EXPECT_EQ(parse_impairment("reorder=1%:1000")->reorder_distance, 1000u);
  EXPECT_EQ(parse_impairment("seed=18446744073709551615")->seed, ~std::uint64_t{0});
  EXPECT_EQ(parse_impairment("seed=0")->seed, 0u);
  EXPECT_TRUE(parse_impairment("delay=5ms:5ms"));
  EXPECT_TRUE(parse_impairment("loss=20%,duplicate=20%,reorder=20%:1,corrupt=20%,truncate=20%"));
  EXPECT_TRUE(parse_impairment("loss=0.7,duplicate=0.2,corrupt=0.1"));
}

TEST(ParseImpairment, RefusesAnythingElse) {
  for (const std::string_view text : {"",
                                      ",",
                                      "loss",
                                      "loss=",
                                      "=1%",
                                      "loss=1%,",
                                      "loss=1%,,seed=1",
                                      " loss=1%",
                                      "loss= 1%",
                                      "loss=1% ",
                                      "loss=1%:1",
                                      "loss=-1%",
                                      "loss=+1%",
                                      "loss=101%",
                                      "loss=1.01",
                                      "loss=nan",
                                      "loss=inf",
                                      "loss=1e-2",
                                      "loss=0x1",
                                      "loss=.",
                                      "loss=%",
                                      "loss=1..2",
                                      "loss=1%%",
                                      "Loss=1%",
                                      "reorder=1%",
                                      "reorder=1%:",
                                      "reorder=1%:0",
                                      "reorder=1%:1001",
                                      "reorder=1%:3:4",
                                      "reorder=:3",
                                      "duplicate=1%:",
                                      "duplicate=1%:5",
                                      "delay=5",
                                      "delay=5ms:",
                                      "delay=-5ms",
                                      "delay=5ms:6ms",
                                      "seed=-1",
                                      "seed=1.5",
                                      "seed=",
                                      "seed=18446744073709551616",
                                      "loss=1%,loss=1%",
                                      "loss=50%,corrupt=51%"}) {
    EXPECT_FALSE(parse_impairment(text)) << text;
  }
}

TEST(ParseImpairment, NamesThePartAndWhatWasExpected) {
  const std::pair<std::string_view, std::string_view> table[] = {
      {"los=1%", "unknown impairment \"los\"; did you mean \"loss\"?"},
      {"rate=1%",
       "unknown impairment \"rate\"; there are: loss, duplicate, reorder, delay, corrupt, "
       "truncate, cut, seed"},
      {"loss", "\"loss\" has no value; write loss=VALUE"},
      {"loss=2", "loss: \"2\" is not a ratio; write 1% or 0.01, at most 100%"},
      {"reorder=2%",
       "reorder: the distance is missing; write RATIO:DISTANCE, like 2%:3 to be overtaken by 3"},
      {"reorder=2%:x", "reorder: \"x\" is not a whole number from 1 to 1000"},
      {"duplicate=1%:5", "duplicate: \"5\" has no unit; write 5s, 5ms or 5m"},
      {"delay=1ms:2ms", "delay: the jitter 2ms is more than the delay 1ms"},
      {"delay=60s:1ns", "a delay of more than 1m is longer than any Tmax"},
      {"duplicate=1%:61s", "a delay of more than 1m is longer than any Tmax"},
      {"seed=x", "seed: \"x\" is not a whole number from 0 to 18446744073709551615"},
      {"loss=1%,delay=1s,loss=2%", "\"loss\" is given twice"},
      {"loss=60%,reorder=60%:1",
       "loss, duplicate, reorder, corrupt and truncate are 120% together; a message suffers at "
       "most one of them, so that 100% is the most"},
      {"loss=1%,", "\"loss=1%,\" has an empty item"}};
  for (const auto& [text, message] : table) {
    const auto spec = parse_impairment(text);
    ASSERT_FALSE(spec) << text;
    EXPECT_EQ(spec.error().message, message);
  }
}

TEST(TextOfImpairment, SaysWhatIsNotDefaultInAFixedOrder) {
  const std::pair<std::string_view, std::string_view> table[] = {
      {"seed=7,delay=1500us,loss=1%", "loss=0.01,delay=1500us,seed=7"},
      {"truncate=1%,corrupt=2%,reorder=0.7%:9,duplicate=3%",
       "duplicate=0.03,reorder=0.007:9,corrupt=0.02,truncate=0.01,seed=1"},
      {"duplicate=0:2s,delay=59s:1ns", "duplicate=0:2s,delay=59s:1ns,seed=1"},
      {"loss=0.00001", "loss=0.00001,seed=1"},
      {"reorder=1%:1", "reorder=0.01:1,seed=1"},
      {"loss=0", "seed=1"}};
  for (const auto& [text, canonical] : table)
    EXPECT_EQ(text_of(*parse_impairment(text)), canonical);
}

TEST(TextOfImpairment, ReadsBackAsTheSame) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const auto sometimes = [&](auto value) {
      return random.below(2) == 0 ? value : decltype(value){};
    };
    const auto ratio = [&] { return sometimes(random.unit() / 5 * std::pow(10, -double(i % 12))); };
    const auto time = [&] { return sometimes(Nanoseconds(random.below(45'000'000'000))); };
    ImpairmentSpec spec{.loss = ratio(),
                        .duplicate = ratio(),
                        .reorder = ratio(),
                        .corrupt = ratio(),
                        .truncate = ratio(),
                        .duplicate_delay = time(),
                        .reorder_distance = static_cast<std::uint32_t>(1 + random.below(1000)),
                        .delay = time(),
                        .jitter = {},
                        .seed = random.next()};
    spec.jitter = sometimes(spec.delay / 3);
    const auto again = parse_impairment(text_of(spec));
    ASSERT_TRUE(again) << text_of(spec) << ": " << again.error().message;
    EXPECT_EQ(*again, spec) << text_of(spec);
  }
}

// Which kind of fate it is, as far as one message suffers one; 0 is none.
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

// Of n messages, each with this chance, so many: within five standard deviations?
void expect_binomial(double count, double n, double chance, std::string_view what) {
  EXPECT_LT(std::abs(count - n * chance), 5 * std::sqrt(n * chance * (1 - chance))) << what;
}

TEST(DecideFault, HasItsRatiosAndOneImpairmentAMessage) {
  // Numbers of one flow, numbers of many flows, and one message under many seeds.
  const std::function<FaultDecision(std::uint64_t)> keyed[] = {
      [](std::uint64_t n) {
        return decide_fault(kMixed, {.flow = 1, .seq = n}, Direction::forward, false);
      },
      [](std::uint64_t n) {
        return decide_fault(kMixed, {.flow = n, .seq = 5}, Direction::forward, false);
      },
      [](std::uint64_t n) {
        ImpairmentSpec spec = kMixed;
        spec.seed = n;
        return decide_fault(spec, {.flow = 1, .seq = 5}, Direction::forward, false);
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
    return decide_fault(spec, {.flow = flow, .seq = seq}, Direction::forward, false).drop;
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
    return decide_fault(spec, {.flow = 0, .seq = 0}, Direction::forward, false);
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
  Nanoseconds least = 1h;
  Nanoseconds most{0};
  constexpr int kMessages = 100'000;
  for (int n = 0; n < kMessages; ++n) {
    const std::uint64_t seq = static_cast<std::uint64_t>(n);
    const Nanoseconds delay =
        decide_fault(spec, {.flow = 0, .seq = seq}, Direction::forward, false).delay;
    sum += static_cast<double>(ns(delay));
    least = std::min(least, delay);
    most = std::max(most, delay);
  }
  EXPECT_GE(least, 3ms);
  EXPECT_LE(most, 7ms);
  EXPECT_LT(least, 3ms + 10us);
  EXPECT_GT(most, 7ms - 10us);
  // A uniform spread of 4 ms has a standard deviation of 4 ms / sqrt(12).
  EXPECT_LT(std::abs(sum / kMessages - 5e6), 5 * 4e6 / std::sqrt(12.0 * kMessages));
}

TEST(DecideFault, ARoundTripSuffersOnOneOfItsWays) {
  ImpairmentSpec spec = kMixed;
  spec.delay = 5ms;
  double there = 0, back = 0;
  for (std::uint64_t seq = 0; seq < kKeys; ++seq) {
    const MessageIdentity who{.flow = 1, .seq = seq};
    const FaultDecision forth = decide_fault(spec, who, Direction::forward, true);
    const FaultDecision home = decide_fault(spec, who, Direction::reverse, true);
    EXPECT_EQ(forth.delay, 5ms);
    EXPECT_EQ(home.delay, 0ns);
    if (kind_of(forth) != 0) ++there;
    if (kind_of(home) != 0) ++back;
    ASSERT_TRUE(kind_of(forth) == 0 || kind_of(home) == 0);
    // The same impairment that it would suffer one way.
    ASSERT_EQ(kind_of(forth) + kind_of(home),
              kind_of(decide_fault(spec, who, Direction::forward, false)));
  }
  expect_binomial(there, kKeys, 0.19, "there");
  expect_binomial(back, kKeys, 0.19, "back");
}

TEST(DecideFault, OneWayMessagesSufferNothingOnTheWayBack) {
  const ImpairmentSpec spec{.loss = 1, .delay = 5ms};
  for (std::uint64_t seq = 0; seq < 100; ++seq) {
    const FaultDecision decision =
        decide_fault(spec, {.flow = 1, .seq = seq}, Direction::reverse, false);
    EXPECT_FALSE(decision.drop);
    EXPECT_EQ(decision.delay, 0ns);
  }
}

TEST(DecideFault, IsTheSameOnEveryMachine) {
  // A change here changes what every seed that was ever noted down means.
  std::vector<std::uint64_t> lost;
  for (std::uint64_t seq = 0; lost.size() < 5; ++seq) {
    if (decide_fault({.loss = 0.01, .seed = 42}, {.flow = 1, .seq = seq}, Direction::forward, false)
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

TEST(DecideFault, ACutTakesEveryMessageOfTheWindowFromItsNumberOn) {
  const auto spec = parse_impairment("cut=100,seed=3");
  ASSERT_TRUE(spec);
  EXPECT_EQ(text_of(*spec), "cut=100,seed=3");
  const auto dropped = [&](std::uint64_t seq, bool counted, Direction direction) {
    return decide_fault(*spec, {.flow = 1, .seq = seq, .counted = counted}, direction, true).drop;
  };
  EXPECT_FALSE(dropped(99, true, Direction::forward));
  EXPECT_TRUE(dropped(100, true, Direction::forward));
  EXPECT_TRUE(dropped(1'000'000, true, Direction::forward));
  EXPECT_FALSE(dropped(100, true, Direction::reverse)) << "once is enough";
  EXPECT_FALSE(dropped(100, false, Direction::forward)) << "the warm-up has numbers of its own";
}

TEST(DecideFault, WhatIsNotCountedIsNotDamaged) {
  const auto spec = parse_impairment("corrupt=50%,truncate=50%");
  ASSERT_TRUE(spec);
  for (std::uint64_t seq = 0; seq < 100; ++seq) {
    const MessageIdentity warm_up{.flow = 0, .seq = seq, .counted = false};
    const FaultDecision decision = decide_fault(*spec, warm_up, Direction::forward, false);
    EXPECT_FALSE(decision.corrupt || decision.truncate);
    const FaultDecision counted =
        decide_fault(*spec, {.flow = 0, .seq = seq}, Direction::forward, false);
    EXPECT_TRUE(counted.corrupt || counted.truncate);
  }
}

}  // namespace
}  // namespace sockmark
