// Pieces of the page that its sections share: headings, tables, lists. Internal to the page.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "reports/format/html_writer.h"
#include "reports/render/html_sections.h"

namespace sockmark::report {

// Opens a section and adds its heading.
void begin_section(HtmlWriter& out, const SectionNames& names);

// A table that is too wide scrolls, also by the keyboard. `label` distinguishes it from the other
// tables of the page.
void begin_table(HtmlWriter& out, std::string_view name, std::string_view caption,
                 std::string_view label);
void end_table(HtmlWriter& out);

enum class CellKind { text, number };
void add_header_cell(HtmlWriter& out, std::string_view text, CellKind kind = CellKind::text);

// A line across the table, above the rows of a group.
void add_group(HtmlWriter& out, std::string_view title, std::size_t columns);

// Lines below a row: why it is invalid, or notes on it.
void add_lines_below(HtmlWriter& out, std::string_view name, const std::vector<std::string>& lines,
                     std::size_t columns);

void add_list(HtmlWriter& out, std::string_view name, const std::vector<std::string>& lines);

}  // namespace sockmark::report
