#include "bench/load/warmup_check.h"

#include <algorithm>

#include "bench/load/health.h"

namespace sockmark {

WarmupCheck::WarmupCheck(Instant warmup_start, Instant t0, Instant t1)
    : part_end_(warmup_start + kPart),
      t1_(t1),
      // A part that overlaps the window counts as part of it.
      warmup_parts_(static_cast<std::size_t>((t0 - warmup_start) / kPart)) {
  medians_.reserve(std::min(kPartsMax, static_cast<std::size_t>((t1 - warmup_start) / kPart)));
}

void WarmupCheck::next_part(Instant at) {
  while (at >= part_end_) {
    if (part_end_ <= t1_ && medians_.size() < kPartsMax) {
      const auto median = current_.percentile(kP50);
      empty_part_ = empty_part_ || !median;
      medians_.push_back(static_cast<double>(median.value_or(0)));
    }
    if (!current_.empty()) current_.reset();
    part_end_ += kPart;
    // Skips the parts of a long pause without a loop over them.
    if (at - part_end_ > kPart && (part_end_ > t1_ || medians_.size() == kPartsMax)) part_end_ = at;
  }
}

void WarmupCheck::add(const WarmupCheck& other) {
  if (const auto verdict = other.warmed_up()) add(*verdict);
}

std::optional<bool> WarmupCheck::warmed_up() const {
  auto own = merged_;
  if (!empty_part_ && warmup_parts_ > 0) {
    const auto verdict = health::warmed_up(medians_, warmup_parts_);
    if (verdict) own = own.value_or(true) && *verdict;
  }
  return own;
}

}  // namespace sockmark
