// A child process that is not tied to a loop: it may outlive the loops of many runs.
//
// Threading: one thread at a time. The destructor kills the child with SIGKILL and waits for it.

#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/result.h"

namespace sockmark {

class ChildProcess {
 public:
  struct ExitStatus {
    int status = 0;  // of exit
    int signal = 0;  // that killed it, or 0
  };

  // `file` is searched for in $PATH unless it has a slash. Each pair of `descriptors` is one of
  // this process and its number in the child; others are inherited unless they are closed on exec.
  // The child is in the process group of this process, and handles all signals by default.
  [[nodiscard]] static Result<ChildProcess> spawn(
      const std::string& file, const std::vector<std::string>& arguments,
      const std::vector<std::pair<int, int>>& descriptors);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  [[nodiscard]] pid_t pid() const { return pid_; }
  // How it ended; absent while it runs. Waits until `deadline`.
  [[nodiscard]] std::optional<ExitStatus> wait(Instant deadline);
  void kill(int signal);  // no effect once it has ended

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}

  pid_t pid_ = 0;
  std::optional<ExitStatus> ended_;
};

// A pipe to or from a child, closed on exec.
struct Pipe {
  Descriptor reading, writing;
};
[[nodiscard]] Result<Pipe> make_pipe();

// "was killed by signal 9 (Killed)", "ended with status 7".
[[nodiscard]] std::string describe(const ChildProcess::ExitStatus& ended);

}  // namespace sockmark
