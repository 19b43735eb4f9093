// Histogram against the figures and bytes of the reference implementation (tests/vectors/hdr).

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "measure/histogram.h"
#include "tests/measure/vectors.h"

namespace sockmark {
namespace {

using Json = nlohmann::json;
using test::base64_decoded;
using test::load_vectors;

Histogram recorded(const Json& input) {
  Histogram histogram({.lowest = input.at("lowest_discernible"),
                       .highest = input.at("highest_trackable"),
                       .significant_digits = input.at("significant_digits")});
  const std::int64_t interval = input.at("expected_interval");
  const auto values = input.at("values").get<std::vector<std::int64_t>>();
  const auto counts = input.at("counts").get<std::vector<std::uint64_t>>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    histogram.record(values[i], counts[i]);
    if (interval == 0) continue;
    // The library's correction for coordinated omission, which Histogram deliberately lacks.
    for (std::int64_t phantom = values[i] - interval; phantom >= interval; phantom -= interval) {
      histogram.record(phantom, counts[i]);
    }
  }
  return histogram;
}

std::vector<std::byte> inflated(std::span<const std::byte> compressed) {
  constexpr std::size_t kHeader = 8;
  std::vector<std::byte> out(1 << 20);
  uLongf size = out.size();
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(out.data()), &size,
                       reinterpret_cast<const Bytef*>(compressed.data() + kHeader),
                       static_cast<uLong>(compressed.size() - kHeader)),
            Z_OK);
  out.resize(size);
  return out;
}

const Json& hdr_vectors() {
  static const Json vectors = load_vectors(test::vector_folder() / "hdr" / "hdr.json");
  return vectors;
}

// The parameter is an index: a whole vector would end up in the test's name.
class HistogramVectors : public ::testing::TestWithParam<std::size_t> {
 protected:
  const Json& expected() const { return hdr_vectors()[GetParam()].at("expected"); }
  const Histogram histogram_ = recorded(hdr_vectors()[GetParam()].at("input"));
};

TEST_P(HistogramVectors, CountsEveryValueOnceAndKeepsTheLibrarysStatistics) {
  EXPECT_EQ(histogram_.overflow(), expected().at("overflow"));
  EXPECT_EQ(histogram_.count() - histogram_.overflow(), expected().at("total_count"));
  const Histogram::Equivalent equivalent = histogram_.equivalent();
  EXPECT_EQ(equivalent.min, expected().at("min"));
  EXPECT_EQ(equivalent.max, expected().at("max"));
  test::expect_near(equivalent.mean, expected().at("mean"), "mean");
  test::expect_near(equivalent.standard_deviation, expected().at("stddev"), "stddev");
}

TEST_P(HistogramVectors, PercentilesFollowTheCeilingRule) {
  for (const Json& pair : expected().at("percentiles")) {
    const auto ppm = static_cast<Ppm>(std::llround(pair[0].get<double>() * 10'000));
    SCOPED_TRACE(ppm);
    if (histogram_.empty()) {
      EXPECT_EQ(histogram_.percentile(ppm), std::nullopt);
    } else if (histogram_.overflow() == 0) {
      // The library knows the counters only, and not the extremes.
      const auto wanted = pair[1].get<std::int64_t>();
      EXPECT_EQ(histogram_.percentile(ppm),
                std::clamp(wanted, *histogram_.min(), *histogram_.max()));
    } else if (ppm > 0) {
      // The library has thrown the overflowed values away.
      const std::uint64_t rank = percentile_rank(histogram_.count() - histogram_.overflow(), ppm);
      EXPECT_EQ(histogram_.value_at_rank(rank), pair[1].get<std::int64_t>());
    }
  }
}

TEST_P(HistogramVectors, CountersHoldTheSameValues) {
  Json counters = Json::array();
  histogram_.for_each_counter([&](std::int64_t value, std::uint64_t count) {
    counters.push_back({histogram_.highest_equivalent(value), count});
  });
  EXPECT_EQ(counters, expected().at("recorded"));
  for (const Json& probe : expected().at("equivalence")) {
    const std::int64_t value = probe.at("value");
    SCOPED_TRACE(value);
    EXPECT_EQ(histogram_.lowest_equivalent(value), probe.at("lowest_equivalent"));
    EXPECT_EQ(histogram_.highest_equivalent(value), probe.at("highest_equivalent"));
    EXPECT_EQ(histogram_.median_equivalent(value), probe.at("median_equivalent"));
    EXPECT_EQ(histogram_.equivalent_range(value), probe.at("size_of_range"));
  }
}

TEST_P(HistogramVectors, EncodingIsIdenticalByteForByte) {
  const std::vector<std::byte> plain =
      base64_decoded(expected().at("v2_uncompressed_base64").get<std::string>());
  EXPECT_EQ(histogram_.encode_v2(), plain);
  // Deflate output depends on the library, so both streams are compared inflated.
  const std::vector<std::byte> compressed =
      base64_decoded(expected().at("v2_compressed_base64").get<std::string>());
  EXPECT_EQ(inflated(compressed), plain);
  const std::vector<std::byte> ours = histogram_.encode_v2_compressed();
  EXPECT_EQ(inflated(ours), plain);
  EXPECT_TRUE(std::equal(ours.begin(), ours.begin() + 4, compressed.begin())) << "cookie";
}

INSTANTIATE_TEST_SUITE_P(Hdr, HistogramVectors,
                         ::testing::Range<std::size_t>(0, hdr_vectors().size()),
                         [](const auto& param) {
                           return hdr_vectors()[param.param].at("id").template get<std::string>();
                         });

}  // namespace
}  // namespace sockmark
