// Which runs of two cases are compared, and what is doubtful about them.
//
// No run is left out for its value, nor for a rule that reads what was measured (a saturated
// generator: those are the runs where the system was slowest). Rules that do not may exclude a run:
// it broke a promise of the transport, the machine changed under it, or it failed and has no
// figures. A block with an excluded run is excluded whole (docs/definitions/stopping.md#outliers).
// Pure functions.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "reports/model/report.h"

namespace sockmark::report {

// More than this share of excluded or of saturated runs makes a comparison invalid, of unsteady
// ones inconclusive (docs/definitions/comparing.md#verdict, docs/definitions/stopping.md#outliers).
inline constexpr double kMaxDoubtful = 0.2;

struct ComparedRuns {
  bool paired = false;
  // Into the runs of the cases. Paired: the k-th of both are a block.
  std::vector<const Run*> baseline, candidate;
  std::vector<ExcludedRun> excluded;
  std::vector<std::string> invalid;  // why the comparison is, one line each, with its case
  std::vector<std::string> doubts;   // why its gates are inconclusive, one line each

  // Blocks; unpaired, the runs of the side that has fewer.
  [[nodiscard]] std::size_t blocks() const;
};

// Paired: runs of equal index are a block. Errors: an index that occurs twice in a case, more runs
// than are compared. Lives no longer than the cases.
[[nodiscard]] Result<ComparedRuns> choose_runs(const Case& baseline, const Case& candidate,
                                               bool paired);

}  // namespace sockmark::report
