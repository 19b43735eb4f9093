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
      {"0.7%", 0.007}, {"0.3%", 0.003}, {"100%", 1}, {"0%", 0}, {"33.3%", 0.333}};
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

TEST(ParseImpairment, RejectsAnythingElse) {
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
                                      "loss=1",
                                      "loss=1.0",
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
      {"loss=1", "loss: \"1\": write 1%, or a fraction below 1"},
      {"loss=2", "loss: \"2\": write 2%, or a fraction below 1"},
      {"loss=101%", "loss: \"101%\" is not a ratio; write 1% or 0.01, at most 100%"},
      {"reorder=2%", "reorder: the distance is missing; write RATIO:DISTANCE, like 2%:3"},
      {"reorder=2%:x", "reorder: \"x\" is not a whole number from 1 to 1000"},
      {"duplicate=1%:5", "duplicate: \"5\" has no unit; write 5s, 5ms or 5m"},
      {"delay=1ms:2ms", "delay: the jitter 2ms exceeds the delay 1ms"},
      {"delay=60s:1ns",
       "the sum of delay and jitter, and the delay of a duplicate, must be at most 1m, the longest "
       "Tmax"},
      {"duplicate=1%:61s",
       "the sum of delay and jitter, and the delay of a duplicate, must be at most 1m, the longest "
       "Tmax"},
      {"seed=x", "seed: \"x\" is not a whole number from 0 to 18446744073709551615"},
      {"loss=1%,delay=1s,loss=2%", "\"loss\" is given twice"},
      {"loss=60%,reorder=60%:1",
       "the sum of loss, duplicate, reorder, corrupt and truncate is 120%; at most 100%, as one of "
       "them at most applies to a message"},
      {"loss=1%,", "\"loss=1%,\" has an empty item"}};
  for (const auto& [text, message] : table) {
    const auto spec = parse_impairment(text);
    ASSERT_FALSE(spec) << text;
    EXPECT_EQ(spec.error().message, message);
  }
}

TEST(TextOfImpairment, ListsWhatIsNotDefaultInAFixedOrder) {
  const std::pair<std::string_view, std::string_view> table[] = {
      {"seed=7,delay=1500us,loss=1%", "loss=0.01,delay=1500us,seed=7"},
      {"truncate=1%,corrupt=2%,reorder=0.7%:9,duplicate=3%",
       "duplicate=0.03,reorder=0.007:9,corrupt=0.02,truncate=0.01,seed=1"},
      {"duplicate=0:2s,delay=59s:1ns", "duplicate=0:2s,delay=59s:1ns,seed=1"},
      {"loss=0.00001", "loss=0.00001,seed=1"},
      {"loss=100%", "loss=100%,seed=1"},
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

}  // namespace
}  // namespace sockmark
