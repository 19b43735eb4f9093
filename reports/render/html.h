// The page of a report: one HTML file that needs nothing else, neither a network nor, for all but
// the charts, JavaScript. Of two reports, the page that compares them.
//
// Right and readable as it stands: what was found in a sentence, what is wrong, the table, the
// comparison, the machine, the command to measure it again. The script that is embedded adds the
// charts and the downloads, from the report, which the page carries compressed (compressed.h), and
// the chart data.
//
// Every text of a report is text here, never markup: all of it goes through one escape function
// (html_writer.h), and the page's own policy (CSP) allows no script but the embedded one, by its
// hash, and no request to anywhere.
//
// Pure functions, any thread.

#pragma once

#include <string>

#include "reports/compare/compare.h"
#include "reports/model/report.h"
#include "reports/render/page_assets.h"

namespace sockmark::report {

[[nodiscard]] std::string html_page(const Report& report, const PageAssets& assets);

// Errors of comparing (two cases of one id) are told in the page. Gates are those of the options.
[[nodiscard]] std::string html_page(const Report& baseline, const Report& candidate,
                                    const PageAssets& assets, const CompareOptions& options = {});

}  // namespace sockmark::report
