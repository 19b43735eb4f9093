// Whether a run had warmed up when its window began: the median latency of each tenth of a second,
// warm-up included, by when the answers came. The judgement is health.h's.
//
// One thread's; merged with add(), which keeps the verdicts, as medians of different threads are
// not to be averaged. Fixed memory but for 8 bytes a tenth of a second, up to kMost of them.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "measure/histogram.h"

namespace sockmark {

class Settling {
 public:
  static constexpr Nanoseconds kPart = std::chrono::milliseconds(100);
  // Ten minutes: who has not settled by then is not caught by looking longer.
  static constexpr std::size_t kMost = 6000;

  Settling(Instant warm_up_from, Instant t0, Instant t1);

  // Must: instants do not decrease.
  void record(Instant at, Nanoseconds latency, std::uint64_t messages = 1) {
    if (at >= part_end_) next_part(at);
    current_.record(ns(latency), messages);
  }
  void add(const Settling& other);

  // Of all threads. None where the run was too short, or quiet for a tenth of a second, or had no
  // warm-up to judge.
  [[nodiscard]] std::optional<bool> settled() const;

 private:
  void next_part(Instant at);

  Instant part_end_, t1_;
  std::size_t parts_of_warm_up_;
  Histogram current_{{.significant_digits = 3}};
  std::vector<double> medians_;
  bool quiet_ = false;  // nothing came in some part
  std::optional<bool> merged_;
};

}  // namespace sockmark
