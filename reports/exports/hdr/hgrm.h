// A histogram as .hgrm, the percentile distribution that HdrHistogram's tools print and its
// plotters read: AbstractHistogram.outputPercentileDistribution of HdrHistogram 2.1.11, to the
// character.
//
// The figures are those of the counters (Histogram::equivalent() and the high end of a counter), as
// the reference implementation's are; values that overflowed are not in it. Pure function.

#pragma once

#include <string>

#include "measure/histogram.h"

namespace sockmark::report {

struct HgrmOptions {
  // Lines for each halving of the distance to 100 %. Must: at least 1.
  int ticks_per_half_distance = 5;
  // Values are printed divided by this; 1000 makes microseconds of nanoseconds, as is the custom.
  // Must: > 0.
  double divide_by = 1000;
};

[[nodiscard]] std::string to_hgrm(const Histogram& histogram, const HgrmOptions& options = {});

}  // namespace sockmark::report
