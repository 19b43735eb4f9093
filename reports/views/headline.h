// The headline of a report: one to three sentences that its figures support.
//
// Problems come first: invalid runs, failed gates, two reports that are not comparable. Then the
// strongest differences, each with its metric, size and interval, and how many of all are
// significant; if nothing is significant, the figures. A difference is significant if its interval
// excludes no change and, among many lines without a gate, its adjusted p-value is at most 5 %
// (Benjamini-Hochberg): the largest of many differences is the one most likely to be chance.
// Between unpaired runs it is "observed, but time-confounded"
// (docs/definitions/comparing.md#two-reports).
//
// Names of a report are printable (printable.h) and cut, not escaped for any markup. Pure
// functions, any thread.

#pragma once

#include <string>
#include <vector>

#include "reports/compare/compare.h"
#include "reports/model/report.h"

namespace sockmark::report {

// `comparison` is default_comparison() of the report.
[[nodiscard]] std::vector<std::string> headline(const Report& report,
                                                const Maybe<CompareOutcome>& comparison);

// `outcome` is compare_reports() of the two.
[[nodiscard]] std::vector<std::string> headline(const Report& baseline, const Report& candidate,
                                                const CompareOutcome& outcome);

}  // namespace sockmark::report
