// What a report says, in a sentence or two that its figures support: the first thing that a person
// reads of it.
//
// What is wrong comes first: runs that are invalid, gates that failed, two reports that are not
// comparable. Then the most telling differences, each with its metric, size and interval, and for
// how many comparisons none could be shown; where nothing is compared, the figures themselves. A
// difference is claimed only where its interval says so and, among many lines without a gate, its
// adjusted p-value too (Benjamini-Hochberg at 5 %): the largest of many differences is the
// likeliest to be chance. Of runs that nothing pairs it is "observed, but time-confounded"
// (docs/definitions/comparing.md#two-reports).
//
// Names of a report are printable (printable.h) and cut; they are not escaped for any markup. Pure
// functions, any thread.

#pragma once

#include <string>
#include <vector>

#include "reports/compare/compare.h"
#include "reports/model/report.h"

namespace sockmark::report {

// One to three sentences. `told` is default_comparison() of the report.
[[nodiscard]] std::vector<std::string> headline(const Report& report,
                                                const Maybe<CompareOutcome>& told);

// The same of two reports. `outcome` is compare_reports() of them.
[[nodiscard]] std::vector<std::string> headline(const Report& baseline, const Report& candidate,
                                                const CompareOutcome& outcome);

}  // namespace sockmark::report
