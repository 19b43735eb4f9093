// Runs a fuzz target over files, for compilers without libFuzzer: over each argument, or over each
// file in it if it is a folder. A property that does not hold aborts, after the name of the file.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

namespace fs = std::filesystem;

void replay(const fs::path& path) {
  std::fprintf(stderr, "%s\n", path.c_str());
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file) {
    std::fprintf(stderr, "cannot be read\n");
    std::exit(2);
  }
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t replayed = 0;
  for (const fs::path path : std::span(argv, static_cast<std::size_t>(argc)).subspan(1)) {
    if (!fs::is_directory(path)) {
      replay(path);
      ++replayed;
      continue;
    }
    for (const auto& entry : fs::directory_iterator(path)) {
      replay(entry.path());
      ++replayed;
    }
  }
  if (replayed > 0) return 0;
  std::fprintf(stderr, "nothing to replay\n");
  return 2;
}
