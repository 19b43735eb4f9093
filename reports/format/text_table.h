// A table of text: aligned columns, with lines of other text between the rows.
//
// A column is as wide as its widest cell. The last column is not padded, so that no line ends in
// blanks. Texts must be printable (printable.h). Plain values.

#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reports/format/text_style.h"

namespace sockmark::report {

// Select Graphic Rendition (ECMA-48, 8.3.117): bold, and green or red.
inline constexpr std::string_view kGoodColour = "1;32";
inline constexpr std::string_view kBadColour = "1;31";

// The text between the escape sequences of the colour if the style has colours; an empty colour
// leaves it unchanged.
[[nodiscard]] std::string painted(std::string_view text, std::string_view colour, TextStyle style);

// The text indented by two columns and ended; a '\n' in it begins another such line.
[[nodiscard]] std::string note_line(std::string_view text);

class TextTable {
 public:
  enum class Align { left, right };
  struct Column {
    std::string header = {};
    Align align = Align::left;
    std::size_t min_width = 0;
  };
  struct Cell {
    Cell() = default;
    template <std::convertible_to<std::string_view> Text>
    Cell(const Text& cell_text, std::string_view cell_colour = {})  // NOLINT: a text is a cell
        : text(std::string_view(cell_text)), colour(cell_colour) {}
    std::string text;
    std::string_view colour;
  };
  struct Layout {
    std::size_t indent = 2, gap = 2;  // blanks before the first column and between columns
  };
  struct RowOptions {
    Cell mark = {};                // one column wide, in the indent
    std::string_view colour = {};  // of the whole line
  };

  explicit TextTable(std::vector<Column> columns, Layout layout);
  explicit TextTable(std::vector<Column> columns) : TextTable(std::move(columns), Layout{}) {}

  // May be called before each group of rows.
  void add_header();
  // Requires: one cell for each column.
  void add_row(std::vector<Cell> cells, RowOptions options = {{}, {}});
  void add_line(std::string text) { lines_.emplace_back(std::move(text)); }

  // Columns of the widest row.
  [[nodiscard]] std::size_t width() const;
  [[nodiscard]] bool fits(TextStyle style) const;
  // Halves the gaps if the table does not fit.
  void narrow_to(TextStyle style);

  [[nodiscard]] std::string text(TextStyle style) const;

 private:
  struct Row {
    std::vector<Cell> cells;
    RowOptions options;
  };
  [[nodiscard]] std::string row_text(const Row& row, TextStyle style) const;

  std::vector<Column> columns_;
  Layout layout_;
  std::vector<std::size_t> widths_;
  std::vector<std::variant<Row, std::string>> lines_;
};

}  // namespace sockmark::report
