// Loss periods and distances of one flow (RFC 3357; docs/definitions/loss.md#loss-periods), from
// its lost messages in order.
//
// Constant memory. One thread at a time.

#pragma once

#include <cstdint>

#include "measure/sequence_observer.h"
#include "measure/sequence_statistics.h"

namespace sockmark {

class LossPattern {
 public:
  // The messages from `first` to `last`, by index, are lost. Must: first <= last, and first is
  // beyond everything lost before.
  void lost(std::uint64_t first, std::uint64_t last, LossStatistics& statistics,
            SequenceObserver* observer);
  // Nothing more will be lost: closes the last period.
  void finish(LossStatistics& statistics, SequenceObserver* observer);

 private:
  std::uint64_t period_first_ = 0, period_length_ = 0;  // length 0: nothing lost yet
  std::uint64_t since_last_loss_ = 0;
};

}  // namespace sockmark
