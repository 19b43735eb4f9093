// Reads lists of numbers from a file: values for a histogram, and pairs for a comparison
// (docs/analyze.md describes the formats). Errors: one line that names the file and the line.

#pragma once

#include <vector>

#include "base/line_input.h"
#include "base/result.h"
#include "measure/histogram.h"

namespace sockmark {

// One non-negative integer per line, optionally followed by a comma, space or tab and its number of
// occurrences. Empty lines are skipped; an empty file is an empty histogram. Constant memory.
[[nodiscard]] Result<Histogram> read_values(LineInput& input,
                                            const HistogramParameters& parameters);

// CSV with the header block,a,b: one row for each block, with a unique name and a positive number
// of A and of B. Returns ln(b / a) of each block, at least one.
[[nodiscard]] Result<std::vector<double>> read_log_ratios(LineInput& input);

}  // namespace sockmark
