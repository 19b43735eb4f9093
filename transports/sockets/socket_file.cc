#include "transports/sockets/socket_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "transports/sockets/socket.h"

namespace sockmark {
namespace {

// Removes a socket file without a listener; every other outcome is an error.
//
// Tests with a datagram socket: connecting it to a stream listener fails with EPROTOTYPE, so a live
// listener of either kind is recognised without a connection that it would have to accept.
Result<> remove_stale_file(const std::string& path) {
  struct stat file {};
  if (::lstat(path.c_str(), &file) != 0) return system_error(path, errno);
  if (!S_ISSOCK(file.st_mode))
    return Error{path + " exists and is not a socket; choose another path or remove it"};

  auto address = TRY(parse_address("unix-dgram:" + path));
  auto probe = TRY(open_socket(AF_UNIX, SOCK_DGRAM, FileMode::non_blocking));
  const bool connected = ::connect(probe.get(), address.get(), address.length) == 0;
  const int error = connected ? 0 : errno;
  if (connected || error == EAGAIN || error == EPROTOTYPE || error == EPERM) {
    return Error{path + " is in use by another process; choose another path"};
  }
  if (error != ECONNREFUSED) return system_error(path, error);
  if (file.st_uid != ::geteuid()) {
    return Error{path + " is another user's socket; choose another path"};
  }
  if (::unlink(path.c_str()) != 0) return system_error("unlink " + path, errno);
  return {};
}

}  // namespace

SocketFile::SocketFile(SocketFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}

SocketFile::~SocketFile() {
  if (path_.empty()) return;
  struct stat file {};
  if (::lstat(path_.c_str(), &file) != 0) return;
  if (file.st_dev == device_ && file.st_ino == inode_) ::unlink(path_.c_str());
}

Result<SocketFile> bind_listener(int descriptor, const Address& address,
                                 const std::optional<PortRange>& ports) {
  const std::string path = address.path();
  if (path.empty()) {
    TRY(bind_address(descriptor, address, ports));
    return SocketFile();
  }
  // The kernel gives the file the mode of the socket's own inode, masked by the umask. Unlike
  // umask(2), this does not affect the whole process, and the file never has mode 0755.
  if (::fchmod(descriptor, S_IRUSR | S_IWUSR) != 0) {
    return system_error("fchmod", errno);
  }
  int error = ::bind(descriptor, address.get(), address.length) == 0 ? 0 : errno;
  if (error == EADDRINUSE) {
    TRY(remove_stale_file(path));
    error = ::bind(descriptor, address.get(), address.length) == 0 ? 0 : errno;
  }
  // Only the system's text: the caller's context names the address.
  if (error != 0) return Error{std::generic_category().message(error)};

  struct stat file {};
  if (::lstat(path.c_str(), &file) != 0) return system_error(path, errno);
  return SocketFile(path, file.st_dev, file.st_ino);
}

}  // namespace sockmark
