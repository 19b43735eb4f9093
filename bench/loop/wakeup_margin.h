// How early a hybrid wait wakes up before a deadline and starts to spin: the 75th percentile of the
// measured wake-up latency plus a small constant.
//
// The percentile is 30 us where idle states are held off and 60 to 400 us elsewhere. A fixed margin
// does not fit both: 100 us cost twice the processor time of 50 us, and with 50 us a generator was
// late by 17 us at p50 on a machine with deeper idle states. One thread.

#pragma once

#include <algorithm>

#include "base/clock.h"

namespace sockmark {

class WakeupMargin {
 public:
  [[nodiscard]] Nanoseconds value() const { return percentile_75_ + kExtra; }

  // A sleep ended `latency` after its deadline. The estimate rises by three steps or falls by one,
  // so it converges to the value that one wake-up in four exceeds. The maximum is not used: after
  // one wake-up that took a millisecond, every later one would spin for that time.
  void record(Nanoseconds latency) {
    percentile_75_ = std::clamp(
        latency > percentile_75_ ? percentile_75_ + 3 * kStep : percentile_75_ - kStep, kMin, kMax);
  }

 private:
  static constexpr Nanoseconds kStep{500}, kExtra{5'000}, kMin{10'000}, kMax{250'000};
  // Shorter than the period of 10,000 messages/s: a thread that never sleeps has no samples.
  Nanoseconds percentile_75_{45'000};
};

}  // namespace sockmark
