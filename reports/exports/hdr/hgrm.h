// A histogram as .hgrm, the percentile distribution that HdrHistogram tools print and plot, in the
// layout of AbstractHistogram.outputPercentileDistribution of HdrHistogram 2.1.11.
//
// Two things differ from the reference implementation, which knows the counters only: no value is
// above the exact maximum, and values that overflowed count, so that the lines end with the last
// percentile that is known, and a comment says why. Pure function.

#pragma once

#include <string>

#include "measure/histogram.h"

namespace sockmark::report {

struct HgrmOptions {
  // Lines for each halving of the distance to 100 %. Requires: at least 1.
  int ticks_per_half_distance = 5;
  // Divides the printed values; 1000 prints nanoseconds as microseconds, as is usual. Requires: >
  // 0.
  double divide_by = 1000;
};

[[nodiscard]] std::string to_hgrm(const Histogram& histogram, const HgrmOptions& options = {});

}  // namespace sockmark::report
