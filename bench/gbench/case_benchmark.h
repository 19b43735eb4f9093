// A case of a plan as a Google Benchmark benchmark.
//
// Each repetition is one run of the case: fresh processes and sockets, warm-up, window and drain,
// as in sockmark run. The length of a run is fixed, so the number of its messages is known only
// after it. The library calibrates a number of iterations before it measures, and requires the same
// number for all repetitions. Therefore each repetition is one iteration (no calibration): the run
// comes first, then its window divided by its messages is reported as manual time. The number of
// messages is the counter kMessages, which SoundReporter reports as the iterations. Rejected:
//
//  - A fixed number found by an earlier run: it would report the rate of another run.
//  - KeepRunningBatch(messages): iterations differ between repetitions, and the library aborts in
//    its statistics if it was built with checks, as Debian's is.
//  - One message as one iteration of the library's loop: it repeats whole runs until the times of
//    their single messages add up to its minimum time.
//
// If the first repetitions are invalid, the valid ones are reported before them: the library's
// statistics crash where the first of several is an error.
//
// The library calls run() in one thread, one benchmark at a time.

#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "bench/plan/plan.h"
#include "reports/model/report.h"

namespace sockmark::gbench {

// Messages of the run behind one iteration.
inline constexpr const char* kMessages = "messages";

// The result of all benchmarks, for the exit status.
struct Outcome {
  bool any_invalid = false;
  int interrupted_by = 0;  // the number of a signal; later benchmarks are skipped
};

class CaseBenchmark {
 public:
  // Must: `outcome` outlives this. `program` starts the workers.
  CaseBenchmark(CaseSpec spec, std::uint64_t seed, std::uint64_t repetitions, std::string program,
                Outcome& outcome);

  // One repetition. A failed or invalid run is an error of the benchmark.
  void run(benchmark::State& state);

  [[nodiscard]] std::string name() const { return spec_.id(); }

 private:
  [[nodiscard]] report::Run measure();

  const CaseSpec spec_;
  const std::uint64_t seed_, repetitions_;
  const std::string program_;
  Outcome& outcome_;
  std::uint64_t measured_ = 0;
  std::vector<std::string> problems_;  // of invalid runs that are not reported yet
};

}  // namespace sockmark::gbench
