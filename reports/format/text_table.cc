#include "reports/format/text_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/printable.h"

namespace sockmark::report {

std::string painted(std::string_view text, std::string_view colour, TextStyle style) {
  if (!style.colour || colour.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", colour, text);
}

std::string note_line(std::string_view text) {
  std::string result = "  ";
  for (const char c : text) result += c == '\n' ? "\n  " : std::string(1, c);
  return result + '\n';
}

TextTable::TextTable(std::vector<Column> columns, Layout layout)
    : columns_(std::move(columns)), layout_(layout) {
  for (const Column& column : columns_)
    widths_.push_back(std::max(columns_of(column.header), column.min_width));
}

void TextTable::add_header() {
  std::vector<Cell> cells;
  for (const Column& column : columns_) cells.emplace_back(column.header);
  add_row(std::move(cells));
}

void TextTable::add_row(std::vector<Cell> cells, RowOptions options) {
  ASSERT(cells.size() == columns_.size());
  for (std::size_t c = 0; c < cells.size(); ++c)
    widths_[c] = std::max(widths_[c], columns_of(cells[c].text));
  lines_.emplace_back(Row{std::move(cells), std::move(options)});
}

std::size_t TextTable::width() const {
  std::size_t total = layout_.indent + layout_.gap * (widths_.size() - 1);
  for (const std::size_t width : widths_) total += width;
  return total;
}

bool TextTable::fits(TextStyle style) const {
  return width() <= static_cast<std::size_t>(std::max(style.width, 0));
}

void TextTable::narrow_to(TextStyle style) {
  if (!fits(style)) layout_.gap = (layout_.gap + 1) / 2;
}

std::string TextTable::row_text(const Row& row, TextStyle style) const {
  const Cell& mark = row.options.mark;
  std::string line = painted(mark.text, mark.colour, style);
  line.append(layout_.indent - columns_of(mark.text), ' ');
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const Cell& cell = row.cells[c];
    const std::size_t blanks = widths_[c] - columns_of(cell.text);
    const bool right = columns_[c].align == Align::right;
    if (c > 0) line.append(layout_.gap, ' ');
    if (right) line.append(blanks, ' ');
    line += painted(cell.text, cell.colour, style);
    if (!right && c + 1 < columns_.size()) line.append(blanks, ' ');
  }
  return painted(line, row.options.colour, style);
}

std::string TextTable::text(TextStyle style) const {
  std::string result;
  for (const auto& line : lines_) {
    const Row* row = std::get_if<Row>(&line);
    result += (row != nullptr ? row_text(*row, style) : std::get<std::string>(line)) + '\n';
  }
  return result;
}

}  // namespace sockmark::report
