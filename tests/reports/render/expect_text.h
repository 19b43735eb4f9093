// Expectations about rendered text.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sockmark::report {

// Equal to the golden file. With SOCKMARK_UPDATE_GOLDEN set the file is rewritten first; read the
// difference before committing it.
void expect_golden(const std::string& name, const std::string& text);

// No control characters except line feeds.
void expect_printable_lines(std::string_view text);

// Without their line feeds.
std::vector<std::string> lines_of(const std::string& text);

}  // namespace sockmark::report
