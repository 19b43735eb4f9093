#include "bench/cli/cli.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "reports/atomic_file.h"
#include "reports/printable.h"

namespace sockmark::cli {

int complain(const Error& error, ExitStatus status) {
  std::fprintf(stderr, "sockmark: %s\n", report::printable(error.message).c_str());
  return status;
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

int print(std::string_view text) {
  if (auto written = report::write_all(STDOUT_FILENO, text, "standard output"); !written) {
    return complain(written.error(), kNotWritten);
  }
  return kFine;
}

}  // namespace sockmark::cli
