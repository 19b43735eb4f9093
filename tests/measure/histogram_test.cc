#include "measure/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/measure/same_histogram.h"

namespace sockmark {
namespace {

// Latency-like: spans six orders of magnitude.
std::vector<std::int64_t> random_values(std::uint32_t seed, std::size_t n) {
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> shape(10, 2);
  std::vector<std::int64_t> values(n);
  for (auto& value : values) value = static_cast<std::int64_t>(shape(random));
  return values;
}

Histogram histogram_of(const std::vector<std::int64_t>& values) {
  Histogram histogram;
  for (const std::int64_t value : values) histogram.record(value);
  return histogram;
}

TEST(Histogram, PercentilesAgreeWithASortedVectorWithinThePrecision) {
  for (const int digits : {1, 2, 3, 4, 5}) {
    SCOPED_TRACE(digits);
    std::vector<std::int64_t> values = random_values(static_cast<std::uint32_t>(digits), 5000);
    Histogram histogram({.significant_digits = digits});
    for (const std::int64_t value : values) histogram.record(value);
    std::sort(values.begin(), values.end());
    for (Ppm ppm = 1; ppm <= kP100; ppm += 997) {
      const std::int64_t exact = values[percentile_rank(values.size(), ppm) - 1];
      const std::int64_t ours = histogram.percentile(ppm).value();
      ASSERT_EQ(ours, std::min(histogram.highest_equivalent(exact), values.back()));
      ASSERT_LE(static_cast<double>(ours - exact),
                std::pow(10, -digits) * static_cast<double>(exact));
    }
  }
}

TEST(Histogram, ExactFiguresAreExact) {
  const std::vector<std::int64_t> values = random_values(6, 1000);
  const Histogram histogram = histogram_of(values);
  std::int64_t sum = 0;
  for (const std::int64_t value : values) sum += value;
  EXPECT_EQ(histogram.count(), values.size());
  EXPECT_EQ(histogram.min(), *std::min_element(values.begin(), values.end()));
  EXPECT_EQ(histogram.max(), *std::max_element(values.begin(), values.end()));
  EXPECT_TRUE(histogram.sum() == static_cast<Uint128>(sum));
  EXPECT_DOUBLE_EQ(histogram.mean().value(), static_cast<double>(sum) / 1000);
}

TEST(Histogram, MergeEqualsRecordingAll) {
  const auto some = random_values(1, 3000), others = random_values(2, 500);
  Histogram merged = histogram_of(some);
  merged.add(histogram_of(others));
  std::vector<std::int64_t> all = some;
  all.insert(all.end(), others.begin(), others.end());
  expect_same(merged, histogram_of(all));
}

TEST(Histogram, MergingAnEmptyOneChangesNothing) {
  Histogram merged = histogram_of(random_values(3, 100));
  const Histogram before = merged;
  merged.add(Histogram());
  expect_same(merged, before);
}

TEST(Histogram, BatchRecordEqualsSingles) {
  Histogram batched, single;
  std::mt19937_64 random(4);
  for (const std::int64_t value : random_values(5, 200)) {
    const std::uint64_t n = random() % 5;
    batched.record(value, n);
    for (std::uint64_t i = 0; i < n; ++i) single.record(value);
  }
  expect_same(batched, single);
}

TEST(Histogram, EmptyHasNoFigures) {
  const Histogram histogram;
  EXPECT_EQ(histogram.min(), std::nullopt);
  EXPECT_EQ(histogram.max(), std::nullopt);
  EXPECT_EQ(histogram.mean(), std::nullopt);
  EXPECT_EQ(histogram.percentile(0), std::nullopt);
  EXPECT_EQ(histogram.percentile(kP50), std::nullopt);
}

TEST(Histogram, ResetIsAsConstructed) {
  Histogram histogram = histogram_of(random_values(7, 100));
  histogram.record(std::numeric_limits<std::int64_t>::max());
  histogram.reset();
  expect_same(histogram, Histogram());
}

TEST(Histogram, ValueBeyondTheLastCounterIsCountedAndHidesTheUpperEnd) {
  Histogram histogram({.lowest = 1, .highest = 1'000'000, .significant_digits = 3});
  histogram.record(10, 98);
  histogram.record(1'000'000);
  histogram.record(1'000'000'000);
  EXPECT_EQ(histogram.count(), 100);
  EXPECT_EQ(histogram.overflow(), 1);
  EXPECT_EQ(histogram.max(), std::nullopt);
  EXPECT_EQ(histogram.percentile(kP50), 10);
  EXPECT_EQ(histogram.percentile(kP99), histogram.highest_equivalent(1'000'000));
  EXPECT_EQ(histogram.percentile(kP100), std::nullopt);
  EXPECT_TRUE(histogram.sum() == 980 + 1'000'000 + 1'000'000'000);
}

TEST(Histogram, LargestIntegerOverflowsInsteadOfWrapping) {
  Histogram histogram;
  histogram.record(std::numeric_limits<std::int64_t>::max(), 3);
  EXPECT_EQ(histogram.overflow(), 3);
  EXPECT_EQ(histogram.min(), std::numeric_limits<std::int64_t>::max());
}

TEST(Histogram, WidestRangeHoldsTheLargestInteger) {
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  Histogram histogram({.lowest = 1, .highest = kLargest, .significant_digits = 3});
  histogram.record(kLargest);
  EXPECT_EQ(histogram.overflow(), 0);
  EXPECT_EQ(histogram.percentile(kP100), kLargest);
}

TEST(Histogram, LostMessagesRankAboveEverything) {
  Histogram histogram;
  histogram.record(5, 998);
  EXPECT_EQ(histogram.percentile(kP99, 2), 5);
  EXPECT_EQ(histogram.percentile(kP99_9, 2), std::nullopt);
  EXPECT_EQ(histogram.percentile(kP99_9), 5);
  EXPECT_EQ(Histogram().percentile(kP50, 2), std::nullopt);
}

TEST(Histogram, CountersReachTheLargestThatCanBeEncoded) {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
  Histogram histogram;
  histogram.record(7, (std::uint64_t{1} << 32) - 1);
  histogram.record(7, 2);
  EXPECT_EQ(histogram.count(), (std::uint64_t{1} << 32) + 1);
  histogram.reset();
  histogram.record(7, kLargest);
  histogram.record(9);
  EXPECT_EQ(histogram.count(), kLargest + 1);
  EXPECT_EQ(histogram.percentile(kP50), 7);
  EXPECT_EQ(histogram.value_at_rank(kLargest), 7);
  EXPECT_EQ(histogram.value_at_rank(kLargest + 1), 9);
  EXPECT_TRUE(histogram.sum() == Uint128{kLargest} * 7 + 9);
  // Seven zeros as -7; 2^63 - 1, whose ZigZag form is 2^64 - 2, in nine bytes, the last of them
  // full; a lone zero; one.
  const std::vector<std::byte> encoded = histogram.encode_v2();
  std::string payload;
  for (std::size_t i = 40; i < encoded.size(); ++i) payload += static_cast<char>(encoded[i]);
  EXPECT_EQ(payload, std::string("\x0d\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x00\x02", 12));
}

TEST(PercentileRank, IsTheCeilingInIntegers) {
  EXPECT_EQ(percentile_rank(3, 666'667), 3);  // 2.000001
  EXPECT_EQ(percentile_rank(1000, kP99_9), 999);
  EXPECT_EQ(percentile_rank(4, 0), 1);
  EXPECT_EQ(percentile_rank(std::numeric_limits<std::uint64_t>::max(), kP100),
            std::numeric_limits<std::uint64_t>::max());
}

}  // namespace
}  // namespace sockmark
