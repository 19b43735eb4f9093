// The command that repeats a measurement, from the arguments in the report.
//
// Words are quoted for the shell, so that whatever the report says, the text is one command with
// these arguments. Pure functions.

#pragma once

#include <string>
#include <string_view>

#include "reports/model/report.h"

namespace sockmark::report {

// "sockmark run quick --duration 5s", or "sockmark calibrate ...". The report does not have its
// output path, so that the command writes report.json.
[[nodiscard]] std::string repeat_command(const Report& report);

// " --duration 5s": an option of the report as words of a command.
[[nodiscard]] std::string option_words(const std::string& name, std::string_view value);

// One word of a POSIX shell: unchanged if that is safe, otherwise in single quotes; with characters
// that are not printable in $'...' with bytes as \x1b, which is in POSIX issue 8 and in bash, zsh
// and ksh.
[[nodiscard]] std::string shell_quoted(std::string_view word);

}  // namespace sockmark::report
