// A case of a plan as a benchmark of Google's library.
//
// Each repetition is one run of the case: fresh processes and sockets, warm-up, window and drain,
// as `sockmark run` does it. A run is as long as it was asked to be, so how many messages it
// measures is known only after it. The library on the other hand calibrates a count before it
// measures, and takes for granted that all repetitions have the same. So it is told to iterate once
// (no calibration): the run is made first, then answered for with its window divided by its own
// messages as manual time. The count goes along as the counter kMessages, which SoundReporter tells
// as the iterations. Rejected:
//
//  - a fixed count that an earlier run found: the rate of one run told as that of another;
//  - KeepRunningBatch(messages), which makes the iterations differ between repetitions: the library
//    aborts in its statistics, where it was built with checks as Debian's is;
//  - one message as an iteration of the library's own loop: it repeats whole runs until the times
//    of their single messages add up to its minimum.
//
// The library calls run() in one thread, one benchmark at a time.

#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

#include "bench/plan/plan.h"

namespace sockmark::gbench {

// Messages of the run behind one iteration.
inline constexpr const char* kMessages = "messages";

// What the runs of all benchmarks came to, for the exit status.
struct Outcome {
  bool any_invalid = false;
  int interrupted_by = 0;  // a signal's number; what comes after it is skipped
};

class CaseBenchmark {
 public:
  // Must: `outcome` outlives this. `program` starts the workers.
  CaseBenchmark(CaseSpec spec, std::uint64_t seed, std::string program, Outcome& outcome);

  // One repetition. A run that failed or is invalid is an error of the benchmark, and no figure.
  void run(benchmark::State& state);

  [[nodiscard]] std::string name() const { return spec_.id(); }

 private:
  const CaseSpec spec_;
  const std::uint64_t seed_;
  const std::string program_;
  Outcome& outcome_;
  std::uint64_t repetition_ = 0;
};

}  // namespace sockmark::gbench
