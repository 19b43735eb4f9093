// Histograms of values over the whole range, overflow included, against sorted vectors, and merged.

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "base/random.h"
#include "measure/histogram.h"
#include "tests/measure/same_histogram.h"

namespace sockmark {
namespace {

HistogramParameters random_parameters(Random& random) {
  HistogramParameters parameters{.lowest = std::int64_t{1} << random.below(20),
                                 .highest = 0,
                                 .significant_digits = 1 + static_cast<int>(random.below(4))};
  parameters.highest =
      parameters.lowest * 2 + static_cast<std::int64_t>(random.below(1'000'000'000));
  return parameters;
}

// As likely of any magnitude, up to the largest integer.
std::int64_t random_value(Random& random) {
  return static_cast<std::int64_t>(random.next() >> (1 + random.below(63)));
}

TEST(HistogramProperty, PartsMergedInAnyOrderEqualRecordingAll) {
  std::uint64_t overflowed = 0;
  for (std::uint64_t seed = 1; seed <= 30 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const HistogramParameters parameters = random_parameters(random);
    Histogram all(parameters);
    std::vector<Histogram> parts(1 + random.below(6), Histogram(parameters));
    for (std::uint64_t left = random.below(3000); left > 0; --left) {
      const std::int64_t value = random_value(random);
      const std::uint64_t count = random.below(4);
      all.record(value, count);
      parts[random.below(parts.size())].record(value, count);
    }
    while (parts.size() > 1) {
      const std::size_t into = random.below(parts.size() - 1);
      parts[into].add(parts.back());
      parts.pop_back();
    }
    expect_same(parts[0], all);
    overflowed += all.overflow();
  }
  EXPECT_GT(overflowed, 1000U);
}

TEST(HistogramProperty, FiguresAreThoseOfTheSortedValuesWithOverflowAtTheUpperEnd) {
  for (std::uint64_t seed = 1; seed <= 30 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    Histogram histogram(random_parameters(random));
    std::vector<std::int64_t> values(1 + random.below(2000));
    for (auto& value : values) histogram.record(value = random_value(random));
    std::ranges::sort(values);

    // Whatever the parameters, a value beyond `highest` of one counter's width overflows or not;
    // which ones do is what the histogram counts, and they are the largest.
    const std::size_t kept = values.size() - histogram.overflow();
    EXPECT_EQ(histogram.count(), values.size());
    EXPECT_EQ(histogram.min(), values.front());
    EXPECT_EQ(histogram.max(), kept == values.size() ? std::optional(values.back()) : std::nullopt);
    const auto tracked = std::ranges::upper_bound(values, histogram.parameters().highest);
    EXPECT_GE(kept, static_cast<std::size_t>(tracked - values.begin()));

    const std::uint64_t beyond = random.below(50);
    for (int n = 0; n < 200; ++n) {
      const Ppm ppm = 1 + static_cast<Ppm>(random.below(kP100));
      const std::uint64_t rank = percentile_rank(values.size() + beyond, ppm);
      const auto wanted = rank <= kept
                              ? std::optional(std::min(
                                    histogram.highest_equivalent(values[rank - 1]), values.back()))
                              : std::nullopt;
      ASSERT_EQ(histogram.percentile(ppm, beyond), wanted) << ppm;
    }

    std::vector<std::int64_t> counted;
    histogram.for_each_counter([&](std::int64_t value, std::uint64_t count) {
      counted.insert(counted.end(), count, value);
    });
    values.resize(kept);
    for (auto& value : values) value = histogram.lowest_equivalent(value);
    EXPECT_EQ(counted, values);
  }
}

}  // namespace
}  // namespace sockmark
