#include "bench/temporary_directory.h"

#include <cstdlib>
#include <filesystem>

namespace sockmark {

namespace {

// A socket's path has 107 bytes, of which our names need about forty.
constexpr std::size_t kLongestBase = 64;

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  const auto of = [](const char* variable) {
    const char* value = std::getenv(variable);
    return std::string(value != nullptr && *value == '/' ? value : "");
  };
  for (const std::string& base : {of("XDG_RUNTIME_DIR"), of("TMPDIR"), std::string("/tmp")}) {
    if (base.empty() || base.size() > kLongestBase) continue;
    path_ = base + "/sockmark-XXXXXX";  // which mkdtemp(3) fills in
    if (::mkdtemp(path_.data()) != nullptr) return;
  }
  path_.clear();
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace sockmark
