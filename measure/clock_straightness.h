// How far a clock departs from a straight line (docs/definitions/clocks.md#straightness):
// CLOCK_MONOTONIC, which the kernel steers, against CLOCK_MONOTONIC_RAW, which it does not, at one
// end and without the network.
//
// One thread at a time. Memory: two hulls (measure/convex_hull.h).

#pragma once

#include <cstdint>

#include "base/clock.h"
#include "measure/convex_hull.h"

namespace sockmark {

class ClockStraightness {
 public:
  // Both clocks at one instant; an error of reading them is part of the departure.
  // Must: 0 <= both < 2^62 ns.
  void add(Instant monotonic, Nanoseconds raw);

  // The largest distance of raw - monotonic from the straight line that makes it smallest
  // (Chebyshev), rounded up. Zero with fewer than three samples, which are on a line.
  [[nodiscard]] Nanoseconds departure() const;
  [[nodiscard]] std::uint64_t samples() const { return samples_; }

 private:
  LowerHull lower_, upper_;  // of raw - monotonic, and of its negative
  std::uint64_t samples_ = 0;
};

}  // namespace sockmark
