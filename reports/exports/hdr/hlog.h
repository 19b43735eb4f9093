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
  // Readers keep intervals with different tags apart. Requires: no comma, space or control
  // character. Empty: no tag.
  std::string tag;
  // Since the start of the log. Requires: neither is negative.
  Nanoseconds start{0}, length{0};
  const Histogram* histogram = nullptr;  // of nanoseconds; not null
};

struct HlogOptions {
  std::string comment;  // one line; empty: none
  // The start of the log. Without it readers use the start of the first interval.
  std::optional<std::chrono::sys_time<std::chrono::milliseconds>> start;
};

// The third column is the largest value in milliseconds, by the counters and not exact, as
// HistogramLogWriter writes it. The encoding has no overflowed values: a comment before the line
// counts them.
[[nodiscard]] std::string to_hlog(std::span<const HlogInterval> intervals,
                                  const HlogOptions& options = {});

}  // namespace sockmark::report
