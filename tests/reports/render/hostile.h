// Names that a report should not have, for the tests of what shows it.

#pragma once

#include <string>

#include "reports/model/report.h"

namespace sockmark::report {

// Markup, a mention, a table's bar, an escape sequence, a right-to-left override, bytes that are
// not UTF-8, a line break; and long.
inline const std::string kHostile =
    "<script>alert('x')</script>\"&|`*_[a](http://b.c) @octocat #1 www.d.e $x$\x1b[2J\xE2\x80\xAE"
    "\xFF\n# x" +
    std::string(5'000, 'y');

// Every text that a report may hold is hostile.
Report hostile_report();

}  // namespace sockmark::report
