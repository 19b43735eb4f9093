// The comparison shown when the user asked for none: the one stored in the report, or, if the cases
// differ only in transport or program, a comparison by that. The page, the summary and the headline
// all use it, so that they agree. Pure functions, any thread.

#pragma once

#include "reports/compare/compare.h"
#include "reports/model/report.h"

namespace sockmark::report {

// Absent if nothing varies (kNothingVaries) or if comparing would take too long (kTooMuchToCompare;
// `sockmark compare` does it). A stored comparison has its gates and their verdicts; whether too
// many runs are unusable is computed again, because a report does not store that. Metrics of a
// later version are left out.
[[nodiscard]] Maybe<CompareOutcome> default_comparison(const Report& report);

// Of two reports. If they cannot be compared the outcome is invalid, with the reason.
[[nodiscard]] CompareOutcome default_comparison(const Report& baseline, const Report& candidate,
                                                const CompareOptions& options = {});

}  // namespace sockmark::report
