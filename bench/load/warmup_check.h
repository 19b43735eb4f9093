// Records the median latency of each 100 ms of a run, warm-up included, by the arrival of the
// answers. health.h decides from them whether the warm-up was long enough.
//
// One for each thread, merged with add(), which keeps the verdicts: medians of different threads
// cannot be averaged. Fixed memory except for 8 bytes for each part, up to kPartsMax of them.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "measure/histogram.h"

namespace sockmark {

class WarmupCheck {
 public:
  static constexpr Nanoseconds kPart = std::chrono::milliseconds(100);
  // Ten minutes: more would not find a warm-up that takes longer.
  static constexpr std::size_t kPartsMax = 6000;

  WarmupCheck(Instant warmup_start, Instant t0, Instant t1);

  // Must: instants do not decrease.
  void record(Instant at, Nanoseconds latency, std::uint64_t messages = 1) {
    if (at >= part_end_) next_part(at);
    current_.record(ns(latency), messages);
  }
  void add(const WarmupCheck& other);
  void add(bool verdict) { merged_ = merged_.value_or(true) && verdict; }

  // The verdict over all threads. None if the run was too short, had no answer for a whole part, or
  // had no warm-up.
  [[nodiscard]] std::optional<bool> warmed_up() const;

 private:
  void next_part(Instant at);

  Instant part_end_, t1_;
  std::size_t warmup_parts_;
  Histogram current_{{.significant_digits = 3}};
  std::vector<double> medians_;
  bool empty_part_ = false;  // some part had no answer
  std::optional<bool> merged_;
};

}  // namespace sockmark
