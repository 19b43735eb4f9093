// Resource usage of a thread and its process, from getrusage(2). Any thread; a reading is of the
// calling thread.

#pragma once

#include <cstdint>

#include "base/clock.h"

namespace sockmark {

struct Usage {
  std::int64_t user_ns = 0, system_ns = 0;
  std::uint64_t voluntary_switches = 0, involuntary_switches = 0;

  Usage& operator+=(const Usage& other);
  Usage operator-(const Usage& earlier) const;
};

[[nodiscard]] Usage thread_usage();

// The peak resident set of the process.
[[nodiscard]] std::uint64_t peak_resident_bytes();

// The calling thread's usage between two instants, read at the first observation at or after each.
// observe() costs a comparison until an instant is reached. A thread that sleeps past an instant
// uses nothing meanwhile.
class UsageBetween {
 public:
  void set(Instant first, Instant last) {
    last_ = last;
    next_ = first;
  }
  // Ends the interval earlier than planned.
  void shorten(Instant last) {
    if (next_ == last_) next_ = last;
    last_ = last;
  }
  void observe(Instant now) {
    if (now >= next_) [[unlikely]]
      mark(now);
  }
  // Ends an interval whose end was not observed. Must: called by the same thread at its end.
  void close();
  [[nodiscard]] const Usage& used() const { return used_; }

 private:
  void mark(Instant now);

  Instant next_ = Instant::max(), last_ = Instant::max();
  bool open_ = false;
  Usage at_first_, used_;
};

}  // namespace sockmark
