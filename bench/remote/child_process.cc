#include "bench/remote/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

namespace sockmark {

namespace {

using namespace std::chrono_literals;

class SpawnSettings {
 public:
  SpawnSettings() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  ~SpawnSettings() {
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

}  // namespace

Result<ChildProcess> ChildProcess::spawn(const std::string& file,
                                         const std::vector<std::string>& arguments,
                                         const std::vector<std::pair<int, int>>& descriptors) {
  SpawnSettings settings;
  for (const auto& [ours, theirs] : descriptors)
    ::posix_spawn_file_actions_adddup2(&settings.actions, ours, theirs);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  ::posix_spawnattr_setsigmask(&settings.attributes, &none);
  ::posix_spawnattr_setsigdefault(&settings.attributes, &all);
  ::posix_spawnattr_setflags(&settings.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<char*> words;
  for (const auto& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_t pid = 0;
  const int failed = ::posix_spawnp(&pid, file.c_str(), &settings.actions, &settings.attributes,
                                    words.data(), environ);
  if (failed != 0) return system_error("start " + file, failed);
  return ChildProcess(pid);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), ended_(other.ended_) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(ended_, other.ended_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (pid_ == 0 || ended_) return;
  kill(SIGKILL);
  static_cast<void>(wait(Instant::max()));
}

std::optional<ChildProcess::ExitStatus> ChildProcess::wait(Instant deadline) {
  constexpr Nanoseconds kStep = 2ms;
  while (!ended_) {
    int status = 0;
    const pid_t found = ::waitpid(pid_, &status, WNOHANG);
    if (found == pid_) {
      ended_ = WIFSIGNALED(status) ? ExitStatus{.status = 0, .signal = WTERMSIG(status)}
                                   : ExitStatus{.status = WEXITSTATUS(status), .signal = 0};
    } else if (found < 0 && errno != EINTR) {
      ended_ = ExitStatus{};  // another part of the process has waited for it
    } else if (now() >= deadline) {
      return std::nullopt;
    } else {
      std::this_thread::sleep_for(kStep);
    }
  }
  return ended_;
}

void ChildProcess::kill(int signal) {
  if (pid_ != 0 && !ended_) ::kill(pid_, signal);
}

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("pipe", errno);
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

std::string describe(const ChildProcess::ExitStatus& ended) {
  if (ended.signal != 0)
    return fmt::format("was killed by signal {} ({})", ended.signal, ::strsignal(ended.signal));
  return fmt::format("ended with status {}", ended.status);
}

}  // namespace sockmark
