// The delays of messages between two clocks, by what is known of the clocks when the run is over:
// until then they were recorded by an estimate.
//
// Pure functions, any thread.

#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "base/clock.h"
#include "bench/load/arrivals.h"
#include "bench/worker/run_clock.h"
#include "measure/sliced_delays.h"

namespace sockmark {

struct Delays {
  MovedDelays sent, response;

  void add(const Delays& other) {
    for (const auto& [sum, more] :
         {std::pair(&sent, &other.sent), std::pair(&response, &other.response)}) {
      sum->delay.add(more->delay);
      sum->error = std::max(sum->error, more->error);
    }
  }
};

// The delays of the messages of one sender, over the threads that received them. `estimate`: by
// which they were recorded, if there was one; `theirs`: what was found of the sender's clock.
// Withdraws the bound of the clock where the delays contradict it.
[[nodiscard]] Delays move_delays(std::span<const DelaySlices* const> slices,
                                 std::optional<Nanoseconds> estimate, const GeneratorClock& theirs,
                                 RunClock& clock);

}  // namespace sockmark
