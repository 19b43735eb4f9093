// What comparisons say, counted over many of them whose truth is known: latencies of a simulated
// transport go the way of real ones, through histogram, median, d, interval and verdict, with the
// functions that a comparison uses. Everything follows from seeds, so that the counts are the same
// in every build; the bounds leave room for another set of seeds.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "stats/paired.h"
#include "stats/stopping_rule.h"
#include "stats/verdict.h"
#include "tests/reports/compare/simulated_transport.h"

namespace sockmark::report {
namespace {

using test::NoiseShape;
using test::SimulatedTransport;

double median(const Histogram& latency) {
  return static_cast<double>(latency.percentile(kP50).value());
}

struct Outcome {
  std::optional<Interval> ratio;
  StoppedBy stopped_by = StoppedBy::fixed;
  std::size_t blocks = 0;

  [[nodiscard]] Verdict verdict(double margin) const { return judge(ratio, margin); }
  [[nodiscard]] Difference difference() const { return verdict(1.05).difference; }
};

// B takes `slowdown` times as long as A; the gate whose precision is waited for is 1.05.
Outcome compare(SimulatedTransport& transport, double slowdown, const LookPlan& plan,
                std::uint64_t seed) {
  Random coin(child_seed(seed, 1));
  std::vector<double> d;
  for (;;) {
    const bool b_first = coin.below(2) == 0;
    const double first = median(transport.run(b_first ? slowdown : 1));
    const double second = median(transport.run(b_first ? 1 : slowdown));
    d.push_back(std::log(b_first ? first / second : second / first));
    if (std::find(plan.looks.begin(), plan.looks.end(), d.size()) == plan.looks.end()) continue;
    const auto interval = subset_mean_interval(d, plan.alpha, seed);
    const auto stopped =
        stop_after(plan, {.blocks = d.size(), .precise = precise_enough(interval, std::log(1.05))});
    if (!stopped) continue;
    return {.ratio = interval ? std::optional(Interval{.low = std::exp(interval->low),
                                                       .high = std::exp(interval->high)})
                              : std::nullopt,
            .stopped_by = *stopped,
            .blocks = d.size()};
  }
}

std::vector<Outcome> comparisons(int count, NoiseShape shape, double slowdown,
                                 const LookPlan& plan) {
  std::vector<Outcome> outcomes;
  for (int i = 0; i < count; ++i) {
    const std::uint64_t seed =
        child_seed(static_cast<std::uint64_t>(shape), static_cast<std::uint64_t>(i));
    SimulatedTransport transport(shape, child_seed(seed, 0));
    outcomes.push_back(compare(transport, slowdown, plan, seed));
  }
  return outcomes;
}

template <class Is>
int count_of(const std::vector<Outcome>& outcomes, Is is) {
  return static_cast<int>(std::count_if(outcomes.begin(), outcomes.end(), is));
}

bool flagged(const Outcome& outcome) { return outcome.difference() != Difference::none_shown; }

class SimulatedComparison : public testing::TestWithParam<NoiseShape> {};

INSTANTIATE_TEST_SUITE_P(Noise, SimulatedComparison, testing::ValuesIn(test::kNoiseShapes),
                         [](const auto& shape) { return std::string(name_of(shape.param)); });

// Of 400 comparisons at 5 %, 20 are expected, and more than 35 have a probability of 0.001.
TEST_P(SimulatedComparison, OfAProgramWithItselfSeldomFlagsADifference) {
  const int flags = count_of(comparisons(400, GetParam(), 1, fixed_blocks(12)), flagged);
  RecordProperty("flagged", flags);
  EXPECT_LE(flags, 35);
  EXPECT_GE(flags, 5) << "an interval that is never left is too wide";
}

TEST_P(SimulatedComparison, OfAProgramWithItselfUntilPreciseSeldomFlagsADifference) {
  const auto outcomes = comparisons(400, GetParam(), 1, until_precise(40));
  const int flags = count_of(outcomes, flagged);
  RecordProperty("flagged", flags);
  EXPECT_LE(flags, 35);
  EXPECT_GE(flags, 5);
  for (const std::size_t look : {10U, 16U}) {
    const auto here = [&](const Outcome& outcome) { return outcome.blocks == look; };
    EXPECT_GT(count_of(outcomes, here), 20) << look;
  }
  EXPECT_EQ(count_of(outcomes, [](const Outcome& o) { return o.stopped_by == StoppedBy::fixed; }),
            0);
}

TEST_P(SimulatedComparison, OfACandidateFivePercentSlowerSaysSoAndJudgesItsGates) {
  const auto outcomes = comparisons(200, GetParam(), 1.05, fixed_blocks(12));
  const auto gate = [&](double margin, Gate wanted) {
    return count_of(outcomes, [&](const Outcome& o) { return o.verdict(margin).gate == wanted; });
  };
  const int slower =
      count_of(outcomes, [](const Outcome& o) { return o.difference() == Difference::slower; });
  RecordProperty("slower", slower);
  RecordProperty("pass_at_1.02", gate(1.02, Gate::pass));
  RecordProperty("pass_at_1.10", gate(1.10, Gate::pass));
  EXPECT_GE(slower, 179);
  EXPECT_LE(gate(1.02, Gate::pass), 5);
  EXPECT_GE(gate(1.10, Gate::pass), 180);
  EXPECT_GT(gate(1.02, Gate::fail), 0);
  EXPECT_EQ(gate(1.10, Gate::fail), 0);
}

// The machine changes its speed inside the comparison; both arms meet it.
TEST_P(SimulatedComparison, OfAProgramWithItselfOnAMachineThatSlowsDownSeldomFlagsADifference) {
  int flags = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SimulatedTransport transport(GetParam(), child_seed(seed, 2));
    transport.halve_speed_at(12);
    flags += flagged(compare(transport, 1, fixed_blocks(12), seed)) ? 1 : 0;
  }
  RecordProperty("flagged", flags);
  // Of 100 at 5 %, more than 12 have a probability of 0.001.
  EXPECT_LE(flags, 12);
}

// What interleaving is for: the same machine, measured in the order that suggests itself.
TEST(SimulatedMachine, ThatSlowsDownFoolsAComparisonThatIsNotInterleaved) {
  constexpr int kBlocks = 12;
  SimulatedTransport transport(NoiseShape::normal, 1);
  transport.halve_speed_at(kBlocks);
  std::vector<double> d;
  for (int i = 0; i < kBlocks; ++i) d.push_back(-std::log(median(transport.run(1))));
  for (double& log_ratio : d) log_ratio += std::log(median(transport.run(1)));
  EXPECT_GT(std::exp(subset_mean_interval(d, 0.05)->low), 1.9);
}

// What stopping for precision is for: the same looks, but ending at the first that shows something.
TEST(SimulatedLooks, ThatEndAtTheFirstDifferenceFlagTooMany) {
  int flags = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SimulatedTransport transport(NoiseShape::normal, child_seed(seed, 0));
    std::vector<double> d;
    for (const std::size_t look : kLooks) {
      while (d.size() < look) {
        const double a = median(transport.run(1));
        d.push_back(std::log(median(transport.run(1)) / a));
      }
      const Interval interval = subset_mean_interval(d, kAlphaFixed, seed).value();
      if (interval.low <= 0 && interval.high >= 0) continue;
      ++flags;
      break;
    }
  }
  RecordProperty("flagged", flags);
  EXPECT_GT(flags, 17);
}

// Of two runs in a row, as a block has them.
TEST_P(SimulatedComparison, HasTheSpreadThatItsTransportPromises) {
  constexpr int kBlocks = 2000;
  double squares = 0;
  for (std::uint64_t i = 0; i < kBlocks; ++i) {
    SimulatedTransport transport(GetParam(), child_seed(5, i));
    const double first = median(transport.run(1));
    const double second = median(transport.run(1));
    squares += std::pow(std::log(first / second), 2);
  }
  const double sd = std::sqrt(squares / kBlocks);
  RecordProperty("sd_ppm", static_cast<int>(1e6 * sd));
  // Of t3, whose fourth moment is infinite, a sample's deviation stays far from the true one.
  EXPECT_NEAR(sd, 0.03, GetParam() == NoiseShape::t3 ? 0.005 : 0.002);
}

}  // namespace
}  // namespace sockmark::report
