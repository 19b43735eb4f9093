// The exact interval of a proportion against tests/vectors/stats/binomial_ci.json (R). Those of
// Wilson are in tests/reports/model/proportion_test.cc.

#include <gtest/gtest.h>

#include "stats/proportion.h"
#include "tests/measure/vectors.h"

namespace sockmark::report {
namespace {

TEST(ExactProportion, AgreesWithThePublishedVectors) {
  for (const auto& vector :
       test::load_vectors(test::vector_folder() / "stats" / "binomial_ci.json")) {
    SCOPED_TRACE(vector.at("id").get<std::string>());
    const auto& wanted = vector.at("expected").at("clopper_pearson95");
    const auto interval = clopper_pearson95(vector.at("input").at("k"), vector.at("input").at("n"));
    for (const std::size_t end : {std::size_t{0}, std::size_t{1}}) {
      const double expected = wanted.at(end);
      EXPECT_NEAR(interval[end], expected, 1e-9 * expected) << "end " << end;
    }
  }
}

TEST(ExactProportion, HitsAndMissesMirrorOneAnother) {
  for (const std::uint64_t n : {1U, 7U, 1000U}) {
    for (std::uint64_t k = 0; k <= n; k += 1 + n / 10) {
      const auto hits = clopper_pearson95(k, n), misses = clopper_pearson95(n - k, n);
      EXPECT_NEAR(hits[0], 1 - misses[1], 1e-12) << k << " of " << n;
      EXPECT_NEAR(hits[1], 1 - misses[0], 1e-12) << k << " of " << n;
    }
  }
}

}  // namespace
}  // namespace sockmark::report
