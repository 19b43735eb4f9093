#include "bench/cli/line_output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <thread>
#include <utility>

#include "base/printable.h"

namespace sockmark::cli {

namespace {

using namespace std::chrono_literals;

// For the reader of a FIFO that is started together with this process.
constexpr Nanoseconds kReaderTimeout = 5s;

}  // namespace

Result<LineOutput> LineOutput::open(const std::string& file) {
  const Instant deadline = now() + kReaderTimeout;
  for (;;) {
    // Non-blocking: the open of a FIFO would wait for its reader, and a write for a slow one.
    Descriptor own(::open(file.c_str(), O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC,
                          S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH));
    if (own) return LineOutput(std::move(own));
    const std::string name = report::printable(file);
    if (errno == EINTR) continue;
    if (errno != ENXIO) return system_error(name, errno);
    if (now() >= deadline)
      return Error{name + ": no process reads it; start the reader before sockmark"};
    std::this_thread::sleep_for(10ms);
  }
}

void LineOutput::empty_file() {
  // Of another kind of file it fails, and there is nothing to remove.
  if (own_ && ::ftruncate(own_.get(), 0) != 0) return;
}

void LineOutput::add(std::string line) {
  if (!failure_.empty() || kept_bytes_ + line.size() > kKeptMax) {
    ++dropped_;
    return;
  }
  kept_bytes_ += line.size();
  kept_.push_back(std::move(line));
}

bool LineOutput::writable(int timeout_ms) const {
  pollfd entry{.fd = descriptor_, .events = POLLOUT, .revents = 0};
  // POLLERR: the reader is gone, which the write reports.
  return ::poll(&entry, 1, timeout_ms) == 1 && entry.revents != 0;
}

// A pipe that is writable takes at least PIPE_BUF bytes, so that a blocking one does not block. A
// socket may take less: it is asked not to wait.
bool LineOutput::write_some() {
  const std::string& line = kept_.front();
  const char* rest = line.data() + written_of_first_;
  const std::size_t length = std::min<std::size_t>(line.size() - written_of_first_, PIPE_BUF);
  auto taken = ::send(descriptor_, rest, length, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (taken < 0 && errno == ENOTSOCK) taken = ::write(descriptor_, rest, length);
  if (taken < 0) {
    if (errno == EAGAIN || errno == EINTR) return false;
    failure_ = std::strerror(errno);
    drop_kept();
    return false;
  }
  written_of_first_ += static_cast<std::size_t>(taken);
  if (written_of_first_ < line.size()) return true;
  kept_bytes_ -= line.size();
  written_of_first_ = 0;
  kept_.pop_front();
  return true;
}

void LineOutput::flush() {
  while (!kept_.empty() && writable(0)) {
    if (!write_some()) return;
  }
}

void LineOutput::finish(Nanoseconds patience) {
  Instant deadline = now() + patience;
  while (!kept_.empty()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now());
    if (left.count() <= 0 || !writable(static_cast<int>(left.count()))) break;
    if (write_some()) deadline = now() + patience;
  }
  drop_kept();
}

void LineOutput::drop_kept() {
  dropped_ += kept_.size();
  kept_.clear();
  kept_bytes_ = written_of_first_ = 0;
}

}  // namespace sockmark::cli
