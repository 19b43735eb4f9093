// Receives every single loss, gap and reordered arrival instead of their statistics: for tests
// against published examples, and for tools that print a recorded flow.
//
// Called by a SequenceTracker, on its thread, for rare events only: never for a message that
// arrives in order. A message's index is its sequence number minus the flow's first_seq. Positions
// count the first in-time arrivals of the flow, from 1.

#pragma once

#include <cstdint>

#include "base/clock.h"

namespace sockmark {

struct LossPeriodEvent {
  std::uint64_t first_index = 0, length = 0;
  std::uint64_t since_last_loss = 0;  // first_index minus the last lost index before; 0 if none
};

struct ReorderedEvent {
  std::uint64_t index = 0, position = 0;
  std::uint64_t extent = 0;
  Nanoseconds late_time{0};
  std::uint64_t byte_offset = 0;
  std::uint64_t preceded_by = 0;     // immediately preceding arrivals with larger numbers
  std::uint64_t free_run_ended = 0;  // in-order arrivals since the reordered one before
};

// The arrival at `detected_at` showed that the discontinuity at `position` is reordering, not loss.
struct GapEvent {
  std::uint64_t position = 0, detected_at = 0;
  std::uint64_t gap = 0;
  Nanoseconds gap_time{0};
};

// Messages were found to be lost: `found` is when the first message behind them arrived, or, where
// none did in time, when a late one showed it; Instant::max() at the end of the flow.
struct LossEvent {
  std::uint64_t count = 0;
  Instant found;
};

class SequenceObserver {
 public:
  virtual ~SequenceObserver() = default;
  virtual void on_loss_period(const LossPeriodEvent&) {}  // in order of index, once it has ended
  virtual void on_reordered(const ReorderedEvent&) {}     // in order of arrival
  virtual void on_gap(const GapEvent&) {}                 // before the arrival that detected it
  virtual void on_lost(const LossEvent&) {}               // in order of index
};

}  // namespace sockmark
