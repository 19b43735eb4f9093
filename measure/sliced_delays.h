// One-way delays between two clocks whose offset is known only after the run
// (docs/definitions/clocks.md#delays-in-slices): counts of (received - sent) for each slice of
// time, moved by the offset of the slice once it is known.
//
// `sent` is an instant of the generator's clock, `received` one of the responder's; theta is the
// responder's clock minus the generator's. With an estimate of theta from before the run, the
// recorded value is received - sent - estimate: the delay plus the error of the estimate, of either
// sign. Values are counted in cells of 512 ns up to 4.2 ms, and of 1/4096 of the value beyond, so
// that the delay is found to
//
//     256 ns + |theta - estimate| / 8192 + half of the drift in a slice    (MovedDelays::error)
//     + delay / 8192                                                       (Histogram: 1/1024)
//
// whatever the offset. With an estimate to 1 ms and a drift of 20 ppm, the error is 1.4 us.
//
// Memory: 2 MiB, 24 bytes a slice, and 8 bytes for each cell in use of each slice, up to 32 MiB.
// All is reserved at construction and becomes resident when used: nothing is allocated while
// messages are received within [begin,end). A message costs half as much again as in Histogram. At
// the end of a slice its cells are copied: some microseconds for 600 cells. When more than
// kCellsMax are kept, slices are merged in pairs, which doubles their length and took 11 ms: the
// first time after 700 s with 600 cells in use in each slice.
// One thread at a time; the delays of threads are added by add_to().

#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "measure/clock_lines.h"
#include "measure/histogram.h"

namespace sockmark {

// The delays of one or more threads.
struct MovedDelays {
  Histogram delay;             // a delay below 0 is recorded as 0
  std::uint64_t negative = 0;  // and counted here
  // The extremes, to `error`, below 0 too. None without a message.
  std::optional<Nanoseconds> min, max;
  Nanoseconds error{0};  // of any delay; in addition to the bound of theta
};

class SlicedDelays {
 public:
  static constexpr Nanoseconds kSlice = std::chrono::milliseconds(100);
  static constexpr std::size_t kCellsMax = std::size_t{1} << 22;

  // Messages are received within [begin,end) of the responder's clock. An earlier one counts in the
  // first slice; later ones make more slices. `cells_max`: to keep, of all slices.
  // Must: 0 <= begin < end < 2^62 ns; |estimate| < 2^62 ns.
  SlicedDelays(Instant begin, Instant end, Nanoseconds estimate, std::size_t cells_max = kCellsMax);

  // `count` messages, at least one, that were sent and received at the same instants. An instant of
  // an earlier slice counts in the present one. Must: 0 <= both < 2^62 ns.
  void record(Instant sent, Instant received, std::uint64_t count = 1) {
    if (received >= slice_end_) [[unlikely]]
      end_slices(received);
    const std::int64_t value = ns(received - sent) - estimate_;
    lowest_ = std::min(lowest_, value);
    highest_ = std::max(highest_, value);
    count_in(cell_of(value), count);
  }

  // Adds the delays, with the theta of the middle of each slice.
  void add_to(MovedDelays& result, const ClockLines& theta) const;

  // kSlice, doubled each time that slices were merged.
  [[nodiscard]] Nanoseconds slice_length() const { return length_; }

 private:
  // The buckets of HdrHistogram, for either sign: 2 * kHalf cells of 2^kUnitBits ns, then kHalf
  // cells for each power of two up to 2^kTopBits ns (73 min).
  static constexpr int kUnitBits = 9, kHalfBits = 12, kTopBits = 42;
  static constexpr std::size_t kHalf = std::size_t{1} << kHalfBits;
  static constexpr std::size_t kSide = kHalf * (kTopBits - kUnitBits - kHalfBits + 1);
  static constexpr std::int64_t kMagnitudeMax = (std::int64_t{1} << kTopBits) - 1;

  // A cell of a slice that has ended: 44 bits of its count, 20 of its index.
  static constexpr int kIndexBits = 20;
  static_assert(2 * kSide <= std::size_t{1} << kIndexBits);
  struct Cell {
    std::uint64_t packed;
    [[nodiscard]] std::size_t index() const { return packed & ((1U << kIndexBits) - 1); }
    [[nodiscard]] std::uint64_t count() const { return packed >> kIndexBits; }
  };
  struct Slice {
    std::size_t cells_end;         // in cells_
    std::int64_t lowest, highest;  // exact; of no message: lowest > highest
  };

  static std::size_t cell_of(std::int64_t value) {
    const std::int64_t units = std::min(value < 0 ? -value : value, kMagnitudeMax) >> kUnitBits;
    const auto width =
        static_cast<int>(std::bit_width(static_cast<std::uint64_t>(units) | (2 * kHalf - 1)));
    const int octave = width - (kHalfBits + 1);
    const std::size_t cell =
        (static_cast<std::size_t>(octave) << kHalfBits) + static_cast<std::size_t>(units >> octave);
    return value < 0 ? kSide + cell : cell;
  }
  static std::int64_t middle_of(std::size_t cell);
  void count_in(std::size_t cell, std::uint64_t count) {
    if (counts_[cell] == 0) used_.push_back(static_cast<std::uint32_t>(cell));
    counts_[cell] += count;
  }

  [[nodiscard]] Slice present_slice() const;
  void end_slices(Instant received);
  void take_used_cells(auto&& take);
  void merge_pairs();

  const Instant begin_;
  const std::int64_t estimate_;
  const std::size_t cells_max_;
  Nanoseconds length_ = kSlice;
  // The present slice.
  Instant slice_end_;
  std::int64_t lowest_, highest_;
  std::vector<std::uint64_t> counts_;
  std::vector<std::uint32_t> used_;  // the cells whose count is not 0
  // Those before it.
  std::vector<Cell> cells_;
  std::vector<Slice> slices_;
};

}  // namespace sockmark
