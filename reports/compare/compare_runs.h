// Which runs of two cases are compared, which are excluded, and the caveats about the rest.
//
// No run is excluded for its value or by a rule that reads a measured value (a saturated generator:
// the system was slowest in those runs). A run is excluded if it broke a promise of the transport,
// if the machine changed during it, or if it failed and has no figures. An excluded run excludes
// its whole block (docs/definitions/stopping.md#outliers). Pure functions, any thread.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "reports/model/report.h"

namespace sockmark::report {

// A larger share of excluded or saturated runs makes a comparison invalid, of unsteady runs its
// gates inconclusive (docs/definitions/comparing.md#verdict,
// docs/definitions/stopping.md#outliers).
inline constexpr double kMaxDoubtful = 0.2;

struct ComparedRuns {
  Design design = Design::unpaired;
  // Point into the cases. Paired: the k-th of both form a block.
  std::vector<const Run*> baseline, candidate;
  std::vector<ExcludedRun> excluded;
  std::vector<std::string> invalid;  // why the comparison is invalid, one line each, with the case
  std::vector<std::string> caveats;  // why its gates are inconclusive, one line each

  // The number of blocks; unpaired, the runs of the side with fewer.
  [[nodiscard]] std::size_t blocks() const;
};

// Paired: runs of equal index form a block. The cases must outlive the result. Errors: an index
// that occurs twice in a case, more runs than kMaxBlocks.
[[nodiscard]] Result<ComparedRuns> choose_runs(const Case& baseline, const Case& candidate,
                                               Design design);

}  // namespace sockmark::report
