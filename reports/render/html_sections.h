// The sections of the page, one function each. html.cc lists their elements and class names.
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
  bool explained = true;  // with the meaning of the columns; once in a page
};

// One report of a page. `name` is "Baseline" or "Candidate", and empty if there is only one.
struct Side {
  std::string_view name;
  const Report* report;
};

void add_alerts(HtmlWriter& out, const std::vector<Alert>& alerts);
void add_figures(HtmlWriter& out, const Report& report, const SectionNames& names);
// Nothing if no case has several generators.
void add_generators(HtmlWriter& out, const Report& report, const SectionNames& names);
// Nothing if no case was measured beside a load.
void add_load(HtmlWriter& out, const Report& report, const SectionNames& names);
// Nothing unless has_connection_tables().
void add_connections(HtmlWriter& out, const Report& report, const SectionNames& names);
void add_searches(HtmlWriter& out, const Report& report);
void add_comparison(HtmlWriter& out, const CompareOutcome& outcome);
void add_warnings(HtmlWriter& out, const std::vector<Side>& sides);
void add_repeat(HtmlWriter& out, const std::vector<Side>& sides);
void add_environment(HtmlWriter& out, const Report& report);
// Marks what differs, and lists first what must be equal and is not.
void add_environment(HtmlWriter& out, const Report& baseline, const Report& candidate,
                     const CompareOutcome& outcome);

// Keeps the lines of the text.
void add_lines(HtmlWriter& out, std::string_view tag, std::string_view text);

}  // namespace sockmark::report
