#include "base/atomic_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>
#include <utility>

#include "base/descriptor.h"
#include "base/printable.h"

namespace sockmark::report {
namespace {

constexpr int kNameTries = 100;  // temporary names left by killed processes of the same pid

Error write_error(std::string_view path, int error_number) {
  return system_error("write " + printable(path), error_number);
}

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// A temporary file in the directory of `path`. Removed on destruction unless it was renamed.
class TemporaryFile {
 public:
  [[nodiscard]] static Result<TemporaryFile> beside(const std::string& path) {
    const std::string directory = directory_of(path);
    for (int n = 0; n < kNameTries; ++n) {
      std::string name =
          directory + "/.sockmark-" + std::to_string(::getpid()) + '-' + std::to_string(n) + ".tmp";
      Descriptor file(
          ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
      if (file) return TemporaryFile(std::move(name), std::move(file));
      if (errno != EEXIST) return write_error(path, errno);
    }
    return write_error(path, EEXIST);
  }

  TemporaryFile(TemporaryFile&& other) noexcept
      : name_(std::exchange(other.name_, {})), file_(std::move(other.file_)) {}
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }

  [[nodiscard]] int descriptor() const { return file_.get(); }

  // Zero or the errno. Closed before the rename, because some file systems report a full disk
  // there.
  [[nodiscard]] int close() {
    if (::fsync(file_.get()) != 0) return errno;
    return ::close(file_.release()) == 0 ? 0 : errno;
  }
  [[nodiscard]] int rename_to(const std::string& path) {
    if (::rename(name_.c_str(), path.c_str()) != 0) return errno;
    name_.clear();
    return 0;
  }

 private:
  TemporaryFile(std::string name, Descriptor file)
      : name_(std::move(name)), file_(std::move(file)) {}

  std::string name_;
  Descriptor file_;
};

// Where a write to a path goes.
struct Target {
  bool direct = false;  // cannot be replaced
  std::string path;     // links resolved
};

// The target of a symbolic link, one step; empty if `path` is not one.
std::string link_of(const std::string& path) {
  char text[PATH_MAX];
  const ssize_t length = ::readlink(path.c_str(), text, sizeof text);
  return length > 0 ? std::string(text, static_cast<std::size_t>(length)) : std::string();
}

Result<Target> target_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) return write_error(path, errno);
    return Target{.path = path};
  }
  if (S_ISDIR(status.st_mode)) return write_error(path, EISDIR);
  if (::access(path.c_str(), W_OK) != 0) return write_error(path, errno);
  if (!S_ISREG(status.st_mode)) return Target{.direct = true, .path = path};
  const std::string link = link_of(path);
  if (link.empty()) return Target{.path = path};
  // /dev/stdout leads through /proc to an open file: replacing that file would lose what else the
  // process prints to it.
  if (link.starts_with("/proc/")) return Target{.direct = true, .path = path};
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (!real) return write_error(path, errno);
  return Target{.path = real.get()};
}

Result<> write_directly(const std::string& path, std::string_view text) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY));
  if (!file) return write_error(path, errno);
  if (Result<> written = write_all(file.get(), text, path); !written) return written;
  if (::close(file.release()) != 0) return write_error(path, errno);
  return {};
}

// Gives the file at `path`, if it has content, the name `path`~ too. Returns that name, or "".
// rename() alone would leave no file at `path` for an instant.
Result<std::string> keep_old(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || status.st_size == 0) return std::string();
  const std::string kept = path + '~';
  const std::string link = directory_of(path) + "/.sockmark-" + std::to_string(::getpid()) + ".old";
  ::unlink(link.c_str());
  int failed = ::link(path.c_str(), link.c_str()) == 0 ? 0 : errno;
  if (failed == 0) {
    failed = ::rename(link.c_str(), kept.c_str()) == 0 ? 0 : errno;
    ::unlink(link.c_str());  // rename() does nothing if both are names of one file
  } else if (failed != ENOSPC && failed != EROFS) {
    // The file system has no hard links, or does not permit one.
    failed = ::rename(path.c_str(), kept.c_str()) == 0 ? 0 : errno;
  }
  if (failed != 0) return write_error(kept, failed);
  return kept;
}

// Returns the path of the kept file, or "".
Result<std::string> replace(const std::string& path, std::string_view text, bool keeps_old) {
  const Target target = TRY(target_of(path));
  if (target.direct) {
    TRY(write_directly(path, text));
    return std::string();
  }
  TemporaryFile file = TRY(TemporaryFile::beside(target.path));
  TRY(write_all(file.descriptor(), text, path));
  if (const int failed = file.close(); failed != 0) return write_error(path, failed);
  std::string kept = keeps_old ? TRY(keep_old(target.path)) : std::string();
  if (const int failed = file.rename_to(target.path); failed != 0) return write_error(path, failed);
  TRY(sync_directory(target.path));
  return kept;
}

}  // namespace

Result<> write_file_atomically(const std::string& path, std::string_view text) {
  TRY(replace(path, text, false));
  return {};
}

Result<std::string> write_file_keeping_old(const std::string& path, std::string_view text) {
  return replace(path, text, true);
}

Result<> check_writable(const std::string& path) {
  const Result<Target> target = target_of(path);
  if (!target) return target.error();
  if ((*target).direct) return {};
  if (path.empty() || path.back() == '/') return write_error(path, path.empty() ? ENOENT : EISDIR);
  const Result<TemporaryFile> file = TemporaryFile::beside((*target).path);
  if (!file) return file.error();
  return {};
}

// A file system that cannot sync a directory (EINVAL) is not an error.
Result<> sync_directory(const std::string& path) {
  const Descriptor directory(
      ::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Without the right to read a directory it cannot be synced; the file itself is already whole.
  if (!directory) return {};
  if (::fsync(directory.get()) != 0 && errno != EINVAL && errno != ENOSYS) {
    return write_error(path, errno);
  }
  return {};
}

bool is_plain_file(const std::string& path) {
  const Result<Target> target = target_of(path);
  return target && !(*target).direct;
}

Result<> write_all(int descriptor, std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      // A terminal or pipe that another process made non-blocking.
      pollfd ready{.fd = descriptor, .events = POLLOUT, .revents = 0};
      if (::poll(&ready, 1, -1) < 0 && errno != EINTR) return write_error(name, errno);
    } else if (errno != EINTR) {
      return write_error(name, errno);
    }
  }
  return {};
}

}  // namespace sockmark::report
