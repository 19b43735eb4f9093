// A listener's name, and the file that a UNIX socket leaves in a directory.
//
// Limit: two processes that replace the same stale file in the same instant can take it from each
// other; a lock file would outlive its owner and be one more thing to clean. The default addresses
// are in a directory of their own, where this cannot happen.

#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "transports/address.h"

namespace sockmark {

// Removes the file that bind_listener() made, unless somebody has put another in its place.
// Movable, not copyable. Empty for a name that is not a file.
class [[nodiscard]] SocketFile {
 public:
  SocketFile() = default;
  SocketFile(std::string path, dev_t device, ino_t inode)
      : path_(std::move(path)), device_(device), inode_(inode) {}
  SocketFile(SocketFile&& other) noexcept;
  SocketFile& operator=(SocketFile&&) = delete;
  ~SocketFile();

 private:
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

// Binds an unbound socket to `address`. A socket file gets mode 0600 from its first instant. Where
// there is a file already: a socket of ours on which nobody listens is replaced, anything else is
// left alone and is the error.
[[nodiscard]] Result<SocketFile> bind_listener(int descriptor, const Address& address);

}  // namespace sockmark
