// A histogram of non-negative integers in fixed memory: HdrHistogram 2.1.11. It writes the encoding
// that the tools of that family read (http://hdrhistogram.org).
// Formulas: docs/definitions/histogram.md.
//
// Values are kept to `significant_digits` decimal digits: two values are equivalent if they share a
// counter. The count, sum, smallest and largest value are kept exactly. A value beyond the last
// counter is counted in overflow(), never dropped: the reference implementation throws, and tools
// that ignore the exception lose exactly the slowest samples.
//
// Values have no unit here; sockmark records nanoseconds. Memory is allocated at construction only
// (264 KiB with the default parameters). One thread at a time; merge with add().

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/assert.h"

namespace sockmark {

__extension__ using Uint128 = unsigned __int128;

// Must: 1 <= lowest, 2 * lowest <= highest, 1 <= significant_digits <= 5.
struct HistogramParameters {
  std::int64_t lowest = 1;                   // values below it may share a counter with 0
  std::int64_t highest = 3'600'000'000'000;  // at least this much is trackable: 1 h in ns
  int significant_digits = 3;
  bool operator==(const HistogramParameters&) const = default;
};

// Percentiles are named in parts per million, so that ranks are computed in integers.
using Ppm = std::uint32_t;
inline constexpr Ppm kP50 = 500'000, kP75 = 750'000, kP90 = 900'000, kP95 = 950'000, kP99 = 990'000,
                     kP99_9 = 999'000, kP99_99 = 999'900, kP100 = 1'000'000;

// The rank, from 1, of a percentile among `count` sorted values: the smallest k with k/count >= p
// (RFC 2330, section 11.3). No interpolation. HdrHistogram_c rounds to nearest instead: not copied.
[[nodiscard]] std::uint64_t percentile_rank(std::uint64_t count, Ppm ppm);

class Histogram {
 public:
  explicit Histogram(HistogramParameters parameters = {});

  // Must: value >= 0. The second form records `count` values; a count of 0 changes nothing.
  void record(std::int64_t value) { record(value, 1); }
  void record(std::int64_t value, std::uint64_t count) {
    DEBUG_ASSERT(value >= 0);
    if (count == 0) return;
    count_ += count;
    sum_ += Uint128{static_cast<std::uint64_t>(value)} * count;
    if (value < min_) min_ = value;
    if (value > max_) max_ = value;
    if (value <= trackable_) [[likely]] {
      counters_[counter_index(value)] += count;
    } else {
      overflow_ += count;
    }
  }

  // As if everything recorded in `other` had been recorded here. Must: the same parameters.
  void add(const Histogram& other);
  // As constructed; keeps the memory.
  void reset();

  [[nodiscard]] const HistogramParameters& parameters() const { return parameters_; }
  [[nodiscard]] std::uint64_t count() const { return count_; }  // including overflow()
  [[nodiscard]] std::uint64_t overflow() const { return overflow_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }

  // Exact, overflowed values included. None if empty; max() also if a value overflowed, because
  // such a run has no known maximum.
  [[nodiscard]] std::optional<std::int64_t> min() const;
  [[nodiscard]] std::optional<std::int64_t> max() const;
  [[nodiscard]] std::optional<double> mean() const;
  [[nodiscard]] Uint128 sum() const { return sum_; }

  // The highest value equivalent to the one at this rank of all count() + `beyond` values, of which
  // `beyond` are larger than any recorded one: with lost messages as `beyond`, a lost message
  // counts as infinitely late (RFC 7679, section 5.1). None if empty, or if the rank is that of an
  // overflowed or larger value. 0 gives min(). Never above the exact maximum or below the exact
  // minimum, unlike the readers of the encoded histogram, which know the counters only.
  [[nodiscard]] std::optional<std::int64_t> percentile(Ppm ppm, std::uint64_t beyond = 0) const;
  // The same for a rank, from 1, counted over the recorded values.
  [[nodiscard]] std::optional<std::int64_t> value_at_rank(std::uint64_t rank) const;

