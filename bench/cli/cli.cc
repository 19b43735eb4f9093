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

int complain(const Error& error, ExitStatus status) {
  std::fprintf(stderr, "sockmark: %s\n", report::printable(error.message).c_str());
  return status;
}

Result<> check_colour(const std::string& colour) {
  constexpr std::array<std::string_view, 3> kColours = {"auto", "always", "never"};
  if (std::ranges::find(kColours, colour) != kColours.end()) return {};
  return unknown_word("colour", colour, kColours).in("--color");
}

bool wants_colour(const std::string& colour, int descriptor) {
  if (colour != "auto") return colour == "always";
  const char* refused = std::getenv("NO_COLOR");
  return (refused == nullptr || *refused == '\0') && ::isatty(descriptor) != 0;
}

int terminal_width(int descriptor) {
  winsize size{};
  constexpr int kElsewhere = 120;
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kElsewhere;
  return size.ws_col;
}

Result<> write_to(const std::string& file, std::string_view text) {
  return file == "-" ? report::write_all(STDOUT_FILENO, text, "standard output")
                     : report::write_file_atomically(file, text);
}

int print(std::string_view text) {
  const auto written = write_to("-", text);
  return written ? kFine : complain(written.error(), kNotWritten);
}

}  // namespace sockmark::cli
