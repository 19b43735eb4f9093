// A private directory (mode 0700) for socket files, removed with its contents on destruction. It is
// in $XDG_RUNTIME_DIR, $TMPDIR or /tmp: the first that is writable and short enough for the path of
// a socket.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sockmark {

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  // Chooses an unused name only; the process that receives it creates the directory with
  // make_directory(). So if the owner is killed early, no directory is left behind.
  struct NameOnly {};
  explicit TemporaryDirectory(NameOnly);
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  // Empty if none can be created: see no_temporary_directory().
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// The error of an empty path. `what_for`: "a socket file".
[[nodiscard]] Error no_temporary_directory(std::string_view what_for);

// Errors: it exists already; others of mkdir(2).
[[nodiscard]] Result<> make_directory(const std::string& path);

// Removes it with its contents, if it exists. An empty path has no effect.
void remove_directory(const std::string& path);

}  // namespace sockmark
