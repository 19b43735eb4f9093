// A comparison as a document of its own, for machines: schema/comparison-1.schema.json describes
// it. Pure function.

#pragma once

#include <string>

#include "reports/compare.h"
#include "reports/report.h"

namespace sockmark::report {

// Where one side of a comparison is from.
struct ComparedSource {
  std::string file;
  Tool tool;
  std::string hash_hard;  // of its machine
};

// Indented by two spaces, with a newline at the end. Within one report both sources are that one,
// but for the tools of two arms.
[[nodiscard]] std::string to_json(const CompareOutcome& outcome, const ComparedSource& baseline,
                                  const ComparedSource& candidate);

}  // namespace sockmark::report
