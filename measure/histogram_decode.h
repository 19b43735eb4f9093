// The way back from the encoding that a report holds (Histogram::encode_v2_compressed): for merging
// the histograms of runs, and for telling them in other formats.
//
// What comes back has the counters, and nothing that is not in the encoding: no overflow, and min,
// max and sum are those of the counters' low ends. Percentiles are the same to the bit.
//
// The bytes are input and not trusted. Errors: one line. No threads, no I/O.

#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"
#include "measure/histogram.h"

namespace sockmark {

// Of the default parameters, which every histogram of a report has, and no other.
[[nodiscard]] Result<Histogram> decode_v2_compressed(std::span<const std::byte> bytes);

}  // namespace sockmark
