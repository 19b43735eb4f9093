#include "measure/reordering.h"

#include <algorithm>
#include <bit>

namespace sockmark {

Reordering::Reordering(std::uint32_t n_reordering_max)
    : n_reordering_max_(n_reordering_max),
      recent_(std::bit_ceil(std::max(std::uint32_t{1}, n_reordering_max))) {}

void Reordering::reordered(const Reordered& arrival, ReorderingStatistics& statistics,
                           SequenceObserver* observer) {
  const std::uint64_t larger = preceding_larger(arrival.index);
  const std::uint64_t position = remember(arrival.index);
  const ReorderedEvent event{.index = arrival.index,
                             .position = position,
                             .extent = position - arrival.opened.position,
                             .late_time = arrival.arrived - arrival.opened.at,
                             .byte_offset = arrival.byte_offset,
                             .preceded_by = larger,
                             .free_run_ended = free_run_};
  free_run_ = 0;
  reveal(arrival, position, statistics, observer);

  ++statistics.reordered;
  ++statistics.extents[event.extent];
  statistics.late_time.record(std::max<std::int64_t>(0, ns(event.late_time)));
  statistics.byte_offset_max = std::max(statistics.byte_offset_max, arrival.byte_offset);
  statistics.free_run_squares =
      saturating_add(statistics.free_run_squares, saturating_square(event.free_run_ended));
  if (statistics.preceded_by.size() <= larger) statistics.preceded_by.resize(larger + 1);
  ++statistics.preceded_by[larger];
  if (observer != nullptr) observer->on_reordered(event);
}

std::uint64_t Reordering::preceding_larger(std::uint64_t index) const {
  const std::uint64_t available = std::min<std::uint64_t>(arrivals_, n_reordering_max_);
  std::uint64_t n = 0;
  while (n < available && recent_[(arrivals_ - 1 - n) & (recent_.size() - 1)] > index) ++n;
  return n;
}

void Reordering::reveal(const Reordered& arrival, std::uint64_t position,
                        ReorderingStatistics& statistics, SequenceObserver* observer) {
  const Discontinuity& opened = arrival.opened;
  while (revealed_.size() > 1 &&
         (revealed_.begin() + 1)->position <= arrival.oldest_open.position) {
    revealed_.pop_front();
  }
  const auto later = std::lower_bound(
      revealed_.begin(), revealed_.end(), opened.position,
      [](const Discontinuity& known, std::uint64_t wanted) { return known.position < wanted; });
  if (later != revealed_.end() && later->position == opened.position) return;

  GapEvent event{.position = opened.position, .detected_at = position};
  if (later != revealed_.begin()) {
    const Discontinuity& earlier = *(later - 1);
    event.gap = opened.position - earlier.position;
    event.gap_time = opened.at - earlier.at;
  }
  revealed_.insert(later, opened);
  ++statistics.reordering_discontinuities;
  ++statistics.gaps[event.gap];
  if (observer != nullptr) observer->on_gap(event);
}

std::size_t Reordering::memory_bytes() const {
  return recent_.capacity() * sizeof(recent_[0]) + revealed_.memory_bytes();
}

}  // namespace sockmark
