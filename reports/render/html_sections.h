// The sections of the page, one function each (html.cc has the outline and the class names).
// Internal to the page.

#pragma once

#include <string_view>
#include <vector>

#include "reports/compare/compare.h"
#include "reports/format/html_writer.h"
#include "reports/model/report.h"
#include "reports/views/alerts.h"

namespace sockmark::report {

struct SectionNames {
  std::string_view id, heading;
  bool explained = true;  // with what its columns mean, once a page
};

// One report of a page, with the name of its side; empty where it is the only one.
struct Side {
  std::string_view name;
  const Report* report;
};

void add_notices(HtmlWriter& out, const std::vector<Notice>& notices);
void add_figures(HtmlWriter& out, const Report& report, const SectionNames& names);
void add_searches(HtmlWriter& out, const Report& report);
void add_comparison(HtmlWriter& out, const CompareOutcome& outcome);
void add_warnings(HtmlWriter& out, const std::vector<Side>& sides);
void add_repeat(HtmlWriter& out, const std::vector<Side>& sides);
void add_environment(HtmlWriter& out, const Report& report);
// What differs is marked: what must be equal and is not, apart from the rest.
void add_environment(HtmlWriter& out, const Report& baseline, const Report& candidate,
                     const CompareOutcome& outcome);

// A text of several lines, which are kept.
void add_lines(HtmlWriter& out, std::string_view tag, std::string_view text);

}  // namespace sockmark::report
