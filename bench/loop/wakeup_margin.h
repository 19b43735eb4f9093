// How long before something is due `hybrid` wakes to spin for it: as long as waking takes three
// times in four, and a little. That is 30 us where idle states are held and 60 to 400 elsewhere,
// and every microsecond too many is spun: a fixed 100 us cost twice the processor time that 50 did,
// and 50 left a generator late by 17 us at p50 on a machine that slept more deeply. One thread.

#pragma once

#include <algorithm>

#include "base/clock.h"

namespace sockmark {

class Lead {
 public:
  [[nodiscard]] Nanoseconds ahead() const { return quartile_ + kMargin; }

  // The estimate goes up by three steps or down by one, and so settles where one in four is above.
  // Not the largest of late: one wake-up of a millisecond would be paid for by many that are not.
  void woke(Nanoseconds late) {
    quartile_ =
        std::clamp(late > quartile_ ? quartile_ + 3 * kStep : quartile_ - kStep, kLeast, kMost);
  }

 private:
  static constexpr Nanoseconds kStep{500}, kMargin{5'000}, kLeast{10'000}, kMost{250'000};
  // Less than a period of 10,000/s: who never sleeps learns nothing.
  Nanoseconds quartile_{45'000};
};

}  // namespace sockmark
