// .hgrm and .hlog against the text of the reference implementation (tests/vectors/hdr).

#include <gtest/gtest.h>
#include <zlib.h>

#include <sstream>
#include <string>
#include <vector>

#include "reports/exports/hdr/half_up.h"
#include "reports/exports/hdr/hgrm.h"
#include "reports/exports/hdr/hlog.h"
#include "reports/format/base64.h"
#include "tests/measure/vectors.h"

namespace sockmark::report {
namespace {

using Json = nlohmann::json;

// The vectors that need no correction for coordinated omission, which Histogram lacks.
Json vectors() {
  Json plain = Json::array();
  for (const Json& vector : test::load_vectors(test::vector_folder() / "hdr" / "hdr.json")) {
    if (vector.at("input").at("expected_interval") == 0) plain.push_back(vector);
  }
  EXPECT_FALSE(plain.empty());
  return plain;
}

Histogram recorded(const Json& input) {
  Histogram histogram({.lowest = input.at("lowest_discernible"),
                       .highest = input.at("highest_trackable"),
                       .significant_digits = input.at("significant_digits")});
  for (std::size_t i = 0; i < input.at("values").size(); ++i) {
    histogram.record(input.at("values")[i].get<std::int64_t>(),
                     input.at("counts")[i].get<std::uint64_t>());
  }
  return histogram;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Deflate's output depends on the library: what is inside is compared.
std::vector<std::byte> inflated(const std::string& text) {
  const std::vector<std::byte> bytes = test::base64_decoded(text);
  std::vector<std::byte> out(1 << 20);
  uLongf size = out.size();
  EXPECT_GT(bytes.size(), 8);
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(out.data()), &size,
                       reinterpret_cast<const Bytef*>(bytes.data() + 8),
                       static_cast<uLong>(bytes.size() - 8)),
            Z_OK);
  out.resize(size);
  return out;
}

TEST(Base64, IsThatOfRfc4648) {
  const auto encoded = [](std::string_view text) {
    return base64(std::as_bytes(std::span(text.data(), text.size())));
  };
  EXPECT_EQ(encoded(""), "");
  EXPECT_EQ(encoded("f"), "Zg==");
  EXPECT_EQ(encoded("fo"), "Zm8=");
  EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
  EXPECT_EQ(encoded("\xfb\xff"), "+/8=");
}

// 0.5005 and 0.9997802734375 are no doubles: the nearest ones lie below.
TEST(Base64, ComesBack) {
  std::vector<std::byte> bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(from_base64(base64(bytes)), bytes) << i;
    bytes.push_back(static_cast<std::byte>(i * 7));
  }
}

TEST(Base64, OnlyTheOneEncodingIsRead) {
  EXPECT_EQ(from_base64("Zg=="), std::vector{std::byte{'f'}});
  for (const char* wrong :
       {"Z", "Zg", "Zg=", "Zg===", "Zg==Zg==", "Zh==", " Zg==", "Zg==\n", "Z_==", "===="}) {
    EXPECT_EQ(from_base64(wrong), std::nullopt) << wrong;
  }
}

TEST(HalfUp, RoundsTheDecimalThatNamesTheDouble) {
  EXPECT_EQ(half_up(0.5005, 3), "0.501");
  EXPECT_EQ(half_up(0.9997802734375, 12), "0.999780273438");
  EXPECT_EQ(half_up(0.50049999, 3), "0.500");
  EXPECT_EQ(half_up(0.125, 2), "0.13");
}

TEST(HalfUp, CarriesAndPads) {
  EXPECT_EQ(half_up(0, 3), "0.000");
  EXPECT_EQ(half_up(7, 2), "7.00");
  EXPECT_EQ(half_up(1.5, 3), "1.500");
  EXPECT_EQ(half_up(9.996, 2), "10.00");
  EXPECT_EQ(half_up(99.95, 1), "100.0");
  EXPECT_EQ(half_up(1e300, 1).size(), 303);
  EXPECT_EQ(half_up(5e-324, 3), "0.000");
}

// The text with every value above the exact maximum replaced by it: the reference implementation
// prints the high end of a counter.
std::string at_most_max(std::string text, const Histogram& histogram) {
  const auto printed = [&](std::int64_t value) {
    return half_up(static_cast<double>(value) / 1000, histogram.parameters().significant_digits);
  };
  const std::string above = printed(histogram.equivalent().max), max = printed(*histogram.max());
  for (std::size_t at = 0; (at = text.find(' ' + above, at)) != std::string::npos; ++at)
    text.replace(at, above.size() + 1, std::string(above.size() + 1 - max.size(), ' ') + max);
  return text;
}

