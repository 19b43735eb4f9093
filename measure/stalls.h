// The time of a measurement window in which nothing happened: a thread did not run, or no message
// arrived (docs/definitions/generator.md#stalls).
//
// Fixed memory. One thread at a time; merge with add(). Instants do not decrease, but for the
// nanoseconds between two readings of one turn.

#pragma once

#include <algorithm>
#include <bitset>
#include <cstddef>

#include "base/clock.h"

namespace sockmark {

// How long a thread did not run. It observes itself in every turn of its loop, and a loop that
// waits for events wakes up at least once in `longest_wait`. A gap far beyond that is a stall: the
// process was stopped, or its processor was taken away. Threads that share processors wait for one
// another for some tens of milliseconds.
class StoppedTime {
 public:
  // Must: t0 < t1, longest_wait > 0.
  StoppedTime(Instant t0, Instant t1, Nanoseconds longest_wait)
      : t0_(t0), t1_(t1), longest_wait_(longest_wait), limit_(longest_wait + kShared) {}

  void observe(Instant now) {
    if (now - last_ > limit_) [[unlikely]]
      count_gap(now);
    last_ = now;
  }
  // Ends the window earlier than planned. Must: t0 < t1.
  void shorten(Instant t1) { t1_ = t1; }
  // Of several threads, the one that was stopped for the shortest time counts: while one runs, the
  // process does.
  void add(const StoppedTime& other) {
    total_ = is_empty() ? other.total_ : std::min(total_, other.total_);
    merged_ = true;
  }

  // A lower bound: the longest wait is taken from each gap, as the thread may have waited.
  [[nodiscard]] Nanoseconds total() const { return total_; }

 private:
  static constexpr Nanoseconds kShared = std::chrono::milliseconds(40);

  void count_gap(Instant now);
  [[nodiscard]] bool is_empty() const { return last_ == Instant::max() && !merged_; }

  const Instant t0_;
  Instant t1_;
  const Nanoseconds longest_wait_, limit_;
  bool merged_ = false;
  Instant last_ = Instant::max();  // none yet
  Nanoseconds total_{0};
};

// In which parts of the window messages arrived.
class Silence {
 public:
  static constexpr std::size_t kParts = 1000;

  // Must: t0 < t1.
  Silence(Instant t0, Instant t1) : t0_(t0), t1_(t1), end_(t1) {}

  // A part of the window: another arrival from `begin` on and before `end` changes nothing.
  struct Part {
    Instant begin, end;
  };
  // Returns the part of `at`; an empty one outside the window, which is ignored.
  Part arrived(Instant at);
  // Ends the window earlier than planned, which its parts do not change. Must: t0 < end.
  void shorten(Instant end) { end_ = end; }
  // Must: the same window.
  void add(const Silence& other) { heard_ |= other.heard_; }
  // The parts in which something arrived.
  [[nodiscard]] const std::bitset<kParts>& heard() const { return heard_; }
  void add(const std::bitset<kParts>& heard) { heard_ |= heard; }

  struct Stretches {
    Nanoseconds total{0}, longest{0};
  };
  // The stretches of at least `shortest` in which nothing arrived. Each counts its whole parts: it
  // is up to two parts longer.
  [[nodiscard]] Stretches stretches(Nanoseconds shortest) const;

 private:
  [[nodiscard]] Instant start_of(std::size_t part) const;

  Instant t0_, t1_;
  Instant end_;  // t1, or earlier
  std::bitset<kParts> heard_;
};

}  // namespace sockmark
