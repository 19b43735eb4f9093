// Reports with one comparison, for the tests of findings and headlines.

#pragma once

#include "tests/reports/compare/compare_reports.h"

namespace sockmark::report {

// A comparison of tcp with udp; only the effect matters.
Comparison own(double estimate, double low, double high, Difference difference);

Report with_own(Comparison one);

}  // namespace sockmark::report
