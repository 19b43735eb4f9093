#include "base/temporary_directory.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/token.h"

namespace sockmark {

namespace {

// A socket's path has 107 bytes, of which our names need about forty.
constexpr std::size_t kLongestBase = 64;

std::string unused_name() {
  const auto of = [](const char* variable) {
    const char* value = std::getenv(variable);
    return std::string(value != nullptr && *value == '/' ? value : "");
  };
  for (const std::string& base : {of("XDG_RUNTIME_DIR"), of("TMPDIR"), std::string("/tmp")}) {
    if (base.empty() || base.size() > kLongestBase) continue;
    if (::access(base.c_str(), W_OK | X_OK) == 0)
      return fmt::format("{}/sockmark-{:016x}", base, random_token());
  }
  return {};
}

}  // namespace

TemporaryDirectory::TemporaryDirectory(NameOnly) : path_(unused_name()) {}

TemporaryDirectory::TemporaryDirectory() : TemporaryDirectory(NameOnly{}) {
  if (!path_.empty() && !make_directory(path_)) path_.clear();
}

TemporaryDirectory::~TemporaryDirectory() { remove_directory(path_); }

Error no_temporary_directory(std::string_view what_for) {
  return Error{fmt::format(
      "no directory for {}: none of $XDG_RUNTIME_DIR, $TMPDIR and /tmp is writable; set TMPDIR to "
      "one that is, with a name of at most {} bytes",
      what_for, kLongestBase)};
}

Result<> make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), S_IRWXU) == 0) return {};
  return system_error("mkdir " + path, errno);
}

void remove_directory(const std::string& path) {
  std::error_code ignored;
  if (!path.empty()) std::filesystem::remove_all(path, ignored);
}

}  // namespace sockmark
