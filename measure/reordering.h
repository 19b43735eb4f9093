// Reordering of one flow (RFC 4737; docs/definitions/reordering.md), from its first in-time
// arrivals in arrival order.
//
// Stores positions and the last few arrivals; the caller (sequence_tracker.h) knows which numbers
// are missing and when their gap opened. Memory: 8 bytes for each n of n-reordering, and 16 for
// each discontinuity known to be reordering that a later arrival may refer to. One thread at a
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

  // The next `count` arrivals, numbered consecutively from `index`.
  void in_order(std::uint64_t index, std::uint64_t count) {
    free_run_ += count;
    // Arrivals that would be overwritten at once are not written.
    const std::uint64_t kept = std::min<std::uint64_t>(count, recent_.size());
    arrivals_ += count - kept;
    for (std::uint64_t n = count - kept; n < count; ++n) remember(index + n);
  }

  // An arrival below the next expected number.
  struct Reordered {
    std::uint64_t index = 0;
    Instant arrived = {};
    Discontinuity opened = {};       // the earliest arrival with a larger number
    Discontinuity oldest_open = {};  // the earliest one that a later arrival can still refer to
    std::uint64_t byte_offset = 0;   // the bytes of all arrivals with larger numbers
  };
  void reordered(const Reordered& arrival, ReorderingStatistics& statistics,
                 SequenceObserver* observer);

  [[nodiscard]] std::uint64_t arrivals() const { return arrivals_; }
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  std::uint64_t remember(std::uint64_t index) {
    recent_[arrivals_ & (recent_.size() - 1)] = index;
    return ++arrivals_;
  }
  [[nodiscard]] std::uint64_t preceding_larger(std::uint64_t index) const;
  void reveal(const Reordered& arrival, std::uint64_t position, ReorderingStatistics& statistics,
              SequenceObserver* observer);

  std::uint32_t n_reordering_max_;
  std::vector<std::uint64_t> recent_;  // ring of the last arrivals; its size is a power of two
  std::uint64_t arrivals_ = 0;
  std::uint64_t free_run_ = 0;
  // Discontinuities known to be reordering, by position. Of those before oldest_open, only the
  // last.
  SlidingVector<Discontinuity> revealed_;
};

}  // namespace sockmark
