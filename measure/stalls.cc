#include "measure/stalls.h"

namespace sockmark {

void StoppedTime::count_gap(Instant now) {
  if (last_ == Instant::max()) return;
  const Nanoseconds within = std::min(now, t1_) - std::max(last_, t0_);
  total_ += std::max(within - longest_wait_, Nanoseconds(0));
}

Instant Silence::start_of(std::size_t part) const {
  return t0_ + (t1_ - t0_) * static_cast<std::int64_t>(part) / static_cast<std::int64_t>(kParts);
}

Silence::Part Silence::arrived(Instant at) {
  if (at < t0_ || at >= t1_) return {at, at};
  auto part =
      static_cast<std::size_t>((at - t0_) * static_cast<std::int64_t>(kParts) / (t1_ - t0_));
  // Division rounds down, and so may find the part before one that starts at `at`.
  while (part + 1 < kParts && start_of(part + 1) <= at) ++part;
  heard_.set(part);
  return {start_of(part), start_of(part + 1)};
}

Silence::Stretches Silence::stretches(Nanoseconds shortest) const {
  Stretches result;
  for (std::size_t part = 0; part < kParts && start_of(part) < end_;) {
    std::size_t end = part;
    while (end < kParts && !heard_[end]) ++end;
    if (const Nanoseconds length = std::min(start_of(end), end_) - start_of(part);
        end > part && length >= shortest) {
      result.total += length;
      result.longest = std::max(result.longest, length);
    }
    part = end + 1;
  }
  return result;
}

}  // namespace sockmark
