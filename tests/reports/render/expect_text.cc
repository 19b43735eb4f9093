#include "tests/reports/render/expect_text.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/printable.h"

namespace sockmark::report {

void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = SOCKMARK_SOURCE_DIR "/tests/reports/golden/" + name;
  if (std::getenv("SOCKMARK_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  ASSERT_TRUE(file) << path;
  EXPECT_EQ(text, std::string(std::istreambuf_iterator<char>(file), {})) << name;
}

void expect_printable_lines(std::string_view text) {
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = text.find('\n', start);
    const std::string line(text.substr(start, end - start));
    EXPECT_EQ(line, printable(line));
    start = end + 1;
  }
}
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace sockmark::report
