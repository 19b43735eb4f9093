// Reordering of one flow (RFC 4737; docs/definitions/reordering.md), from its first in-time
// arrivals in arrival order.
//
// Knows positions and the last few arrivals; which numbers are missing, and when their gap opened,
// is the caller's knowledge (sequence_tracker.h). Memory: 8 bytes for each n of n-reordering, and
// 16 for each discontinuity known to be reordering that may still be asked about. One thread at a
// time.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "measure/sequence_observer.h"
#include "measure/sequence_statistics.h"
#include "measure/sliding_vector.h"

namespace sockmark {

// An arrival that skipped numbers.
struct Discontinuity {
  std::uint64_t position = 0;
  Instant at;
};

class Reordering {
 public:
  explicit Reordering(std::uint32_t n_reordering_max);

  // The next arrival is at or beyond the next expected number. Returns its position, from 1.
  std::uint64_t in_order(std::uint64_t index) {
    ++free_run_;
    return remember(index);
  }

  // So many, numbered consecutively from `index`.
  void in_order(std::uint64_t index, std::uint64_t count) {
    free_run_ += count;
    // Those that would be overwritten at once need not be written.
    const std::uint64_t kept = std::min<std::uint64_t>(count, recent_.size());
    arrivals_ += count - kept;
    for (std::uint64_t n = count - kept; n < count; ++n) remember(index + n);
  }

  // The next arrival is below the next expected number. `opened` is the earliest arrival with a
  // larger number, `oldest_open` the earliest discontinuity that a later arrival can still refer
  // to, `byte_offset` the bytes of all arrivals with larger numbers.
  void reordered(std::uint64_t index, Instant arrived, const Discontinuity& opened,
                 const Discontinuity& oldest_open, std::uint64_t byte_offset,
                 ReorderingStatistics& statistics, SequenceObserver* observer);

  [[nodiscard]] std::uint64_t arrivals() const { return arrivals_; }
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  std::uint64_t remember(std::uint64_t index) {
    recent_[arrivals_ & (recent_.size() - 1)] = index;
    return ++arrivals_;
  }
  [[nodiscard]] std::uint64_t preceding_larger(std::uint64_t index) const;
  void reveal(const Discontinuity& opened, const Discontinuity& oldest_open, std::uint64_t position,
              ReorderingStatistics& statistics, SequenceObserver* observer);

  std::uint32_t n_reordering_max_;
  std::vector<std::uint64_t> recent_;  // ring of the last arrivals; its size is a power of two
  std::uint64_t arrivals_ = 0;
  std::uint64_t free_run_ = 0;
  // Discontinuities known to be reordering, by position; of those before oldest_open, the last
  // only.
  SlidingVector<Discontinuity> revealed_;
};

}  // namespace sockmark
