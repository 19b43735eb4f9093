#include "bench/load/warmup_check.h"

#include <algorithm>

#include "bench/load/health.h"

namespace sockmark {

Settling::Settling(Instant warm_up_from, Instant t0, Instant t1)
    : part_end_(warm_up_from + kPart),
      t1_(t1),
      // A part that lies in both counts as the window's.
      parts_of_warm_up_(static_cast<std::size_t>((t0 - warm_up_from) / kPart)) {
  medians_.reserve(std::min(kMost, static_cast<std::size_t>((t1 - warm_up_from) / kPart)));
}

void Settling::next_part(Instant at) {
  while (at >= part_end_) {
    if (part_end_ <= t1_ && medians_.size() < kMost) {
      const auto median = current_.percentile(kP50);
      quiet_ = quiet_ || !median;
      medians_.push_back(static_cast<double>(median.value_or(0)));
    }
    if (!current_.empty()) current_.reset();
    part_end_ += kPart;
    // A quiet hour is not walked through.
    if (at - part_end_ > kPart && (part_end_ > t1_ || medians_.size() == kMost)) part_end_ = at;
  }
}

void Settling::add(const Settling& other) {
  const auto theirs = other.settled();
  if (theirs) merged_ = merged_.value_or(true) && *theirs;
}

std::optional<bool> Settling::settled() const {
  auto own = merged_;
  if (!quiet_ && parts_of_warm_up_ > 0) {
    const auto verdict = health::settled(medians_, parts_of_warm_up_);
    if (verdict) own = own.value_or(true) && *verdict;
  }
  return own;
}

}  // namespace sockmark