  // The range of values that share a counter with `value`.
  [[nodiscard]] std::int64_t lowest_equivalent(std::int64_t value) const;
  [[nodiscard]] std::int64_t highest_equivalent(std::int64_t value) const;
  // The same within the exact extremes. Must: the counter of `value` is in use.
  [[nodiscard]] std::int64_t low_end(std::int64_t value) const {
    const std::int64_t low = lowest_equivalent(value);
    return low > min_ ? low : min_;
  }
  [[nodiscard]] std::int64_t high_end(std::int64_t value) const {
    const std::int64_t high = highest_equivalent(value);
    return high < max_ ? high : max_;
  }
  [[nodiscard]] std::int64_t median_equivalent(std::int64_t value) const;
  [[nodiscard]] std::int64_t equivalent_range(std::int64_t value) const;

  // States what the encoding leaves out of a decoded histogram: the exact extremes, each moved into
  // the counter that it must share, and the number of overflowed values, with which there is no
  // maximum. Must: called after the counters were recorded. `sum`: the exact one, if it is known.
  void restore(std::int64_t min, std::int64_t max, std::uint64_t overflow,
               std::optional<Uint128> sum = {});

  // The values that readers of the encoding compute, from counters alone and without overflow. 0 if
  // empty. For comparison with other tools; reports use the exact ones.
  struct Equivalent {
    std::int64_t min = 0, max = 0;
    double mean = 0, standard_deviation = 0;  // population form, about this mean
  };
  [[nodiscard]] Equivalent equivalent() const;

  // f(lowest value, count) for each counter in use, ascending.
  template <class F>
  void for_each_counter(F&& f) const {
    for (std::size_t i = 0; i < counters_.size(); ++i) {
      if (counters_[i] != 0) f(value_at_index(i), counters_[i]);
    }
  }

  // The V2 encoding (org.HdrHistogram.EncodableHistogram): big-endian header, then the counters as
  // ZigZag LEB128 with runs of zeros folded. Overflow and the exact figures are not part of it.
  // Must: no counter exceeds 2^63 - 1.
  [[nodiscard]] std::vector<std::byte> encode_v2() const;
  // The same in a zlib stream with its own header; in base64 it begins with "HISTFAAAA".
  [[nodiscard]] std::vector<std::byte> encode_v2_compressed() const;

 private:
  // Values below 2 * half units lie in bucket 0 at full resolution; each further bucket
  // covers the next power of two at half the resolution of the one before, so only the upper half
  // of its sub-buckets is in use and bucket b starts at counter (b + 1) * half.
  [[nodiscard]] int bucket(std::int64_t value) const {
    // The 1 has no effect, but shows the compiler that the operand is not zero.
    return 63 - std::countl_zero(static_cast<std::uint64_t>(value) | sub_bucket_mask_ | 1) -
           bucket_0_top_;
  }
  [[nodiscard]] std::size_t counter_index(std::int64_t value) const {
    const auto b = static_cast<unsigned>(bucket(value));
    return (std::size_t{b} << half_bits_) +
           (static_cast<std::uint64_t>(value) >> (b + static_cast<unsigned>(unit_bits_)));
  }
  [[nodiscard]] std::int64_t value_at_index(std::size_t index) const;

  HistogramParameters parameters_;
  int unit_bits_ = 0;     // floor(log2(lowest))
  int half_bits_ = 0;     // of half the sub-buckets: ceil(log2(10^digits))
  int bucket_0_top_ = 0;  // the highest bit of the values that lie in bucket 0
  std::uint64_t sub_bucket_mask_ = 0;
  std::int64_t trackable_ = 0;  // the highest value that has a counter
  std::vector<std::uint64_t> counters_;
  std::uint64_t count_ = 0, overflow_ = 0;
  std::int64_t min_, max_;
  Uint128 sum_ = 0;
};

}  // namespace sockmark
