// Message counts and latencies over the course of a measurement window: equal sub-windows, each
// with a count and a histogram of two significant digits; and when no message was counted.
//
// Fixed memory, allocated at construction: 35 KiB a sub-window. Times are nanoseconds. One thread
// at a time; merge with add(). While one thread records, others may read finished sub-windows.

#pragma once

#include <atomic>
#include <bitset>
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

  // Ends the window earlier than planned, which its sub-windows do not change: the last one is
  // shorter, or missing. Must: t0 < t1.
  void shorten(Instant t1);

  // Must: the same window and number of sub-windows.
  void add(const Series& other);
  // As if this had been recorded in one sub-window. Must: the histogram has two significant digits.
  void add(std::size_t part, std::uint64_t messages, const Histogram& latency);
  // As if something had arrived in each of these parts of the window.
  void add(const std::bitset<Silence::kParts>& heard) { silence_.add(heard); }

  struct Point {
    Nanoseconds start{0};  // since t0
    std::uint64_t messages = 0;
    std::optional<std::int64_t> p50_ns, p99_ns, max_ns;
    std::uint64_t overflow = 0;  // latencies beyond the histogram's range
  };
  [[nodiscard]] std::vector<Point> points() const;

  // When nothing was recorded.
  [[nodiscard]] const Silence& silence() const { return silence_; }

  // Whether finish_until(now) would finish a sub-window.
  [[nodiscard]] bool finishes(Instant now) const { return now >= next_finished_; }
  // Finishes the sub-windows that end at or before `now`. Must: no earlier instant is recorded from
  // then on.
  void finish_until(Instant now);

  // Any thread. The number of finished sub-windows, and what is in one of them.
  [[nodiscard]] std::size_t finished() const {
    return std::atomic_ref(finished_).load(std::memory_order_acquire);
  }
  [[nodiscard]] std::size_t parts() const { return parts_.size(); }
  // Of the window, as planned.
  [[nodiscard]] Nanoseconds length() const { return length_; }
  [[nodiscard]] std::uint64_t messages_of(std::size_t part) const { return parts_[part].messages; }
  [[nodiscard]] const Histogram& latency_of(std::size_t part) const { return parts_[part].latency; }
  // The start of a sub-window since t0; the length of the window for the number of sub-windows.
  [[nodiscard]] Nanoseconds offset_of(std::size_t part) const { return start_of(part) - t0_; }

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

  const Instant t0_;
  const Nanoseconds length_;  // as planned
  Instant t1_;
  std::vector<Part> parts_;
  Silence silence_;
  std::size_t current_ = 0;
  Instant part_begin_, part_end_;  // of parts_[current_]
  Instant begin_, end_;            // of what is in it and in one part of the silence
  // Shared through atomic_ref, which leaves a Series movable and is not for const objects.
  mutable std::size_t finished_ = 0;
  Instant next_finished_;  // the end of the first sub-window that is not finished
};

}  // namespace sockmark
