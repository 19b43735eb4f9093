// What the commands share: exit statuses and printing.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sockmark::cli {

// A contract with scripts. 128 + n is added for an interruption by signal n.
enum ExitStatus : int {
  kSuccess = 0,
  kGateFailed = 1,
  kBadInput = 2,  // usage, bad input, or a limit of this machine found before measuring
  kInconclusive = 3,
  kInvalid = 4,     // a run was invalid or failed
  kNotWritten = 5,  // the result could not be written
};

// Prints "sockmark: MESSAGE" on standard error. Returns `status`.
int fail(const Error& error, ExitStatus status);

// Prints the same for something that does not end the program.
void warn(const Error& error);

// Whether `descriptor` is a terminal that has escape sequences: $TERM is set, and not to "dumb".
[[nodiscard]] bool is_terminal(int descriptor);

// Whether output to `descriptor` is coloured. `colour` is always, never or auto: if it is such a
// terminal and NO_COLOR (https://no-color.org) is not set.
[[nodiscard]] bool wants_colour(const std::string& colour, int descriptor);

// The help of --color, the same in every command.
inline constexpr const char* kColourHelp =
    "auto, always or never (auto: on a terminal, unless NO_COLOR is set)";

// Errors name --color.
[[nodiscard]] Result<> check_colour(const std::string& colour);

// Columns of a terminal; 120 if `descriptor` is not a terminal.
[[nodiscard]] int terminal_width(int descriptor);

// Writes a whole document to its file, or nothing. "-" is standard output.
[[nodiscard]] Result<> write_to(const std::string& file, std::string_view text);

// Prints to standard output. Returns kSuccess, or kNotWritten after printing the error.
[[nodiscard]] int print(std::string_view text);

}  // namespace sockmark::cli
