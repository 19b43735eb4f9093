// The encoding and back, and bytes that are none.

#include "measure/histogram_decode.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace sockmark {
namespace {

std::vector<std::pair<std::int64_t, std::uint64_t>> counters_of(const Histogram& histogram) {
  std::vector<std::pair<std::int64_t, std::uint64_t>> result;
  histogram.for_each_counter(
      [&](std::int64_t value, std::uint64_t count) { result.emplace_back(value, count); });
  return result;
}

Histogram random_histogram(std::mt19937_64& random) {
  Histogram histogram;
  for (auto values = random() % 2'000; values > 0; --values) {
    const std::int64_t value = static_cast<std::int64_t>(random() >> (22 + random() % 42));
    histogram.record(std::min(value, histogram.parameters().highest),
                     1 + (random() >> (30 + random() % 34)));
  }
  return histogram;
}

TEST(HistogramDecode, CountersAndPercentilesComeBack) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    const Histogram histogram = random_histogram(random);
    auto decoded = decode_v2_compressed(histogram.encode_v2_compressed());
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(counters_of(*decoded), counters_of(histogram));
    EXPECT_EQ(decoded->count(), histogram.count());
    EXPECT_EQ(decoded->encode_v2(), histogram.encode_v2());
    if (histogram.empty()) continue;
    EXPECT_EQ(decoded->min(), histogram.lowest_equivalent(*histogram.min()));
    EXPECT_EQ(decoded->max(), histogram.highest_equivalent(*histogram.max()));
    decoded->restore(*histogram.min(), *histogram.max(), 0);
    for (const Ppm ppm : {Ppm{0}, kP50, kP99, kP99_99, kP100})
      EXPECT_EQ(decoded->percentile(ppm), histogram.percentile(ppm));
  }
}

TEST(HistogramDecode, FirstAndLastCounterComeBack) {
  Histogram histogram;
  histogram.record(0);
  histogram.record(histogram.parameters().highest, std::uint64_t{1} << 47);
  const auto decoded = decode_v2_compressed(histogram.encode_v2_compressed());
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(counters_of(*decoded), counters_of(histogram));
}

TEST(HistogramDecode, OtherParametersAreRefused) {
  Histogram histogram({.lowest = 1, .highest = 1'000'000, .significant_digits = 2});
  histogram.record(5);
  const auto decoded = decode_v2_compressed(histogram.encode_v2_compressed());
  ASSERT_FALSE(decoded);
  EXPECT_NE(decoded.error().message.find("parameters"), std::string::npos);
}

TEST(HistogramDecode, CutShortIsRefused) {
  Histogram histogram;
  for (int i = 0; i < 100; ++i) histogram.record(i * i * 1'000);
  const auto bytes = histogram.encode_v2_compressed();
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(decode_v2_compressed(std::span(bytes).first(length))) << length;
}

// Whatever was done to the bytes: an answer, and a histogram only if the zlib stream, whose
// checksum covers what is inside, is whole.
TEST(HistogramDecode, DamagedBytesAreAnsweredAndNotBelieved) {
  std::mt19937_64 random(2);
  const Histogram histogram = random_histogram(random);
  const auto sound = histogram.encode_v2_compressed();
  for (int round = 0; round < 2'000; ++round) {
    auto bytes = sound;
    bytes[random() % bytes.size()] ^= static_cast<std::byte>(1U << (random() % 8));
    const auto decoded = decode_v2_compressed(bytes);
    if (decoded) {
      EXPECT_EQ(counters_of(*decoded), counters_of(histogram));
    }
  }
}

}  // namespace
}  // namespace sockmark
