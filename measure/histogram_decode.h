// Decodes the histograms of a report (Histogram::encode_v2_compressed), to merge them over runs and
// to export them in other formats.
//
// The result has the counters of the original: no overflow, its min and max are the low end of the
// first and the high end of the last counter, and its sum is that of the low ends. A percentile is
// that of the original, or is beyond it inside the counter of an extreme: Histogram::restore().
//
// The bytes are untrusted input. Errors: one line. No threads, no I/O.

#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"
#include "measure/histogram.h"

namespace sockmark {

// Accepts only the default parameters, which every histogram of a report has.
[[nodiscard]] Result<Histogram> decode_v2_compressed(std::span<const std::byte> bytes);

}  // namespace sockmark
