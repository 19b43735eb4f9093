// Corrects the results before one of Google Benchmark's reporters gets them:
//
//  - Counters that are not finite are left out. The library computes such counters (the coefficient
//    of variation of a counter that is always 0, such as the loss of a good run), and its JSON
//    reporter writes them as NaN, which strict readers reject.
//  - The iterations of a repetition are the messages of its run (case_benchmark.h).
//  - The CPU time is that of the two measured processes. The library measures only this process,
//    which waits.
//
// Used by the library's one thread.

#pragma once

#include <benchmark/benchmark.h>

#include <vector>

namespace sockmark::gbench {

class SoundReporter : public benchmark::BenchmarkReporter {
 public:
  // Must: `inner` outlives this.
  explicit SoundReporter(benchmark::BenchmarkReporter& inner) : inner_(inner) {}

  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

  // Whether the stream accepted everything up to Finalize().
  [[nodiscard]] bool written() const { return written_; }

 private:
  benchmark::BenchmarkReporter& inner_;
  bool written_ = true;
};

}  // namespace sockmark::gbench
