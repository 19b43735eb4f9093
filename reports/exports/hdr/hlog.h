// Histograms of intervals as .hlog, the histogram log that HdrHistogram's HistogramLogReader,
// HistogramLogAnalyzer and their plotters read (log format version 1.3). Pure function.

#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "measure/histogram.h"

namespace sockmark::report {

struct HlogInterval {
  // What it is of. Must: without comma, space or control characters, which would end it or its
  // line; empty: the interval has no tag. Readers keep intervals of different tags apart.
  std::string tag;
  // Since the log's start. Must: neither is negative.
  Nanoseconds start{0}, length{0};
  const Histogram* histogram = nullptr;  // of nanoseconds. Must: not null; lives during the call
};

struct HlogOptions {
  std::string comment;  // one line about where the log is from; empty: none
  // When the log starts. Without, readers take the first interval's start for it.
  std::optional<std::chrono::sys_time<std::chrono::milliseconds>> start;
};

// The third column is the largest value in milliseconds, by the counters and not exact, as
// HistogramLogWriter writes it.
[[nodiscard]] std::string to_hlog(std::span<const HlogInterval> intervals,
                                  const HlogOptions& options = {});

}  // namespace sockmark::report
