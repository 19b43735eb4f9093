// A private directory (mode 0700) for socket files, removed with what is in it when its owner dies.
// In $XDG_RUNTIME_DIR where there is one, else in $TMPDIR, else in /tmp; the first that works and
// is short enough for the path of a socket.

#pragma once

#include <string>

namespace sockmark {

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  // Empty when none could be made.
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace sockmark
