#include "bench/cli/cli.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "base/atomic_file.h"
#include "base/parse.h"
#include "base/printable.h"

namespace sockmark::cli {

int fail(const Error& error, ExitStatus status) {
  warn(error);
  return status;
}

void warn(const Error& error) {
  std::fprintf(stderr, "sockmark: %s\n", report::printable(error.message).c_str());
}

Result<> check_colour(const std::string& colour) {
  constexpr std::array<std::string_view, 3> kColours = {"auto", "always", "never"};
  if (std::ranges::find(kColours, colour) != kColours.end()) return {};
  return unknown_word("colour", colour, kColours).in("--color");
}

bool is_terminal(int descriptor) {
  const char* name = std::getenv("TERM");
  const std::string_view terminal = name == nullptr ? "" : name;
  return !terminal.empty() && terminal != "dumb" && ::isatty(descriptor) != 0;
}

bool wants_colour(const std::string& colour, int descriptor) {
  if (colour != "auto") return colour == "always";
  const char* no_color = std::getenv("NO_COLOR");
  return (no_color == nullptr || *no_color == '\0') && is_terminal(descriptor);
}

int terminal_width(int descriptor) {
  winsize size{};
  constexpr int kDefault = 120;
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kDefault;
  return size.ws_col;
}

Result<> write_to(const std::string& file, std::string_view text) {
  return file == "-" ? report::write_all(STDOUT_FILENO, text, "standard output")
                     : report::write_file_atomically(file, text);
}

int print(std::string_view text) {
  const auto written = write_to("-", text);
  return written ? kSuccess : fail(written.error(), kNotWritten);
}

}  // namespace sockmark::cli
