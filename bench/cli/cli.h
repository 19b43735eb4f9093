// What the commands share: exit statuses, and how they print.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sockmark::cli {

// The contract with scripts. 128 + n is added for an interruption by signal n.
enum ExitStatus : int {
  kFine = 0,
  kGateFailed = 1,
  kBadInput = 2,  // usage, bad input, or a limit of this machine found before measuring
  kInconclusive = 3,
  kInvalid = 4,     // a run was invalid or failed
  kNotWritten = 5,  // the result could not be written
};

// Whether to paint what goes to `descriptor`: always, never, or auto, which means a terminal and no
// NO_COLOR (https://no-color.org).
[[nodiscard]] bool wants_colour(const std::string& colour, int descriptor);

// Errors name --color.
[[nodiscard]] Result<> check_colour(const std::string& colour);

// "sockmark: MESSAGE" on standard error; answers `status`.
int complain(const Error& error, ExitStatus status);

// Columns of a terminal; elsewhere enough for any table.
[[nodiscard]] int terminal_width(int descriptor);

// A document to its file, whole or not at all; "-" is standard output.
[[nodiscard]] Result<> write_to(const std::string& file, std::string_view text);

// Text on standard output; kNotWritten, with a complaint, when that fails.
[[nodiscard]] int print(std::string_view text);

}  // namespace sockmark::cli
