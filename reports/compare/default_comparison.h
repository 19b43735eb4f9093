// What a report tells of how its cases compare, where nobody asked it anything: the comparison that
// was made with it, or else, where its cases differ in nothing but the program or the transport,
// that one. What is shown without a question (a page, a summary, a headline) takes it from here, so
// that all of it says the same. Pure functions, any thread.

#pragma once

#include "reports/compare/compare.h"
#include "reports/model/report.h"

namespace sockmark::report {

// None where nothing varies (kNothingVaries), or where there is so much that comparing would be a
// wait (kTooMuchToCompare): `sockmark compare` does it. A comparison that was made with the report
// has its gates and their verdict; whether its runs carry one is looked at again, since a report
// does not keep that. Metrics that are not known here, of a later version, are left out.
[[nodiscard]] Maybe<CompareOutcome> told_comparison(const Report& report);

// Two reports; without gates what differs is told, and whether that may be is for who sets some.
// Reports that cannot be compared are invalid, with the reason.
[[nodiscard]] CompareOutcome told_comparison(const Report& baseline, const Report& candidate,
                                             const CompareOptions& options = {});

}  // namespace sockmark::report
