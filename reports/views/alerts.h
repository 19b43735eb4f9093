// What nobody who looks at a report may miss: gates that failed, runs that are invalid, a
// measurement that was cut short, faults that were injected, what disturbs the machine. For a page
// and a summary, which put it first. Names are printable (printable.h) and cut, not escaped for any
// markup. Pure functions.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/compare/compare.h"
#include "reports/model/report.h"
#include "reports/views/comparison_rows.h"

namespace sockmark::report {

struct Notice {
  Tone tone = Tone::plain;
  std::string text;                       // a sentence without its full stop
  std::vector<std::string> details = {};  // one line each, a dozen at the most
  std::string_view section = {};          // of a page, that tells more: "warnings"
};

// The gravest first. `told` is default_comparison() of the report. Never empty: where nothing is
// wrong, that is said.
[[nodiscard]] std::vector<Notice> notices_of(const Report& report,
                                             const Maybe<CompareOutcome>& told);
[[nodiscard]] std::vector<Notice> notices_of(const Report& baseline, const Report& candidate,
                                             const CompareOutcome& outcome);

}  // namespace sockmark::report
