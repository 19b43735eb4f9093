// An input as the file that `sockmark analyze` is given.

#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/descriptor.h"
#include "base/line_input.h"
#include "tests/fuzz/fuzz.h"

namespace sockmark::fuzz {

inline LineInput line_input_of(std::string_view text) {
  const Descriptor file(::memfd_create("input", MFD_CLOEXEC));
  require(
      file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()),
      "there is memory for a file");
  auto input = LineInput::open("/proc/self/fd/" + std::to_string(file.get()));
  require(static_cast<bool>(input), "the file opens");
  return std::move(*input);
}

}  // namespace sockmark::fuzz
