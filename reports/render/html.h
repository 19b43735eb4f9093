// The page of a report, or of two reports that are compared: one self-contained HTML file. Only the
// charts need JavaScript, and nothing needs a network.
//
// The static part has the headline, the alerts, the tables, the environment and the command that
// repeats the measurement. The embedded script adds charts and downloads from the report, which the
// page carries compressed (compressed.h), and from the chart data.
//
// Texts of a report are never markup: all of them pass through one escape function (html_writer.h).
// The content security policy of the page allows only the embedded script, by its hash, and no
// request.
//
// Pure functions, any thread.

#pragma once

#include <string>

#include "reports/compare/compare.h"
#include "reports/model/report.h"
#include "reports/render/page_assets.h"

namespace sockmark::report {

[[nodiscard]] std::string html_page(const Report& report, const PageAssets& assets);

// Errors of the comparison, such as two cases with one id, are shown in the page. The options have
// the gates.
[[nodiscard]] std::string html_page(const Report& baseline, const Report& candidate,
                                    const PageAssets& assets, const CompareOptions& options = {});

}  // namespace sockmark::report