TEST(Hgrm, IsTheReferenceImplementationsTextUpToTheExactMaximum) {
  int compared = 0;
  for (const Json& vector : vectors()) {
    const Histogram histogram = recorded(vector.at("input"));
    if (!vector.at("expected").contains("hgrm_ticks5_div1000") || !histogram.max()) continue;
    EXPECT_EQ(
        to_hgrm(histogram),
        at_most_max(vector.at("expected").at("hgrm_ticks5_div1000").get<std::string>(), histogram))
        << vector.at("id");
    ++compared;
  }
  EXPECT_GT(compared, 5);
}

TEST(Hgrm, EndsWhereTheOverflowBegins) {
  Histogram histogram({.lowest = 1, .highest = 100'000'000'000, .significant_digits = 3});
  histogram.record(1'000'000, 90);
  histogram.record(200'000'000'000, 10);
  const auto lines = lines_of(to_hgrm(histogram));
  ASSERT_GT(lines.size(), 6U);
  EXPECT_EQ(lines[lines.size() - 5], "    1000.447 0.900000000000         90          10.00");
  EXPECT_EQ(lines[lines.size() - 3], "#[Max     =     overflow, Total count    =          100]");
  EXPECT_EQ(lines.back(), "#[Overflow = 10 of 100 values; percentiles above 90 % are unknown]");
}

TEST(Hlog, AHistogramWithOverflowHasACommentBeforeIt) {
  Histogram histogram({.lowest = 1, .highest = 1000, .significant_digits = 3});
  histogram.record(1, 9);
  histogram.record(5000);
  const std::vector<HlogInterval> intervals = {{.tag = {}, .histogram = &histogram}};
  const auto lines = lines_of(to_hlog(intervals));
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[2],
            "#[Overflow: 1 of 10 values are above the range of the next histogram; its percentiles "
            "are too low]");
}

TEST(Hgrm, AnEmptyHistogramHasNoLines) {
  EXPECT_EQ(to_hgrm(Histogram()),
            "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
            "#[Mean    =        0.000, StdDeviation   =        0.000]\n"
            "#[Max     =        0.000, Total count    =            0]\n"
            "#[Buckets =           32, SubBuckets     =         2048]\n");
}

TEST(Hgrm, TicksAndUnitAreTheCallers) {
  Histogram histogram;
  for (int value = 1; value <= 4; ++value) histogram.record(value);
  EXPECT_EQ(lines_of(to_hgrm(histogram, {.ticks_per_half_distance = 1, .divide_by = 1}))[3],
            "       2.000 0.500000000000          2           2.00");
}

// So many that 100.0 % in a double is reached before the last value is: the ticks that halve the
// distance to it must end all the same.
TEST(Hgrm, EndsWhenNearlyAllValuesAreEqual) {
  Histogram histogram;
  histogram.record(1, std::uint64_t{1} << 60);
  histogram.record(1000);
  const auto lines = lines_of(to_hgrm(histogram));
  EXPECT_LT(lines.size(), 1000);
  EXPECT_EQ(lines[lines.size() - 4], "       1.000 1.000000000000 1152921504606846977");
}

// The vector has two intervals of each histogram, the second with a tag.
TEST(Hlog, DataLinesAreTheReferenceImplementations) {
  for (const Json& vector : vectors()) {
    SCOPED_TRACE(vector.at("id").get<std::string>());
    const Histogram histogram = recorded(vector.at("input"));
    using std::chrono::milliseconds;
    const std::vector<HlogInterval> intervals = {{.tag = {},
                                                  .start = milliseconds(127),
                                                  .length = milliseconds(880),
                                                  .histogram = &histogram},
                                                 {.tag = "rtt",
                                                  .start = milliseconds(1007),
                                                  .length = milliseconds(993),
                                                  .histogram = &histogram}};
    auto actual = lines_of(to_hlog(intervals, {.comment = "Logged by oracle",
                                               .start = std::chrono::sys_time<milliseconds>(
                                                   milliseconds(1'700'000'000'000))}));
    const auto expected = lines_of(vector.at("expected").at("hlog").get<std::string>());
    std::erase_if(actual, [](const auto& line) { return line.starts_with("#[Overflow"); });
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
      const auto blob = actual[i].rfind(",HIST");
      if (blob != std::string::npos) {
        EXPECT_EQ(actual[i].substr(0, blob), expected[i].substr(0, blob));
        EXPECT_EQ(inflated(actual[i].substr(blob + 1)), inflated(expected[i].substr(blob + 1)));
      } else if (actual[i].starts_with("#[StartTime")) {
        EXPECT_EQ(actual[i],
                  "#[StartTime: 1700000000.000 (seconds since epoch), 2023-11-14T22:13:20Z]");
      } else {
        EXPECT_EQ(actual[i], expected[i]);
      }
    }
  }
}

TEST(Hlog, WithoutCommentAndStartHasNeither) {
  EXPECT_EQ(to_hlog({}),
            "#[Histogram log format version 1.3]\n"
            "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
            "\"Interval_Compressed_Histogram\"\n");
}

}  // namespace
}  // namespace sockmark::report
