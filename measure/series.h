// Message counts and latencies over the course of a measurement window: equal sub-windows, each
// with a count and a histogram of two significant digits; and when no message was counted.
//
// Fixed memory, allocated at construction: 35 KiB a sub-window. Times are nanoseconds. One thread
// at a time; merge with add().

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "measure/histogram.h"
#include "measure/stalls.h"

namespace sockmark {

class Series {
 public:
  // Must: sub_windows > 0, and [t0, t1) is at least as many nanoseconds long.
  Series(Instant t0, Instant t1, std::size_t sub_windows = 20);

  // `messages` at `t` without a latency. Ignored outside [t0, t1). Cheap while most instants are in
  // the sub-window of the one before.
  void count(Instant t, std::uint64_t messages = 1) {
    if (Part* part = part_at(t)) part->messages += messages;
  }
  // `messages` at `t` with one latency. Must: latency >= 0.
  void record(Instant t, Nanoseconds latency, std::uint64_t messages = 1) {
    if (Part* part = part_at(t)) {
      part->messages += messages;
      part->latency.record(ns(latency), messages);
    }
  }

  // Must: the same window and number of sub-windows.
  void add(const Series& other);

  struct Point {
    Nanoseconds start{0};  // since t0
    std::uint64_t messages = 0;
    std::optional<std::int64_t> p50_ns, p99_ns, max_ns;
    std::uint64_t overflow = 0;  // latencies beyond the histogram's range
  };
  [[nodiscard]] std::vector<Point> points() const;

  // When nothing was recorded.
  [[nodiscard]] const Silence& silence() const { return silence_; }

 private:
  struct Part {
    std::uint64_t messages = 0;
    Histogram latency{{.significant_digits = 2}};
  };

  [[nodiscard]] Part* part_at(Instant t) {
    if (begin_ <= t && t < end_) [[likely]]
      return &parts_[current_];
    return move_to(t) ? &parts_[current_] : nullptr;
  }
  [[nodiscard]] bool move_to(Instant t);
  [[nodiscard]] Instant start_of(std::size_t part) const;

  const Instant t0_, t1_;
  std::vector<Part> parts_;
  Silence silence_;
  std::size_t current_ = 0;
  Instant part_begin_, part_end_;  // of parts_[current_]
  Instant begin_, end_;            // of what is in it and in one part of the silence
};

}  // namespace sockmark
