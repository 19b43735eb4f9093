// The alerts at the top of a page and of a summary: failed gates, invalid runs, an interrupted
// measurement, a slow responder, injected faults, noise on the machine. Names are printable
// (printable.h) and cut, not escaped for any markup. Pure functions.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/compare/compare.h"
#include "reports/model/report.h"
#include "reports/views/comparison_rows.h"

namespace sockmark::report {

struct Alert {
  Tone tone = Tone::plain;
  std::string text;                       // a sentence without its full stop
  std::vector<std::string> details = {};  // one line each, at most a dozen
  std::string_view section = {};          // of a page, with more details: "warnings"
};

// The most serious first. Never empty: if nothing is wrong, an alert says so. `comparison` is
// default_comparison() of the report.
[[nodiscard]] std::vector<Alert> alerts_of(const Report& report,
                                           const Maybe<CompareOutcome>& comparison);
[[nodiscard]] std::vector<Alert> alerts_of(const Report& baseline, const Report& candidate,
                                           const CompareOutcome& outcome);

}  // namespace sockmark::report
