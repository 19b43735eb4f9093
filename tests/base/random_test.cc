#include "base/random.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/measure/vectors.h"

namespace sockmark {
namespace {

struct Seeded {
  std::uint64_t seed;
  nlohmann::json expected;
};

std::vector<Seeded> seeded_vectors() {
  std::vector<Seeded> result;
  for (const auto& vector : test::load_vectors(test::vector_folder() / "stats" / "arrivals.json")) {
    result.push_back(
        {std::stoull(vector.at("input").at("seed").get<std::string>()), vector.at("expected")});
  }
  return result;
}

TEST(Random, GivesTheNumbersOfThePublishedGenerator) {
  for (const auto& [seed, expected] : seeded_vectors()) {
    Random random(seed);
    for (const auto& number : expected.at("xoshiro_first8")) {
      EXPECT_EQ(random.next(), std::stoull(number.get<std::string>())) << "seed " << seed;
    }
  }
}

TEST(Random, UnitNumbersAreTheUpperFiftyThreeBitsInTheHalfOpenInterval) {
  for (const auto& [seed, expected] : seeded_vectors()) {
    Random random(seed);
    for (const auto& number : expected.at("u01_open_low_first8")) {
      EXPECT_EQ(random.unit(), number.get<double>()) << "seed " << seed;
    }
  }
}

TEST(Random, BoundedNumbersFollowLemiresMethod) {
  for (const auto& [seed, expected] : seeded_vectors()) {
    Random random(seed);
    for (const auto& pair : expected.at("below")) {
      EXPECT_EQ(random.below(pair.at(0).get<std::uint64_t>()), pair.at(1).get<std::uint64_t>())
          << "seed " << seed << ", below " << pair.at(0);
    }
  }
}

TEST(Random, BoundedNumbersReachEveryValueAndNoOther) {
  Random random(1);
  EXPECT_EQ(random.below(1), 0U);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(random.below(5));
  EXPECT_EQ(seen, (std::set<std::uint64_t>{0, 1, 2, 3, 4}));
}

}  // namespace
}  // namespace sockmark
