#include "measure/histogram.h"

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/assert.h"

namespace sockmark {
namespace {

constexpr std::int64_t kNoMin = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kNoMax = -1;

// Cookies of the V2 encoding; 0x10 says that counters are LEB128 with a 9-byte limit.
constexpr std::uint32_t kV2 = 0x1c849303 | 0x10;
constexpr std::uint32_t kV2Compressed = 0x1c849304 | 0x10;

int bits_in(std::uint64_t value) { return 64 - std::countl_zero(value); }

std::uint64_t power_of_ten(int digits) {
  std::uint64_t power = 1;
  for (; digits > 0; --digits) power *= 10;
  return power;
}

template <class Unsigned>
void put_big_endian(std::vector<std::byte>& out, Unsigned value) {
  for (int shift = 8 * (static_cast<int>(sizeof value) - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::byte>(value >> shift));
  }
}

// Seven bits a byte, lowest first, the top bit says that more follow; the ninth byte carries eight.
void put_zigzag_leb128(std::vector<std::byte>& out, std::int64_t value) {
  auto bits = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  for (int length = 1; length < 9 && bits >= 0x80; ++length) {
    out.push_back(static_cast<std::byte>(bits | 0x80));
    bits >>= 7;
  }
  out.push_back(static_cast<std::byte>(bits));
}

}  // namespace

std::uint64_t percentile_rank(std::uint64_t count, Ppm ppm) {
  const Uint128 rank = (Uint128{count} * ppm + 999'999) / 1'000'000;
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(rank));
}

Histogram::Histogram(HistogramParameters parameters)
    : parameters_(parameters), min_(kNoMin), max_(kNoMax) {
  ASSERT(parameters.lowest >= 1);
  ASSERT(parameters.highest / 2 >= parameters.lowest);
  ASSERT(parameters.significant_digits >= 1 && parameters.significant_digits <= 5);
  unit_bits_ = bits_in(static_cast<std::uint64_t>(parameters.lowest)) - 1;
  half_bits_ = bits_in(power_of_ten(parameters.significant_digits) - 1);
  bucket_0_top_ = unit_bits_ + half_bits_;
  ASSERT(bucket_0_top_ <= 61);
  sub_bucket_mask_ = ((std::uint64_t{2} << half_bits_) - 1) << unit_bits_;

  std::size_t buckets = 1;
  std::uint64_t end = std::uint64_t{2} << bucket_0_top_;
  for (; end <= static_cast<std::uint64_t>(parameters.highest); end <<= 1) ++buckets;
  trackable_ = static_cast<std::int64_t>(end - 1);
  counters_.resize((buckets + 1) << half_bits_);
}

void Histogram::add(const Histogram& other) {
  ASSERT(parameters_ == other.parameters_);
  std::transform(counters_.begin(), counters_.end(), other.counters_.begin(), counters_.begin(),
                 std::plus<>());
  count_ += other.count_;
  overflow_ += other.overflow_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

void Histogram::reset() {
  std::fill(counters_.begin(), counters_.end(), 0);
  count_ = overflow_ = 0;
  sum_ = 0;
  min_ = kNoMin;
  max_ = kNoMax;
}

std::optional<std::int64_t> Histogram::min() const {
  if (empty()) return std::nullopt;
  return min_;
}

std::optional<std::int64_t> Histogram::max() const {
  if (empty() || overflow_ > 0) return std::nullopt;
  return max_;
}

std::optional<double> Histogram::mean() const {
  if (empty()) return std::nullopt;
  return static_cast<double>(sum_) / static_cast<double>(count_);
}

std::optional<std::int64_t> Histogram::percentile(Ppm ppm, std::uint64_t beyond) const {
  if (ppm > 0) return value_at_rank(percentile_rank(count_ + beyond, ppm));
  return count_ > overflow_ ? std::optional(min_) : std::nullopt;
}

std::optional<std::int64_t> Histogram::value_at_rank(std::uint64_t rank) const {
  ASSERT(rank >= 1);
  if (rank > count_ - overflow_) return std::nullopt;
  std::size_t index = 0;
  for (std::uint64_t seen = counters_[0]; seen < rank; seen += counters_[index]) ++index;
  return high_end(value_at_index(index));
}

void Histogram::restore(std::int64_t min, std::int64_t max, std::uint64_t overflow,
                        std::optional<Uint128> sum) {
  if (count_ > 0) {
    const std::int64_t first = min_, last = max_;
    min_ = std::clamp(min, lowest_equivalent(first), highest_equivalent(first));
    max_ = std::clamp(max, lowest_equivalent(last), highest_equivalent(last));
  } else if (overflow > 0) {
    min_ = min;
  }
  if (overflow > 0) max_ = std::numeric_limits<std::int64_t>::max();
  count_ += overflow;
  overflow_ += overflow;
  if (sum) sum_ = *sum;
}

std::int64_t Histogram::value_at_index(std::size_t index) const {
  const std::size_t half = std::size_t{1} << half_bits_;
  const std::size_t row = index >> half_bits_;
  if (row == 0) return static_cast<std::int64_t>(index << unit_bits_);
  const std::uint64_t sub_bucket = (index & (half - 1)) + half;
  return static_cast<std::int64_t>(sub_bucket << (row - 1 + static_cast<std::size_t>(unit_bits_)));
}

std::int64_t Histogram::equivalent_range(std::int64_t value) const {
  return std::int64_t{1} << (unit_bits_ + bucket(value));
}

std::int64_t Histogram::lowest_equivalent(std::int64_t value) const {
  const int shift = unit_bits_ + bucket(value);
  return (value >> shift) << shift;
}

std::int64_t Histogram::highest_equivalent(std::int64_t value) const {
  return lowest_equivalent(value) + (equivalent_range(value) - 1);
}

std::int64_t Histogram::median_equivalent(std::int64_t value) const {
  return lowest_equivalent(value) + equivalent_range(value) / 2;
}

Histogram::Equivalent Histogram::equivalent() const {
  Equivalent result;
  const auto counted = static_cast<double>(count_ - overflow_);
  if (counted == 0) return result;
  double total = 0;
  std::int64_t smallest_above_zero = 0;
  for_each_counter([&](std::int64_t value, std::uint64_t count) {
    if (smallest_above_zero == 0) smallest_above_zero = value;
    result.max = value == 0 ? 0 : highest_equivalent(value);
    total += static_cast<double>(median_equivalent(value)) * static_cast<double>(count);
  });
  result.min = counters_[0] > 0 ? 0 : smallest_above_zero;
  result.mean = total / counted;

  double squares = 0;
  for_each_counter([&](std::int64_t value, std::uint64_t count) {
    const double deviation = static_cast<double>(median_equivalent(value)) - result.mean;
    squares += deviation * deviation * static_cast<double>(count);
  });
  result.standard_deviation = std::sqrt(squares / counted);
  return result;
}

std::vector<std::byte> Histogram::encode_v2() const {
  // The payload covers the counters from 0 to the last one in use, and at least counter 0.
  std::size_t length = counters_.size();
  while (length > 1 && counters_[length - 1] == 0) --length;

  std::vector<std::byte> payload;
  for (std::size_t i = 0; i < length;) {
    if (counters_[i] != 0) {
      DEBUG_ASSERT(counters_[i] <= std::uint64_t{std::numeric_limits<std::int64_t>::max()});
      put_zigzag_leb128(payload, static_cast<std::int64_t>(counters_[i++]));
      continue;
    }
    const std::size_t run_begin = i;
    while (i < length && counters_[i] == 0) ++i;
    const auto zeros = static_cast<std::int64_t>(i - run_begin);
    put_zigzag_leb128(payload, zeros == 1 ? 0 : -zeros);
  }

  std::vector<std::byte> out;
  out.reserve(40 + payload.size());
  put_big_endian(out, kV2);
  put_big_endian(out, static_cast<std::uint32_t>(payload.size()));
  put_big_endian(out, std::uint32_t{0});  // normalizing index offset
  put_big_endian(out, static_cast<std::uint32_t>(parameters_.significant_digits));
  put_big_endian(out, static_cast<std::uint64_t>(parameters_.lowest));
  put_big_endian(out, static_cast<std::uint64_t>(parameters_.highest));
  put_big_endian(out, std::bit_cast<std::uint64_t>(1.0));  // integer to double conversion ratio
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

std::vector<std::byte> Histogram::encode_v2_compressed() const {
  const std::vector<std::byte> plain = encode_v2();
  std::vector<std::byte> stream(compressBound(plain.size()));
  uLongf stream_size = stream.size();
  const int status =
      compress(reinterpret_cast<Bytef*>(stream.data()), &stream_size,
               reinterpret_cast<const Bytef*>(plain.data()), static_cast<uLong>(plain.size()));
  // The buffer is large enough by construction, so only memory can be short.
  if (status != Z_OK) std::abort();

  std::vector<std::byte> out;
  out.reserve(8 + stream_size);
  put_big_endian(out, kV2Compressed);
  put_big_endian(out, static_cast<std::uint32_t>(stream_size));
  out.insert(out.end(), stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(stream_size));
  return out;
}

}  // namespace sockmark
