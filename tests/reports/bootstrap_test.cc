// The bootstrap against tests/vectors/stats/bootstrap.json: bit by bit the same draws.

#include "reports/statistics/bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/random.h"
#include "tests/measure/vectors.h"

namespace sockmark::report {
namespace {

using nlohmann::json;
using Values = std::vector<double>;
using Runs = std::vector<Values>;

void expect_interval(const Interval& actual, const json& expected) {
  test::expect_near(actual.low, expected[0], "low");
  test::expect_near(actual.high, expected[1], "high");
}

json vectors_of_kind(const char* kind) {
  json chosen = json::array();
  for (const json& vector :
       test::load_vectors(test::vector_folder() / "stats" / "bootstrap.json")) {
    if (vector.at("input").at("kind") == kind) chosen.push_back(vector);
  }
  EXPECT_FALSE(chosen.empty());
  return chosen;
}

std::uint64_t seed_of(const json& input) {
  return std::stoull(input.at("seed").get<std::string>());
}

TEST(Bootstrap, OfBlocksAgreesWithThePublishedVectors) {
  for (const json& vector : vectors_of_kind("blocks")) {
    SCOPED_TRACE(vector.at("id").get<std::string>());
    const json& input = vector.at("input");
    const json& expected = vector.at("expected");
    const BlockBootstrap b =
        bootstrap_blocks(input.at("log_ratios").get<Values>(), seed_of(input), input.at("B"));
    expect_interval(b.percentile, expected.at("seeded_percentile_ci95"));
    ASSERT_TRUE(b.studentised);
    expect_interval(*b.studentised, expected.at("seeded_bootstrap_t_ci95"));
  }
}

// With many replicates the draws come to what all n^n of them would give. The d are hundredths and
// n is 5 or 6, so that means next to one another are further apart than the tolerance.
TEST(Bootstrap, OfBlocksComesToTheExactPercentiles) {
  for (const json& vector : vectors_of_kind("blocks")) {
    SCOPED_TRACE(vector.at("id").get<std::string>());
    const json& exact = vector.at("expected").at("exact_percentile_q025_q50_q975");
    const BlockBootstrap b =
        bootstrap_blocks(vector.at("input").at("log_ratios").get<Values>(), 1, 200'000);
    EXPECT_NEAR(b.percentile.low, exact[0], 1e-6);
    EXPECT_NEAR(b.percentile.high, exact[2], 1e-6);
  }
}

TEST(Bootstrap, OfRunsAndTheirSamplesAgreesWithThePublishedVectors) {
  for (const json& vector : vectors_of_kind("hierarchical")) {
    SCOPED_TRACE(vector.at("id").get<std::string>());
    const json& input = vector.at("input");
    const auto ppm = static_cast<Ppm>(std::lround(input.at("percentile").get<double>() * 1e6));
    expect_interval(
        bootstrap_hierarchical(input.at("runs_a").get<Runs>(), input.at("runs_b").get<Runs>(), ppm,
                               seed_of(input), input.at("B")),
        vector.at("expected").at("seeded_hierarchical_ci95_log_ratio"));
  }
}

// Of sorted values a place is a rank: both forms draw the same, and up to 2047 a histogram of three
// digits has a counter for every value.
TEST(Bootstrap, HistogramsGiveWhatTheirSortedValuesGive) {
  Random random(3);
  const auto runs = [&](std::uint64_t from) {
    Runs sides(4);
    for (Values& run : sides) {
      for (int i = 0; i < 50; ++i) run.push_back(static_cast<double>(from + random.below(1000)));
      std::sort(run.begin(), run.end());
    }
    return sides;
  };
  const auto recorded = [](const Runs& sides) {
    std::vector<Histogram> histograms;
    for (const Values& run : sides) {
      histograms.emplace_back();
      for (const double value : run) histograms.back().record(static_cast<std::int64_t>(value));
    }
    return histograms;
  };
  const Runs a = runs(500);
  const Runs b = runs(600);
  const Interval expected = bootstrap_hierarchical(a, b, kP90, 7, 200);
  EXPECT_EQ(bootstrap_hierarchical(recorded(a), recorded(b), kP90, 7, 200), expected);
  EXPECT_LT(expected.low, expected.high);
  EXPECT_GT(expected.low, 0);
}

TEST(Bootstrap, WithoutSpreadThereIsNoT) {
  const BlockBootstrap equal = bootstrap_blocks(Values(7, 0.1), 1, 100);
  EXPECT_NEAR(equal.percentile.low, 0.1, 1e-15);
  EXPECT_NEAR(equal.percentile.high, 0.1, 1e-15);
  EXPECT_FALSE(equal.studentised);
  EXPECT_FALSE(bootstrap_blocks(Values{0.1}, 1, 100).studentised);
}

}  // namespace
}  // namespace sockmark::report
