// The formats of `sockmark export`: one table, which the command, `sockmark list formats` and the
// tests read. docs/exports.md tells of each what reads it and what it loses.

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "reports/compare/compare_json.h"
#include "reports/model/report.h"

namespace sockmark::report {

struct ExportOptions {
  std::string branch;  // that the measured program is of; otava's column
};

struct Format {
  std::string_view name, summary;
  // Pure. An error is one line, of a report that cannot be told so.
  Result<std::string> (*text)(const Report&, const ExportOptions&);
  // Of a comparison's own document; null where the format tells reports only.
  std::string (*of_comparison)(const ComparisonDocument&) = nullptr;
  // Of a baseline and a candidate; null where the format tells one report.
  std::string (*of_two)(const Report&, const Report&) = nullptr;
};

[[nodiscard]] std::span<const Format> formats();

// Null where there is none of this name.
[[nodiscard]] const Format* find_format(std::string_view name);

// Whether a case has this id, or this name as case_names() has it.
[[nodiscard]] bool has_case(const Report& report, std::string_view name);

// The report with these cases only, in its own order, and the comparisons that name one of them.
// Named as for has_case(); what is not there is passed over.
[[nodiscard]] Report with_cases(Report report, std::span<const std::string> wanted);

}  // namespace sockmark::report
