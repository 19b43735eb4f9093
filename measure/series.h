// Message counts and latencies over the course of a measurement window: equal sub-windows, each
// with a count, a histogram of two significant digits and a count of lost messages; and when no
// message was counted.
//
// Fixed memory, allocated at construction: 35 KiB a sub-window. Times are nanoseconds. One thread
// at a time; merge with add(). While one thread records, others may read what is finished of
// finished sub-windows, and everything of settled ones.

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
  Series(Instant t0, Instant t1, std::size_t sub_windows = kSubWindows);
  // Sub-windows of this length; the last one is shorter if the window is not a multiple of it. 0:
  // kSubWindows of them. Must: interval >= 0.
  Series(Instant t0, Instant t1, Nanoseconds interval);
  static constexpr std::size_t kSubWindows = 20;
  // The number of sub-windows of such a series. Must: interval >= 0, window > 0.
  [[nodiscard]] static std::size_t sub_windows_of(Nanoseconds window, Nanoseconds interval);
  // When a sub-window of such a series begins, since t0; `window` for their number.
  [[nodiscard]] static Nanoseconds start_of(std::size_t part, Nanoseconds window,
                                            Nanoseconds interval);

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

  // Messages were lost, as the arrival at `found` showed. Found outside the window: in its first or
  // last sub-window; in a settled one: in the next. Rare, and not cheap.
  void lose(Instant found, std::uint64_t messages);

  // Ends the window earlier than planned, which its sub-windows do not change: the last one is
  // shorter, or missing. Must: t0 < t1.
  void shorten(Instant t1);

  // Must: the same window and number of sub-windows.
  void add(const Series& other);
  // As if this had been recorded in one sub-window. Must: the histogram has two significant digits.
  void add(std::size_t part, std::uint64_t messages, const Histogram& latency, std::uint64_t lost);
  // As if something had arrived in each of these parts of the window.
  void add(const std::bitset<Silence::kParts>& heard) { silence_.add(heard); }

  struct Point {
    Nanoseconds start{0};  // since t0
    std::uint64_t messages = 0;
    std::optional<std::int64_t> p50_ns, p99_ns, max_ns;
    std::uint64_t overflow = 0;  // latencies beyond the histogram's range
    std::uint64_t lost = 0;
  };
  // The lost messages of sub-windows that are missing after shorten() are in the last one.
  [[nodiscard]] std::vector<Point> points() const;
  // Of one sub-window. Must: part < parts().
  [[nodiscard]] Point point(std::size_t part) const;

  // When nothing was recorded.
  [[nodiscard]] const Silence& silence() const { return silence_; }

  // Whether finish_until(now) would finish a sub-window.
  [[nodiscard]] bool finishes(Instant now) const { return now >= next_finished_; }
  // Finishes the sub-windows that end at or before `now`. Must: no earlier instant is recorded from
  // then on.
  void finish_until(Instant now);
  // Settles the finished sub-windows that end at or before `until`, but for the last one of the
  // window: no lost message is counted in them from then on.
  void settle_until(Instant until);
  // Whether settle_until(until) would settle one.
  [[nodiscard]] bool settles(Instant until) const {
    return settled_ + 1 < parts_.size() && start_of(settled_ + 1) <= until;
  }

  // Any thread. The number of finished sub-windows, and what is in one of them.
  [[nodiscard]] std::size_t finished() const {
    return std::atomic_ref(finished_).load(std::memory_order_acquire);
  }
  // Any thread. The number of settled sub-windows.
  [[nodiscard]] std::size_t settled() const {
    return std::atomic_ref(settled_).load(std::memory_order_acquire);
  }
  [[nodiscard]] std::size_t parts() const { return parts_.size(); }
  // Of the window, as planned.
  [[nodiscard]] Nanoseconds length() const { return length_; }
  [[nodiscard]] std::uint64_t messages_of(std::size_t part) const { return parts_[part].messages; }
  [[nodiscard]] const Histogram& latency_of(std::size_t part) const { return parts_[part].latency; }
  // Of settled sub-windows.
  [[nodiscard]] std::uint64_t lost_of(std::size_t part) const { return parts_[part].lost; }
  // The start of a sub-window since t0; the length of the window for the number of sub-windows.
  [[nodiscard]] Nanoseconds offset_of(std::size_t part) const { return start_of(part) - t0_; }

 private:
  Series(Instant t0, Instant t1, Nanoseconds interval, std::size_t sub_windows);
  struct Part {
    std::uint64_t messages = 0;
    Histogram latency{{.significant_digits = 2}};
    std::uint64_t lost = 0;
  };

  [[nodiscard]] Part* part_at(Instant t) {
    if (begin_ <= t && t < end_) [[likely]]
      return &parts_[current_];
    return move_to(t) ? &parts_[current_] : nullptr;
  }
  [[nodiscard]] bool move_to(Instant t);
  [[nodiscard]] Instant start_of(std::size_t part) const;

  const Instant t0_;
  const Nanoseconds length_;    // as planned
  const Nanoseconds interval_;  // 0: the parts are equal
  Instant t1_;
  std::vector<Part> parts_;
  Silence silence_;
  std::size_t current_ = 0;
  Instant part_begin_, part_end_;  // of parts_[current_]
  Instant begin_, end_;            // of what is in it and in one part of the silence
  // Shared through atomic_ref, which leaves a Series movable and is not for const objects.
  mutable std::size_t finished_ = 0, settled_ = 0;
  Instant next_finished_;  // the end of the first sub-window that is not finished
};

}  // namespace sockmark
