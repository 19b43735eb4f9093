// Adjusted p-values against tests/vectors/stats/p_adjust.json (R's p.adjust), and by hand.

#include "stats/p_adjust.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/measure/vectors.h"

namespace sockmark::report {
namespace {

using Values = std::vector<double>;

void expect_all_near(const Values& actual, const nlohmann::json& expected, const char* what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double wanted = expected[i];
    EXPECT_NEAR(actual[i], wanted, 1e-12 * wanted) << what << ", value " << i;
  }
}

TEST(AdjustedP, AgreesWithThePublishedVectors) {
  for (const auto& vector : test::load_vectors(test::vector_folder() / "stats" / "p_adjust.json")) {
    SCOPED_TRACE(vector.at("id").get<std::string>());
    const auto p = vector.at("input").at("p").get<Values>();
    expect_all_near(holm(p), vector.at("expected").at("holm"), "holm");
    expect_all_near(benjamini_hochberg(p), vector.at("expected").at("bh"), "bh");
  }
}

// Of four: 0.01 * 4, 0.02 * 3; 0.5 * 2 and 0.6 * 1 is less than the one before it.
TEST(AdjustedP, HolmIsInTheOrderGivenAndNeverFallsWithTheRawValue) {
  EXPECT_EQ(holm(Values{0.5, 0.01, 0.6, 0.02}), (Values{1, 0.04, 1, 0.06}));
}

// Of four: 0.6 * 4/4 and 0.5 * 4/3, which is more than the one after it; 0.02 * 4/2, 0.01 * 4/1,
// which are equal.
TEST(AdjustedP, BenjaminiHochbergIsInTheOrderGivenAndNeverFallsWithTheRawValue) {
  EXPECT_EQ(benjamini_hochberg(Values{0.5, 0.01, 0.6, 0.02}), (Values{0.6, 0.04, 0.6, 0.04}));
}

TEST(AdjustedP, EqualValuesStayEqual) {
  EXPECT_EQ(holm(Values{0.02, 0.02, 0.02}), (Values{0.06, 0.06, 0.06}));
  EXPECT_EQ(benjamini_hochberg(Values{0.02, 0.02, 0.02}), (Values{0.02, 0.02, 0.02}));
}

TEST(AdjustedP, NoTestsHaveNoValues) {
  EXPECT_TRUE(holm({}).empty());
  EXPECT_TRUE(benjamini_hochberg({}).empty());
}

}  // namespace
}  // namespace sockmark::report
