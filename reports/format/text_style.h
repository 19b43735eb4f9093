// How a table of text is laid out.

#pragma once

namespace sockmark::report {

struct TextStyle {
  bool colour = false;
  int width = 100;  // columns; below what a row needs, what a group shares goes to a line above it
};

}  // namespace sockmark::report
