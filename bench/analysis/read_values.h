// Lists of numbers from a file of somebody else's: values for a histogram, and pairs for a
// comparison (docs/analyze.md says how they look). Errors: one line that names the file and the
// line.

#pragma once

#include <vector>

#include "base/line_input.h"
#include "base/result.h"
#include "measure/histogram.h"

namespace sockmark {

// One non-negative integer a line, optionally followed by how often it occurred, behind a comma, a
// space or a tab. Empty lines are skipped; an empty file is an empty histogram. Constant memory.
[[nodiscard]] Result<Histogram> read_values(LineInput& input,
                                            const HistogramParameters& parameters);

// CSV with the header block,a,b: a positive figure of the run of A and of the run of B of each
// block, which has any name, and one row. Answers ln(b / a) of each, at least one.
[[nodiscard]] Result<std::vector<double>> read_log_ratios(LineInput& input);

}  // namespace sockmark
