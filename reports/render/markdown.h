// A report for where Markdown is read: $GITHUB_STEP_SUMMARY, a pull request's comment, a merge
// request. Verdicts first, then the table; what few read is folded.
//
// GitHub Flavored Markdown (https://github.github.com/gfm/), which GitLab reads too. Every text of
// a report is text: it makes no markup, no link, and pings nobody ("@name" and "#1" are kept from
// being a mention or a reference). Pure functions, any thread.

#pragma once

#include <string>
#include <string_view>

#include "reports/compare/compare.h"
#include "reports/model/report.h"

namespace sockmark::report {

// Ends with a newline.
[[nodiscard]] std::string markdown(const Report& report);
[[nodiscard]] std::string markdown(const Report& baseline, const Report& candidate,
                                   const CompareOptions& options = {});

// A text from elsewhere as part of a line, also in a cell of a table: one line, printable. Must not
// be the first of its line, where "- " or "1. " would begin a list.
[[nodiscard]] std::string markdown_escaped(std::string_view text);

}  // namespace sockmark::report
