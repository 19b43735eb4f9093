// Makes untrusted text (names in a report, parts of a file, host names) safe to print on one line
// of a terminal.
//
// A report is input: the name of a case may contain an escape sequence that rewrites the screen, or
// a bidirectional control that displays "9% ssol" as "loss 9%". Pure functions.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sockmark::report {

// The text without control characters (C0, DEL, C1, so no ESC and no newline), bidirectional
// controls, line and paragraph separators; bytes that are not UTF-8 become U+FFFD. Always valid
// UTF-8, one line.
[[nodiscard]] std::string printable(std::string_view text);

// The same, cut to at most `columns`; "..." marks the cut.
[[nodiscard]] std::string printable(std::string_view text, std::size_t columns);

// Replaces each of `characters`, some of & < > " ', by a reference that HTML and XML share.
[[nodiscard]] std::string with_references(std::string_view text, std::string_view characters);

// A JSON text for people: a plain string without its quotes, null as "not known".
[[nodiscard]] std::string_view json_for_people(std::string_view json);

// Terminal columns of a valid UTF-8 text: one a code point. Limit: East Asian wide characters and
// combining marks are counted as one, which misaligns a row and nothing else.
[[nodiscard]] std::size_t columns_of(std::string_view text);

}  // namespace sockmark::report
