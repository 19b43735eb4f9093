// Invented instants of the messages of one flow: 100,000 messages a second, with random delays that
// are computed beforehand, so that the loop contains neither clock reads nor random numbers.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "base/random.h"

namespace sockmark::micro {

class InventedTimes {
 public:
  static constexpr Nanoseconds kSpacing = std::chrono::microseconds(10);
  // Longer than any benchmark, so that every message belongs to the window.
  static constexpr Instant kStart{std::chrono::hours(1)};
  static constexpr Instant kEnd = kStart + std::chrono::hours(100);

  InventedTimes() {
    Random random(1);
    for (auto& delay : delays_) delay = kShortest + Nanoseconds(random.below(kSpread));
  }

  [[nodiscard]] static Instant intended(std::uint64_t message) {
    return kStart + kSpacing * static_cast<std::int64_t>(message);
  }
  [[nodiscard]] static Instant sent(std::uint64_t message) { return intended(message) + kSend; }
  // The arrival of the `position`-th message in order. Does not decrease: delays vary by less than
  // the spacing.
  [[nodiscard]] Instant arrived(std::uint64_t position) const {
    return sent(position) + delay(position);
  }
  [[nodiscard]] Nanoseconds delay(std::uint64_t position) const {
    return delays_[position % delays_.size()];
  }

 private:
  static constexpr Nanoseconds kSend = std::chrono::microseconds(2);
  static constexpr Nanoseconds kShortest = std::chrono::microseconds(20);
  static constexpr std::uint64_t kSpread = 10'000;  // ns

  std::array<Nanoseconds, 4096> delays_{};
};

}  // namespace sockmark::micro
