// The command that makes a measurement again, from what the report keeps of the one that made it.
//
// Every word that a shell would read otherwise is quoted, whatever a report says: what is pasted is
// one command with these arguments, and shows nothing as control. Pure functions.

#pragma once

#include <string>
#include <string_view>

#include "reports/model/report.h"

namespace sockmark::report {

// "sockmark run quick --duration 5s"; of a calibration "sockmark calibrate ...". Where the report
// goes is not kept and left out, so that it goes to report.json.
[[nodiscard]] std::string repeat_command(const Report& report);

// One word of a POSIX shell: as it is where that is safe, otherwise in single quotes; what is not
// printable in $'...' with its bytes as \x1b, which POSIX has since its issue 8, and bash, zsh and
// ksh have always had.
[[nodiscard]] std::string shell_quoted(std::string_view word);

}  // namespace sockmark::report
