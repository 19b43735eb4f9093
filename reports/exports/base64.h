// Base64 in the standard alphabet, padded (RFC 4648 section 4): how histograms travel in text.

#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace sockmark::report {

[[nodiscard]] std::string base64(std::span<const std::byte> bytes);

}  // namespace sockmark::report
