// The progress of a measurement on standard error: one line that is rewritten on a terminal, one
// line per run elsewhere (a CI log), or nothing.

#pragma once

#include <string>

#include "base/clock.h"
#include "bench/run/runner.h"

namespace sockmark {

class ProgressLine {
 public:
  enum class Style { none, lines, rewriting };

  ProgressLine(Style style, Nanoseconds estimate)
      : style_(style), estimate_(estimate), started_(now()) {}

  void show(const RunnerOptions::Progress& progress);
  // Erases the line on a terminal, for the output that follows.
  void clear();

  // "[ 3/18] udp/rr/64B/c1, run 1 of 3   0:07 elapsed, about 0:38 left". Pure.
  [[nodiscard]] static std::string text(const RunnerOptions::Progress& progress,
                                        Nanoseconds elapsed, Nanoseconds estimate);

 private:
  Style style_;
  Nanoseconds estimate_;
  Instant started_;
};

}  // namespace sockmark
