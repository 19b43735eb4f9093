// Under which conditions the figures of a report were measured, in one line, so that a table that
// is pasted elsewhere is whole. A pure function. The text is printable and not escaped for any
// markup.

#pragma once

#include <string>

#include "reports/model/report.h"

namespace sockmark::report {

// "3 runs of 5 s after 1 s of warm-up, closed loop, 4 connections, 1 thread; --pin 0,1": what all
// cases have in common, and the options that were given besides. What differs between cases is in
// the table. Empty if the report has no cases.
[[nodiscard]] std::string conditions_of(const Report& report);

}  // namespace sockmark::report
