// A report as Markdown, for $GITHUB_STEP_SUMMARY and for comments on pull and merge requests:
// headline and alerts, then the tables, then folded details.
//
// GitHub Flavored Markdown (https://github.github.com/gfm/), which GitLab reads too. Texts of a
// report are escaped: they cannot make markup or links, and "@name" and "#1" do not become mentions
// or references. Pure functions, any thread.

#pragma once

#include <string>
#include <string_view>

#include "reports/compare/compare.h"
#include "reports/model/report.h"
#include "reports/views/summary_table.h"

namespace sockmark::report {

// Ends with a newline.
[[nodiscard]] std::string markdown(const Report& report, const TableOptions& options = {});
[[nodiscard]] std::string markdown(const Report& baseline, const Report& candidate,
                                   const CompareOptions& options = {});

// The text as part of a line or of a table cell: one line, printable. Requires: it is not the first
// in its line, where "- " or "1. " would begin a list.
[[nodiscard]] std::string markdown_escaped(std::string_view text);

}  // namespace sockmark::report
