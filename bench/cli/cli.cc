#include "bench/cli/cli.h"

#include <unistd.h>

#include <cstdio>

#include "reports/atomic_file.h"
#include "reports/printable.h"

namespace sockmark::cli {

int complain(const Error& error, ExitStatus status) {
  std::fprintf(stderr, "sockmark: %s\n", report::printable(error.message).c_str());
  return status;
}

int print(std::string_view text) {
  if (auto written = report::write_all(STDOUT_FILENO, text, "standard output"); !written) {
    return complain(written.error(), kNotWritten);
  }
  return kFine;
}

}  // namespace sockmark::cli
