// Base64 in the standard alphabet, padded (RFC 4648 section 4): how histograms travel in text.

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sockmark::report {

[[nodiscard]] std::string base64(std::span<const std::byte> bytes);

// The way back. Nothing where the text is not the one encoding of some bytes: other characters,
// spaces among them, or padding that is absent.
[[nodiscard]] std::optional<std::vector<std::byte>> from_base64(std::string_view text);

}  // namespace sockmark::report
