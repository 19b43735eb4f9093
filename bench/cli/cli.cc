#include "bench/cli/cli.h"

#include <unistd.h>

#include <array>
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

std::string own_path() {
  std::array<char, 4096> path{};
  const auto length = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : "/proc/self/exe";
}

int print(std::string_view text) {
  if (auto written = report::write_all(STDOUT_FILENO, text, "standard output"); !written) {
    return complain(written.error(), kNotWritten);
  }
  return kFine;
}

}  // namespace sockmark::cli
