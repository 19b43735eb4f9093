#include "tests/measure/vectors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

namespace sockmark::test {

std::filesystem::path vector_folder() {
  return std::filesystem::path(SOCKMARK_SOURCE_DIR) / "tests" / "vectors";
}

nlohmann::json vectors_in(std::string_view text, const std::filesystem::path& file) {
  nlohmann::json vectors = nlohmann::json::parse(text).at("vectors");
  EXPECT_FALSE(vectors.empty()) << file;
  return vectors;
}

nlohmann::json load_vectors(const std::filesystem::path& file) {
  std::ifstream in(file);
  EXPECT_TRUE(in) << file;
  const std::string text(std::istreambuf_iterator<char>(in), {});
  return vectors_in(text, file);
}

void expect_near(std::optional<double> actual, const nlohmann::json& expected,
                 std::string_view what) {
  ASSERT_EQ(actual.has_value(), !expected.is_null()) << what;
  if (!actual) return;
  const double wanted = expected.get<double>();
  EXPECT_NEAR(*actual, wanted, 1e-9 * std::max(1.0, std::abs(wanted))) << what;
}

std::vector<std::byte> base64_decoded(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<std::byte> out;
  std::uint32_t bits = 0;
  int available = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<std::uint32_t>(kAlphabet.find(c));
    available += 6;
    if (available >= 8) {
      available -= 8;
      out.push_back(static_cast<std::byte>(bits >> available));
    }
  }
  return out;
}
}  // namespace sockmark::test
