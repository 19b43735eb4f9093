// Notes below the table on what the kernel knows of TCP connections, and on how evenly connections
// shared the messages. Pure functions.

#pragma once

#include <string>
#include <vector>

#include "reports/model/report.h"

namespace sockmark::report {

// Of the runs whose values the table shows: the valid ones, or all of a case without one. The
// median over them, like every value of the table; "-" where nothing is known.
[[nodiscard]] std::string retransmits_text(const Case& one);

// Whether any run has segments that were sent again.
[[nodiscard]] bool has_retransmits(const Report& report);

// A terminal may break the lines at '\n'.
[[nodiscard]] std::vector<std::string> connection_notes(const Report& report);

}  // namespace sockmark::report
