#include "base/printable.h"

#include <gtest/gtest.h>

namespace sockmark::report {
namespace {

TEST(Printable, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(printable("udp 64 B, 12 µs, 漢字 😀"), "udp 64 B, 12 µs, 漢字 😀");
  EXPECT_EQ(printable(""), "");
}

TEST(Printable, DropsWhatMovesTheCursorOrTheDirection) {
  EXPECT_EQ(printable("a\x1b[31mb\r\n\tc\x7f"), "a[31mbc");
  EXPECT_EQ(printable("a\xC2\x9B"
                      "31mb"),
            "a31mb");  // C1 control sequence introducer
  EXPECT_EQ(printable("a\xE2\x80\xAE"
                      "b\xE2\x81\xA6"
                      "c"),
            "abc");  // right-to-left override, isolate
  EXPECT_EQ(printable("a\xE2\x80\xA8"
                      "b"),
            "ab");  // line separator
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "ab");
}

TEST(Printable, ReplacesBytesThatAreNotUtf8) {
  const std::string replacement = "\xEF\xBF\xBD";
  EXPECT_EQ(printable("a\xFF"), "a" + replacement);
  EXPECT_EQ(printable("\xC3"), replacement);                                      // cut off
  EXPECT_EQ(printable("\xC0\x9B"), replacement + replacement);                    // ESC, overlong
  EXPECT_EQ(printable("\xED\xA0\x80"), replacement + replacement + replacement);  // a surrogate
  EXPECT_EQ(printable("\xF5\x80\x80\x80x"),
            replacement + replacement + replacement + replacement + "x");
}

TEST(Printable, CutsBetweenCodePoints) {
  EXPECT_EQ(printable("µµµµµµ", 6), "µµµµµµ");
  EXPECT_EQ(printable("µµµµµµ", 5), "µµ...");
  EXPECT_EQ(columns_of("12 µs"), 5U);
}

}  // namespace
}  // namespace sockmark::report
