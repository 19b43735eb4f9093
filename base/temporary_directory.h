// A private directory (mode 0700) for socket files, removed with what is in it when its owner dies.
// In $XDG_RUNTIME_DIR where there is one, else in $TMPDIR, else in /tmp; the first that can be
// written to and is short enough for the path of a socket.

#pragma once

#include <string>

#include "base/result.h"

namespace sockmark {

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  // Only a name, which nobody has: whoever is told makes it with make_directory(). So a directory
  // appears where somebody lives to remove it when the owner is killed before it is used.
  struct ToBeMade {};
  explicit TemporaryDirectory(ToBeMade);
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  // Empty where none can be made.
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Errors: there is one already; mkdir(2).
[[nodiscard]] Result<> make_directory(const std::string& path);

// With what is in it, as far as it is there. An empty path is none.
void remove_directory(const std::string& path);

}  // namespace sockmark
