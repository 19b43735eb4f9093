// Binds listeners, and removes the file that a UNIX socket leaves in a directory.
//
// Limit: two processes that replace the same stale file at the same instant can remove each other's
// socket; a lock file would outlive its owner and need cleaning up too. The default addresses are
// in a private directory, where this cannot happen.

#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/result.h"
#include "transports/socket_options.h"

namespace sockmark {

// Removes the file that bind_listener() created, unless it has been replaced by another.
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

// Binds an unbound socket to `address`; with port 0 to a port of the range, if there is one. A
// socket file has mode 0600 from the start. If a file exists: a socket of this user without a
// listener is replaced; any other file is kept and is an error.
[[nodiscard]] Result<SocketFile> bind_listener(int descriptor, const Address& address,
                                               const std::optional<PortRange>& ports);

}  // namespace sockmark
