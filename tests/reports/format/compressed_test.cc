#include "reports/format/compressed.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/reports/format/unpacked.h"

namespace sockmark::report {
namespace {

TEST(GzipBase64, IsReadBackByWhatReadsGzip) {
  std::string text;
  std::mt19937 random(1);
  for (const std::size_t size : {1U, 2U, 3U, 100U, 70'000U}) {
    while (text.size() < size) text += static_cast<char>(random() % 256);
    EXPECT_EQ(unpacked(gzip_base64(text)), text);
  }
}

TEST(GzipBase64, OfTheSameTextIsTheSame) {
  EXPECT_EQ(gzip_base64("sockmark"), gzip_base64("sockmark"));
  EXPECT_EQ(unpacked(gzip_base64("")), "");
  EXPECT_FALSE(gzip_base64("").empty());
}

TEST(GzipBase64, OfWhatRepeatsIsShort) {
  EXPECT_LT(gzip_base64(std::string(100'000, 'x')).size(), 1000U);
}

}  // namespace
}  // namespace sockmark::report
