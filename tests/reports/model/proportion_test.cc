#include "stats/proportion.h"

#include <gtest/gtest.h>

#include "tests/measure/vectors.h"

namespace sockmark::report {
namespace {

// Relative to what is not certain yet, so that an end next to 1 is compared as closely as one next
// to 0.
void expect_interval(const std::array<double, 2>& actual, const nlohmann::json& expected,
                     const std::string& id) {
  for (const std::size_t end : {std::size_t{0}, std::size_t{1}}) {
    const double wanted = expected.at(end).get<double>();
    EXPECT_NEAR(actual[end], wanted, 1e-9 * std::min(std::max(wanted, 1e-6), 1.0))
        << id << ", end " << end;
  }
}

TEST(Proportion, WilsonIntervalsAgreeWithR) {
  for (const auto& vector :
       test::load_vectors(test::vector_folder() / "stats" / "binomial_ci.json")) {
    const auto& input = vector.at("input");
    expect_interval(wilson95(input.at("k"), input.at("n")), vector.at("expected").at("wilson95"),
                    vector.at("id"));
  }
}

TEST(Proportion, TheIntervalIsExactWhereNothingOrEverythingWasHit) {
  int extremes = 0;
  for (const auto& vector :
       test::load_vectors(test::vector_folder() / "stats" / "binomial_ci.json")) {
    const std::uint64_t k = vector.at("input").at("k"), n = vector.at("input").at("n");
    const bool extreme = k == 0 || k == n;
    extremes += extreme ? 1 : 0;
    expect_interval(proportion_interval95(k, n),
                    vector.at("expected").at(extreme ? "clopper_pearson95" : "wilson95"),
                    vector.at("id"));
  }
  EXPECT_GT(extremes, 0);
}

// The two extremes mirror one another (Clopper and Pearson 1934).
TEST(Proportion, EverythingHitIsTheMirrorOfNothingHit) {
  for (const std::uint64_t n : {1U, 10U, 1'000'000U}) {
    const auto none = proportion_interval95(0, n), all = proportion_interval95(n, n);
    EXPECT_EQ(none[0], 0);
    EXPECT_EQ(all[1], 1);
    EXPECT_DOUBLE_EQ(all[0], 1 - none[1]);
  }
}

TEST(Proportion, TheIntervalContainsTheProportionAndStaysWithinZeroAndOne) {
  for (const std::uint64_t n : {1U, 2U, 7U, 1000U}) {
    for (std::uint64_t k = 0; k <= n; ++k) {
      const auto [low, high] = proportion_interval95(k, n);
      const double p = static_cast<double>(k) / static_cast<double>(n);
      ASSERT_TRUE(0 <= low && low <= p && p <= high && high <= 1) << k << " of " << n;
    }
  }
}

}  // namespace
}  // namespace sockmark::report
