#include "measure/histogram_decode.h"

#include <zlib.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace sockmark {
namespace {

// The layout of org.HdrHistogram.EncodableHistogram's version 2, as histogram.cc writes it.
constexpr std::uint32_t kV2 = 0x1c849313, kV2Compressed = 0x1c849314;
constexpr std::size_t kHeaderBytes = 40;
// At least the counters of the default parameters, each with the nine bytes of the longest number.
constexpr std::size_t kPlainBytesMax = kHeaderBytes + 9 * 33'792;

// Reads from the front of the bytes. Must: the caller has checked left().
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  [[nodiscard]] std::size_t left() const { return bytes_.size(); }
  [[nodiscard]] std::span<const std::byte> rest() const { return bytes_; }

  template <class Unsigned>
  Unsigned big_endian() {
    Unsigned value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i)
      value = static_cast<Unsigned>(value << 8) | static_cast<Unsigned>(byte());
    return value;
  }

  // Seven bits a byte, lowest first; the ninth byte has eight. None if the bytes end too early.
  std::optional<std::int64_t> zigzag_leb128() {
    std::uint64_t bits = 0;
    for (unsigned shift = 0; left() > 0; shift += 7) {
      const std::uint64_t next = byte();
      const bool last = shift == 56 || next < 0x80;
      bits |= (shift == 56 ? next : next & 0x7F) << shift;
      if (last) return static_cast<std::int64_t>(bits >> 1) ^ -static_cast<std::int64_t>(bits & 1);
    }
    return std::nullopt;
  }

 private:
  std::uint8_t byte() {
    const auto value = static_cast<std::uint8_t>(bytes_.front());
    bytes_ = bytes_.subspan(1);
    return value;
  }

  std::span<const std::byte> bytes_;
};

Result<std::vector<std::byte>> inflated(std::span<const std::byte> stream) {
  std::vector<std::byte> plain(kPlainBytesMax);
  uLongf size = plain.size();
  const int status =
      uncompress(reinterpret_cast<Bytef*>(plain.data()), &size,
                 reinterpret_cast<const Bytef*>(stream.data()), static_cast<uLong>(stream.size()));
  if (status == Z_BUF_ERROR && size == plain.size())
    return Error{"longer than the longest histogram"};
  if (status != Z_OK) return Error{"not a zlib stream"};
  plain.resize(size);
  return plain;
}

// The lowest value of a counter, with the default parameters: 2048 of width 1, then 1024 for each
// power of two.
std::int64_t value_of_counter(std::size_t index) {
  const std::size_t row = index >> 10;
  if (row == 0) return static_cast<std::int64_t>(index);
  return static_cast<std::int64_t>(((index & 1023) + 1024) << (row - 1));
}

// The counters, ascending; a negative number -n stands for n zeros.
Result<> read_counters(ByteReader& in, Histogram& histogram) {
  constexpr std::size_t kCountersMax = 33'792;
  std::size_t index = 0;
  std::uint64_t total = 0;
  while (in.left() > 0) {
    const auto number = in.zigzag_leb128();
    if (!number) return Error{"ends inside a counter"};
    if (*number < 0) {
      // Written so that the lowest integer does not overflow.
      if (*number < -static_cast<std::int64_t>(kCountersMax - index))
        return Error{"has more counters than its range"};
      index += static_cast<std::size_t>(-*number);
      continue;
    }
    if (index >= kCountersMax) return Error{"has more counters than its range"};
    const auto count = static_cast<std::uint64_t>(*number);
    // Leaves room for the sum over the runs of a case.
    constexpr std::uint64_t kCountMax = std::numeric_limits<std::uint64_t>::max() >> 16;
    if (count > kCountMax - total) return Error{"its counts are too large"};
    total += count;
    histogram.record(value_of_counter(index++), count);
  }
  if (histogram.overflow() != 0) return Error{"has more counters than its range"};
  return {};
}

}  // namespace

Result<Histogram> decode_v2_compressed(std::span<const std::byte> bytes) {
  ByteReader outer(bytes);
  if (outer.left() < 8 || outer.big_endian<std::uint32_t>() != kV2Compressed)
    return Error{"not a compressed HdrHistogram of version 2"};
  if (outer.big_endian<std::uint32_t>() != outer.left())
    return Error{"its length differs from the stated one"};
  const auto plain = TRY(inflated(outer.rest()));

  ByteReader in(plain);
  if (in.left() < kHeaderBytes || in.big_endian<std::uint32_t>() != kV2)
    return Error{"not an HdrHistogram of version 2"};
  const auto payload = in.big_endian<std::uint32_t>();
  const auto index_offset = in.big_endian<std::uint32_t>();
  const auto digits = in.big_endian<std::uint32_t>();
  const auto lowest = in.big_endian<std::uint64_t>();
  const auto highest = in.big_endian<std::uint64_t>();
  const auto ratio = std::bit_cast<double>(in.big_endian<std::uint64_t>());
  if (payload != in.left()) return Error{"its length differs from the stated one"};
  Histogram histogram;
  const HistogramParameters& expected = histogram.parameters();
  if (index_offset != 0 || ratio != 1 ||
      digits != static_cast<std::uint32_t>(expected.significant_digits) ||
      lowest != static_cast<std::uint64_t>(expected.lowest) ||
      highest != static_cast<std::uint64_t>(expected.highest)) {
    return Error{"its parameters differ from those of a report's histograms"};
  }
  TRY(read_counters(in, histogram));
  if (!histogram.empty())
    histogram.restore(*histogram.min(), histogram.highest_equivalent(*histogram.max()), 0);
  return histogram;
}

}  // namespace sockmark
