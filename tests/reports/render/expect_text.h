// What tests of renderers expect of a text.

#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "base/printable.h"

namespace sockmark::report {

// Golden files: with SOCKMARK_UPDATE_GOLDEN set they are rewritten instead, for a person to read
// the difference.
inline void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = SOCKMARK_SOURCE_DIR "/tests/reports/golden/" + name;
  if (std::getenv("SOCKMARK_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  ASSERT_TRUE(file) << path;
  EXPECT_EQ(text, std::string(std::istreambuf_iterator<char>(file), {})) << name;
}

// Nothing in it is control to a terminal, but the ends of its lines.
inline void expect_printable_lines(std::string_view text) {
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = text.find('\n', start);
    const std::string line(text.substr(start, end - start));
    EXPECT_EQ(line, printable(line));
    start = end + 1;
  }
}

}  // namespace sockmark::report
