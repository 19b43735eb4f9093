// Google Benchmark's reporters, with what they get put right first:
//
//  - Counters that are not finite are left out. The library makes them (the coefficient of
//    variation of a counter that is always 0, like the loss of a good run), its JSON reporter
//    writes them as NaN, and then no strict reader takes the file.
//  - The iterations of a repetition are the messages of its run (case_benchmark.h).
//  - The CPU time is that of the two processes that were measured. The library knows only that of
//    this one, which waits.
//
// The library's one thread.

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

  // Whether everything up to Finalize() was taken by the stream.
  [[nodiscard]] bool written() const { return written_; }

 private:
  benchmark::BenchmarkReporter& inner_;
  bool written_ = true;
};

}  // namespace sockmark::gbench
