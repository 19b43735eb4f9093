#include "measure/sliced_delays.h"

#include <cstdlib>
#include <limits>

#include "base/assert.h"

namespace sockmark {
namespace {

constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();

}  // namespace

SlicedDelays::SlicedDelays(Instant begin, Instant end, Nanoseconds estimate, std::size_t cells_max)
    : begin_(begin),
      estimate_(ns(estimate)),
      cells_max_(cells_max),
      slice_end_(begin + kSlice),
      lowest_(kNone),
      highest_(-kNone),
      counts_(2 * kSide) {
  ASSERT(ns(begin) >= 0 && begin < end && ns(end) < kCoordinateLimit);
  ASSERT(estimate_ > -kCoordinateLimit && estimate_ < kCoordinateLimit);
  used_.reserve(counts_.size());
  // Two slices can end before the next merge.
  cells_.reserve(cells_max + 2 * counts_.size());
  slices_.reserve(static_cast<std::size_t>((end - begin) / kSlice) + 2);
}

std::int64_t SlicedDelays::middle_of(std::size_t cell) {
  const std::size_t row = cell % kSide;
  const std::size_t octave = row < 2 * kHalf ? 0 : (row >> kHalfBits) - 1;
  const auto shift = static_cast<int>(octave) + kUnitBits;
  const auto units = static_cast<std::int64_t>(row - (octave << kHalfBits));
  const std::int64_t middle = (units << shift) + (std::int64_t{1} << (shift - 1));
  return cell < kSide ? middle : -middle;
}

SlicedDelays::Slice SlicedDelays::present_slice() const {
  return {.cells_end = cells_.size(), .lowest = lowest_, .highest = highest_};
}

void SlicedDelays::take_used_cells(auto&& take) {
  for (const std::uint32_t cell : used_) {
    take(Cell{counts_[cell] << kIndexBits | cell});
    counts_[cell] = 0;
  }
  used_.clear();
}

void SlicedDelays::end_slices(Instant received) {
  while (received >= slice_end_) {
    take_used_cells([&](Cell cell) { cells_.push_back(cell); });
    slices_.push_back(present_slice());
    lowest_ = kNone;
    highest_ = -kNone;
    while (cells_.size() > cells_max_ && slices_.size() % 2 == 0) merge_pairs();
    slice_end_ = begin_ + length_ * static_cast<std::int64_t>(slices_.size() + 1);
  }
}

void SlicedDelays::merge_pairs() {
  // In place: no more cells are written than were read.
  std::size_t read = 0, written = 0;
  for (std::size_t pair = 0; pair < slices_.size() / 2; ++pair) {
    const Slice first = slices_[2 * pair], second = slices_[2 * pair + 1];
    for (; read < second.cells_end; ++read) {
      count_in(cells_[read].index(), cells_[read].count());
    }
    take_used_cells([&](Cell cell) { cells_[written++] = cell; });
    slices_[pair] = {.cells_end = written,
                     .lowest = std::min(first.lowest, second.lowest),
                     .highest = std::max(first.highest, second.highest)};
  }
  slices_.resize(slices_.size() / 2);
  cells_.resize(written);
  length_ *= 2;
}

void SlicedDelays::add_to(MovedDelays& result, const ClockLines& theta) const {
  const auto theta_at = [&](std::size_t slice, Nanoseconds after_begin) {
    const Instant received = begin_ + length_ * static_cast<std::int64_t>(slice) + after_begin;
    const std::int64_t sent = ns(received) - estimate_;
    return theta.at(instant_from_ns(std::clamp<std::int64_t>(sent, 0, kCoordinateLimit - 1))).value;
  };
  const auto add_slice = [&](std::size_t index, const Slice& slice, auto&& for_each_cell) {
    if (slice.lowest > slice.highest) return;
    const std::int64_t move = ns(theta_at(index, length_ / 2)) - estimate_;
    for_each_cell([&](std::size_t cell, std::uint64_t count) {
      const std::int64_t value = std::clamp(middle_of(cell), slice.lowest, slice.highest) - move;
      result.delay.record(std::max<std::int64_t>(value, 0), count);
      if (value < 0) result.negative += count;
    });
    const Nanoseconds min(slice.lowest - move), max(slice.highest - move);
    result.min = std::min(result.min.value_or(min), min);
    result.max = std::max(result.max.value_or(max), max);
    const Nanoseconds drift = theta_at(index, length_) - theta_at(index, Nanoseconds(0));
    const std::int64_t half_unit = std::int64_t{1} << (kUnitBits - 1);
    Nanoseconds error(half_unit + divide_up(std::abs(move), 2 * kHalf) +
                      divide_up(std::abs(ns(drift)), 2));
    // A value beyond the last cell may be anywhere between.
    if (const std::int64_t extreme = std::max(slice.highest, -slice.lowest);
        extreme > kMagnitudeMax)
      error = Nanoseconds(extreme);
    result.error = std::max(result.error, error);
  };
  std::size_t cell = 0;
  for (std::size_t index = 0; index < slices_.size(); ++index) {
    add_slice(index, slices_[index], [&](auto&& visit) {
      for (; cell < slices_[index].cells_end; ++cell)
        visit(cells_[cell].index(), cells_[cell].count());
    });
  }
  add_slice(slices_.size(), present_slice(), [&](auto&& visit) {
    for (const std::uint32_t used : used_) visit(used, counts_[used]);
  });
  if (!result.min) return;
  const auto not_negative = [](Nanoseconds delay) { return std::max<std::int64_t>(ns(delay), 0); };
  result.delay.restore(not_negative(*result.min), not_negative(*result.max), 0);
}

}  // namespace sockmark
