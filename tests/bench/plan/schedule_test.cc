#include "bench/plan/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "tests/measure/vectors.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

std::vector<std::int64_t> first(Schedule schedule, std::size_t count) {
  std::vector<std::int64_t> offsets;
  for (; offsets.size() < count; schedule.advance()) offsets.push_back(ns(schedule.due()));
  return offsets;
}

TEST(Schedule, AgreesWithThePublishedVectors) {
  for (const auto& vector : test::load_vectors(test::vector_folder() / "stats" / "arrivals.json")) {
    const auto seed = std::stoull(vector.at("input").at("seed").get<std::string>());
    const auto rate = vector.at("input").at("rate_per_s").get<double>();
    const auto& expected = vector.at("expected");
    const auto uniform = expected.at("uniform_intended_ns").get<std::vector<std::int64_t>>();
    EXPECT_EQ(first(Schedule({.arrivals = Arrivals::uniform, .rate = rate, .seed = seed}),
                    uniform.size()),
              uniform);

    const auto poisson = expected.at("poisson_intended_ns").get<std::vector<std::int64_t>>();
    const auto ours = first(Schedule({.arrivals = Arrivals::poisson, .rate = rate, .seed = seed}),
                            poisson.size());
    const auto tolerance = expected.at("poisson_tolerance_ns").get<std::int64_t>();
    for (std::size_t i = 0; i < poisson.size(); ++i) {
      EXPECT_LE(std::abs(ours[i] - poisson[i]), tolerance) << "seed " << seed << ", message " << i;
    }
    const auto& children = expected.at("child_seeds_first4");
    for (std::size_t k = 0; k < children.size(); ++k) {
      EXPECT_EQ(child_seed(seed, k), std::stoull(children[k].get<std::string>()));
    }
  }
}

TEST(Schedule, FlowsShareTheRateAndUniformOnesAlternate) {
  std::vector<std::int64_t> together;
  for (std::uint64_t flow = 0; flow < 3; ++flow) {
    const auto own = first(Schedule({.rate = 1000, .flow = flow, .flows = 3}), 10);
    together.insert(together.end(), own.begin(), own.end());
  }
  std::ranges::sort(together);
  EXPECT_EQ(together, first(Schedule({.rate = 1000}), 30));
}

TEST(Schedule, APoissonFlowHasItsShareOfTheRate) {
  Schedule flow({.arrivals = Arrivals::poisson, .rate = 1000, .flow = 1, .flows = 4});
  EXPECT_NEAR(static_cast<double>(flow.count_until(36s)), 9'000, 5 * 95) << "5 sigma";
}

TEST(Schedule, PoissonSpacingsDependOnTheSeedOnly) {
  const auto of = [](std::uint64_t seed) {
    return first(Schedule({.arrivals = Arrivals::poisson, .rate = 1000, .seed = seed}), 100);
  };
  EXPECT_EQ(of(5), of(5));
  EXPECT_NE(of(5), of(6));
  EXPECT_TRUE(std::ranges::is_sorted(of(5)));
}

TEST(Schedule, CountsMessagesDueBeforeAnInstant) {
  Schedule uniform({.rate = 1000});
  EXPECT_EQ(uniform.count_until(10ms), 9U) << "the tenth is due at the end, which is outside";
  EXPECT_EQ(uniform.due(), 10ms);
  EXPECT_EQ(uniform.count_until(10ms), 0U);
  Schedule poisson({.arrivals = Arrivals::poisson, .rate = 1000, .seed = 3});
  const auto offsets = first(poisson, 2000);
  const auto expected = std::ranges::count_if(offsets, [](auto t) { return t < ns(1s); });
  EXPECT_EQ(poisson.count_until(1s), static_cast<std::uint64_t>(expected));
}

TEST(Schedule, CountingAUniformScheduleEqualsAdvancing) {
  for (const double rate : {3.0, 999.7, 1e6, 7e8}) {
    for (const std::uint64_t flows : {1U, 7U}) {
      const Schedule::Options options{.rate = rate, .flow = flows - 1, .flows = flows};
      Schedule walked(options), counted(options);
      for (const Nanoseconds end :
           {Nanoseconds(1us), Nanoseconds(10us), Nanoseconds(1ms), Nanoseconds(3333us)}) {
        std::uint64_t steps = 0;
        for (; walked.due() < end; walked.advance()) ++steps;
        EXPECT_EQ(counted.count_until(end), steps) << rate << "/s, " << flows << ", " << ns(end);
        EXPECT_EQ(counted.due(), walked.due());
      }
    }
  }
  Schedule endless({.rate = 1e9});
  EXPECT_EQ(endless.count_until(24h), 86'400'000'000'000U - 1);
}

TEST(Schedule, EstimatesCountsAboveTheLimit) {
  Schedule schedule({.arrivals = Arrivals::poisson, .rate = 1e9, .seed = 3});
  const auto count = static_cast<double>(schedule.count_until(10s));
  EXPECT_NEAR(count, 1e10, 1e7);
  EXPECT_GE(schedule.due(), 10s);
}

TEST(Schedule, AtAVeryLowRateNoMessageIsDue) {
  Schedule schedule({.arrivals = Arrivals::poisson, .rate = 1e-300});
  EXPECT_GT(schedule.due(), 24h);
  EXPECT_EQ(schedule.count_until(24h), 0U);
}

}  // namespace
}  // namespace sockmark
