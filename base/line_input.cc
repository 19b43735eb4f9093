#include "base/line_input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/printable.h"

namespace sockmark {

namespace {

constexpr std::size_t kReadBytes = 64U << 10;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

Result<LineInput> LineInput::open(const std::string& path) {
  if (path == "-") {
    // A duplicate, so that closing it does not close standard input.
    Descriptor copy(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!copy) return system_error("standard input", errno);
    return LineInput(std::move(copy), "standard input");
  }
  const std::string name = report::printable(path);
  // Non-blocking, so that a FIFO without a writer is opened and refused.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!file) return system_error(name, errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return system_error(name, errno);
  if (!S_ISREG(status.st_mode)) {
    return Error{name +
                 ": not a regular file; to read from a pipe, give it as standard input and use -"};
  }
  return LineInput(std::move(file), name);
}

Result<bool> LineInput::fill() {
  buffer_.erase(0, at_);
  at_ = 0;
  const std::size_t length = buffer_.size();
  buffer_.resize(length + kReadBytes);
  ssize_t count = -1;
  while ((count = ::read(file_.get(), buffer_.data() + length, kReadBytes)) < 0) {
    if (errno == EINTR) continue;
    if (errno != EAGAIN) break;
    // Another program made standard input non-blocking.
    pollfd readable{.fd = file_.get(), .events = POLLIN, .revents = 0};
    ::poll(&readable, 1, -1);
  }
  const int error = errno;
  buffer_.resize(length + static_cast<std::size_t>(count < 0 ? 0 : count));
  if (count < 0) return system_error(name_, error);
  return count > 0;
}

Result<> LineInput::skip_byte_order_mark() {
  if (begun_) return {};
  begun_ = true;
  while (buffer_.size() < kByteOrderMark.size()) {
    auto more = TRY(fill());
    if (!more) break;
  }
  if (buffer_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  return {};
}

Result<bool> LineInput::next(std::string_view& line) {
  TRY(skip_byte_order_mark());
  std::size_t end = buffer_.find('\n', at_);
  bool ended = false;
  while (end == std::string::npos && !ended && buffer_.size() - at_ <= kLineBytesMax) {
    const std::size_t searched = buffer_.size() - at_;
    auto more = TRY(fill());
    ended = !more;
    end = buffer_.find('\n', searched);
  }
  if (ended && at_ == buffer_.size()) return false;
  ++line_;
  line = std::string_view(buffer_).substr(at_, end == std::string::npos ? end : end - at_);
  if (line.size() > kLineBytesMax) {
    return problem_here(fmt::format("longer than {} bytes: not a table", kLineBytesMax));
  }
  at_ = end == std::string::npos ? buffer_.size() : end + 1;
  if (line.ends_with('\r')) line.remove_suffix(1);
  return true;
}

Result<bool> LineInput::begins_with(std::string_view bytes) {
  TRY(skip_byte_order_mark());
  while (buffer_.size() - at_ < bytes.size()) {
    auto more = TRY(fill());
    if (!more) return false;
  }
  return std::string_view(buffer_).substr(at_).starts_with(bytes);
}

Result<bool> LineInput::begins_like_json() {
  TRY(skip_byte_order_mark());
  for (;;) {
    const std::size_t first = buffer_.find_first_not_of(" \t\r\n", at_);
    if (first != std::string::npos) return buffer_[first] == '{' || buffer_[first] == '[';
    if (buffer_.size() > kReadBytes) return false;
    auto more = fill();
    if (!more || !*more) return more;
  }
}

Result<std::string> LineInput::rest(std::size_t limit_bytes) {
  for (;;) {
    if (buffer_.size() - at_ > limit_bytes) {
      return problem(fmt::format("longer than {} bytes", limit_bytes));
    }
    if (TRY(fill())) continue;
    at_ = 0;
    return std::exchange(buffer_, {});
  }
}

Error LineInput::problem_here(std::string_view problem) const {
  return Error{fmt::format("{}:{}: {}", name_, line_, problem)};
}

Error LineInput::problem(std::string_view problem) const {
  return Error{fmt::format("{}: {}", name_, problem)};
}

}  // namespace sockmark
