// What the fuzz targets share: an input as text, as bytes and in pieces, and the demand that a
// property holds.
//
// A target is one file with one LLVMFuzzerTestOneInput(). libFuzzer calls it with inputs that it
// makes up (scripts/fuzz); in every other build replay.cc calls it with the files of its corpus.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace sockmark::fuzz {

using Bytes = std::span<const std::byte>;

// Not assert(), which a release build leaves out.
inline void require(bool holds, std::string_view property) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(property.size()), property.data());
  std::abort();
}

// An error that quotes the input must not bring its line breaks or escape sequences to a terminal.
inline void require_one_line(std::string_view error) {
  require(!error.empty() && error.size() < 1000, "an error is a line of bounded length");
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  require(std::ranges::none_of(error, control), "an error has no control characters");
}

inline std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Reads choices from the front of an input; what is left is the input proper.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(std::as_bytes(std::span(data, size))) {}

  // 0 when nothing is left.
  std::size_t byte() {
    if (rest_.empty()) return 0;
    const auto value = std::to_integer<std::size_t>(rest_.front());
    rest_ = rest_.subspan(1);
    return value;
  }
  [[nodiscard]] Bytes rest() const { return rest_; }
  [[nodiscard]] std::string_view text() const { return text_of(rest_); }

 private:
  Bytes rest_;
};

// How a stream arrives: a byte says how many sizes follow, then the sizes of the pieces, then the
// stream. The sizes start over when they are used up; without any the stream is one piece.
struct Stream {
  Bytes bytes;
  std::vector<Bytes> pieces;
};

inline Stream stream_of(Input& input) {
  constexpr std::size_t kMostSizes = 16;
  std::vector<std::size_t> sizes(input.byte() % kMostSizes);
  for (std::size_t& size : sizes) size = 1 + input.byte();
  Stream stream{.bytes = input.rest(), .pieces = {}};
  Bytes left = stream.bytes;
  for (std::size_t n = 0; !left.empty(); ++n) {
    const std::size_t wanted = sizes.empty() ? left.size() : sizes[n % sizes.size()];
    const std::size_t size = std::min(wanted, left.size());
    stream.pieces.push_back(left.first(size));
    left = left.subspan(size);
  }
  return stream;
}

}  // namespace sockmark::fuzz
