#include "measure/loss_pattern.h"

#include "base/assert.h"

namespace sockmark {

void LossPattern::lost(std::uint64_t first, std::uint64_t last, LossStatistics& statistics,
                       SequenceObserver* observer) {
  DEBUG_ASSERT(first <= last);
  const std::uint64_t length = last - first + 1;
  const std::uint64_t period_end = period_first_ + period_length_;
  DEBUG_ASSERT(period_length_ == 0 || first >= period_end);

  if (period_length_ > 0 && first == period_end) {
    period_length_ += length;
    statistics.distances[1] += length;
    return;
  }
  const std::uint64_t distance = period_length_ > 0 ? first - (period_end - 1) : 0;
  finish(statistics, observer);
  ++statistics.distances[distance];
  if (length > 1) statistics.distances[1] += length - 1;
  ++statistics.inter_period_lengths[distance];
  period_first_ = first;
  period_length_ = length;
  since_last_loss_ = distance;
}

void LossPattern::finish(LossStatistics& statistics, SequenceObserver* observer) {
  if (period_length_ == 0) return;
  ++statistics.period_lengths[period_length_];
  if (observer != nullptr) {
    observer->on_loss_period({.first_index = period_first_,
                              .length = period_length_,
                              .since_last_loss = since_last_loss_});
  }
}

}  // namespace sockmark
