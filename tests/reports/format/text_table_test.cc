#include "reports/format/text_table.h"

#include <gtest/gtest.h>

namespace sockmark::report {
namespace {

using enum TextTable::Align;

TEST(TextTableLayout, ColumnsAreAsWideAsTheirWidestCell) {
  TextTable table({{"name", left}, {"rate", right}, {"note", left}});
  table.add_header();
  table.add_row({"tcp", "9", ""});
  table.add_line("    a line of its own");
  table.add_row({"unix-stream", "1000 µs", "fast"});
  EXPECT_EQ(table.text({}),
            "  name            rate  note\n"
            "  tcp                9  \n"
            "    a line of its own\n"
            "  unix-stream  1000 µs  fast\n");
  EXPECT_EQ(table.width(), 28U);
  table.narrow_to({.width = 28});
  EXPECT_EQ(table.width(), 28U);
  table.narrow_to({.width = 27});
  EXPECT_EQ(table.width(), 26U);
}

TEST(TextTableLayout, ColoursSurroundTheTextAndNotTheBlanks) {
  TextTable table({{"", left, 5}, {"", right, 5}}, {.indent = 2, .gap = 1});
  table.add_row({{"a", kGoodColour}, {"b", kBadColour}}, {.mark = {"!", kBadColour}});
  EXPECT_EQ(table.text({}), "! a         b\n");
  EXPECT_EQ(table.text({.colour = true}),
            "\x1b[1;31m!\x1b[0m \x1b[1;32ma\x1b[0m         \x1b[1;31mb\x1b[0m\n");
}

TEST(TextTableLayout, ARowHasAColour) {
  TextTable table({{"", left}}, {.indent = 0});
  table.add_row({"a"}, {.colour = kBadColour});
  EXPECT_EQ(table.text({.colour = true}), "\x1b[1;31ma\x1b[0m\n");
}

TEST(NoteLine, IndentsEveryLine) { EXPECT_EQ(note_line("a\nb"), "  a\n  b\n"); }

}  // namespace
}  // namespace sockmark::report
