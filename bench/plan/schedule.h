// The due times of the messages of one flow in an open loop. They are fixed before the run by rate
// and seed alone: a late generator neither shifts nor skips a message, so waiting time shows as
// latency (RFC 2330, section 11.1.3, method 3; docs/definitions/generator.md#schedule).
//
// Pure logic, without a clock. One thread.

#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/random.h"
#include "bench/plan/arrival_law.h"

namespace sockmark {

class Schedule {
 public:
  struct Options {
    ArrivalLaw arrivals = {};
    double rate = 1;                    // messages/s of all flows together. Must: > 0
    std::uint64_t seed = 1;             // of this flow: child_seed() of the seed of the case
    std::uint64_t flow = 0, flows = 1;  // index of this flow, and number of flows
  };

  explicit Schedule(const Options& options);

  // Due time of the next message, since the start of the schedule. advance() goes to the one after.
  [[nodiscard]] Nanoseconds due() const { return due_; }
  void advance();

  // The number of messages due before `end`, the next one included. Advances past them. A random
  // process is counted exactly up to kMaxCounted, and estimated by its mean beyond: a generator
  // leaves that many messages only when it is overloaded anyway.
  [[nodiscard]] std::uint64_t count_until(Nanoseconds end);
  static constexpr std::uint64_t kMaxCounted = 10'000;

 private:
  [[nodiscard]] static Nanoseconds rounded(double offset_ns);
  [[nodiscard]] Nanoseconds uniform_due(std::uint64_t index) const;
  [[nodiscard]] std::uint64_t count_uniform_until(Nanoseconds end);
  void advance_bursts();
  void advance_on_off();
  [[nodiscard]] std::uint64_t count_random_until(Nanoseconds end);
  [[nodiscard]] std::uint64_t estimate_until(Nanoseconds end);

  const Options options_;
  const double mean_spacing_ns_;  // of this flow
  Random random_;
  std::uint64_t index_ = 0;          // uniform: index of the message after the next one
  double offset_ns_ = 0;             // of the last random event; on-off: in the time of ON periods
  std::uint64_t left_in_burst_ = 1;  // the next message included
  Nanoseconds due_{0};
};

}  // namespace sockmark
