// The formats of `sockmark export`: one table for the command, for `sockmark list formats` and for
// the tests. docs/exports.md says what reads each format and what it lacks.

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "reports/compare/compare_json.h"
#include "reports/model/report.h"

namespace sockmark::report {

struct ExportOptions {
  std::string branch;  // of the measured program; a column of otava
};

struct Format {
  std::string_view name, summary;
  // Pure. The error is one line: why the format cannot hold this report.
  Result<std::string> (*text)(const Report&, const ExportOptions&);
  // Of a comparison document; null if the format takes reports only.
  std::string (*of_comparison)(const ComparisonDocument&) = nullptr;
  // Of a baseline and a candidate; null if the format takes one report.
  std::string (*of_two)(const Report&, const Report&) = nullptr;
};

[[nodiscard]] std::span<const Format> formats();

// Null if there is no such format.
[[nodiscard]] const Format* find_format(std::string_view name);

// Whether a case has this id, or this name in case_names().
[[nodiscard]] bool has_case(const Report& report, std::string_view name);

// The report with only these cases, in the order of the report, and the comparisons of any of them.
// Names as for has_case(); unknown names are ignored.
[[nodiscard]] Report with_cases(Report report, std::span<const std::string> wanted);

}  // namespace sockmark::report
