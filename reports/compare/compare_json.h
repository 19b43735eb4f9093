// A comparison as a document of its own, for machines: schema/comparison-1.schema.json describes
// it. Pure functions.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "reports/compare/compare.h"
#include "reports/model/report.h"

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

// The part of a document that other formats export.
struct ComparisonDocument {
  Tool tool;  // of the candidate
  std::vector<Comparison> comparisons;
  std::vector<std::string> invalid;  // why the comparison is invalid, one line each
};

// Empty if the text is JSON whose "$schema" is not that of a comparison. Errors as those of
// report_from_json().
[[nodiscard]] Result<std::optional<ComparisonDocument>> comparison_from_json(
    std::string_view text, std::string_view name = {});

}  // namespace sockmark::report
