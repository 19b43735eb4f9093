// Reading the published vectors in tests/vectors (its README.md says what they hold).

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sockmark::test {

std::filesystem::path vector_folder();

// The vectors of one file; a test that gets none from it fails.
nlohmann::json vectors_in(std::string_view text, const std::filesystem::path& file);

nlohmann::json load_vectors(const std::filesystem::path& file);

// null is an absent value.
template <class T>
std::optional<T> optional_of(const nlohmann::json& value) {
  if (value.is_null()) return std::nullopt;
  return value.get<T>();
}

// Both absent, or within the relative tolerance that the vectors state.
void expect_near(std::optional<double> actual, const nlohmann::json& expected,
                 std::string_view what);

std::vector<std::byte> base64_decoded(std::string_view text);

}  // namespace sockmark::test
