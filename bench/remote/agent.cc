#include "bench/remote/agent.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <optional>
#include <utility>

#include "base/temporary_directory.h"
#include "base/wait.h"
#include "bench/remote/child_process.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// For a worker to exit once its control channel is closed.
constexpr Nanoseconds kExitTimeout = 2s;
constexpr int kLaunchError = 2;

// The worker of the current run. The destructor ends it.
struct AgentWorker {
  ControlChannel channel;
  ChildProcess process;
  std::string directory;  // for its socket files

  static Result<AgentWorker> start(const AgentOptions& options, const std::string& role) {
    auto pair = TRY(control_pair());
    const TemporaryDirectory name{TemporaryDirectory::NameOnly{}};
    std::vector<std::string> arguments{"sockmark", "worker", "--" + role + "=3"};
    if (!name.path().empty()) arguments.push_back("--directory=" + name.path());
    arguments.insert(arguments.end(), options.worker_arguments.begin(),
                     options.worker_arguments.end());
    auto process = TRY(ChildProcess::spawn(options.program, arguments, {{pair.theirs.get(), 3}}));
    AgentWorker worker{ControlChannel(std::move(pair.ours)), std::move(process), name.path()};
    worker.channel.greeted();
    return worker;
  }

  // Closes its channel, and kills it if it does not exit by itself.
  ChildProcess::ExitStatus end() {
    channel = ControlChannel(Descriptor());
    auto ended = process.wait(now() + kExitTimeout);
    if (!ended) process.kill(SIGKILL);
    if (!ended) ended = process.wait(Instant::max());
    remove_directory(directory);
    return *ended;
  }
};

class Agent {
 public:
  Agent(const AgentOptions& options, ControlChannel runner)
      : options_(options), runner_(std::move(runner)) {
    runner_.greeted();  // who started this process could have started anything
  }

  // Errors: the channel has ended.
  Result<> serve();
  // Whether the runner has sent anything.
  [[nodiscard]] bool heard() const { return heard_ != Instant::max(); }
  void end_worker() {
    if (worker_) worker_->end();
    worker_.reset();
  }

 private:
  Result<> pass_from_runner();
  Result<> pass_from_worker();
  Result<> handle(const ControlFrame& frame);
  Result<> start_worker(const ControlFrame& frame);
  Result<> release_worker();
  void wait();

  const AgentOptions& options_;
  ControlChannel runner_;
  std::optional<AgentWorker> worker_;
  bool owes_end_ = false;           // one message `ended` for each `spawn`
  Instant heard_ = Instant::max();  // the latest message of the runner; before the first: never
  Instant said_ = now();
};

Result<> Agent::serve() {
  TRY(send_message(runner_, options_.hello));
  TRY(send_message(runner_, options_.host));
  for (;;) {
    wait();
    TRY(pass_from_runner());
    if (worker_) TRY(pass_from_worker());
    const Instant at = now();
    if (heard() && at - heard_ > kRunnerSilenceLimit) return Error{"the runner is silent"};
    if (at - said_ < kPingInterval) continue;
    TRY(send_message(runner_, PingMessage{}));
    said_ = at;
  }
}

void Agent::wait() {
  pollfd entries[2] = {{runner_.descriptor(), POLLIN, 0}, {-1, POLLIN, 0}};
  if (worker_) entries[1].fd = worker_->channel.descriptor();
  static_cast<void>(::poll(entries, 2, poll_timeout(said_ + kPingInterval, now())));
}

Result<> Agent::pass_from_runner() {
  for (;;) {
    const auto frame = TRY(runner_.poll());
    if (!frame) return {};
    heard_ = now();
    TRY(handle(*frame));
  }
}

Result<> Agent::handle(const ControlFrame& frame) {
  switch (frame.type) {
    case ControlType::ping:
      return {};
    case ControlType::spawn:
      return start_worker(frame);
    case ControlType::release:
      return release_worker();
    default:
      // An error shows in the worker's own channel.
      if (worker_) static_cast<void>(worker_->channel.send(frame.type, frame.body));
      return {};
  }
}

Result<> Agent::start_worker(const ControlFrame& frame) {
  end_worker();
  owes_end_ = true;
  const auto spawn = TRY(as_message<SpawnMessage>(frame));
  if (spawn.role != "generator" && spawn.role != "responder")
    return send_message(runner_, FailedMessage{.message = "no such role: " + spawn.role});
  if (options_.responders_only && spawn.role != "responder")
    return send_message(runner_, FailedMessage{.message = "serve starts responders only"});
  auto worker = AgentWorker::start(options_, spawn.role);
  if (!worker) return send_message(runner_, FailedMessage{.message = worker.error().message});
  worker_.emplace(*std::move(worker));
  return {};
}

Result<> Agent::release_worker() {
  if (!owes_end_) return {};
  owes_end_ = false;
  const auto ended = worker_ ? worker_->end() : ChildProcess::ExitStatus{};
  worker_.reset();
  return send_message(runner_, EndedMessage{.status = ended.status, .signal = ended.signal});
}

Result<> Agent::pass_from_worker() {
  for (;;) {
    auto frame = worker_->channel.poll();
    if (!frame) return release_worker();
    if (!*frame) return {};
    TRY(runner_.send((*frame)->type, (*frame)->body));
    said_ = now();
  }
}

// Whether standard input has ended. Before the greeting the runner sends nothing, so what can be
// read is an end of file, as of a socket or /dev/null.
bool has_ended(int input) {
  pollfd entry{input, POLLIN, 0};
  if (::poll(&entry, 1, 0) != 1) return false;
  int bytes = 0;
  return (entry.revents & POLLIN) == 0 || ::ioctl(input, FIONREAD, &bytes) != 0 || bytes == 0;
}

// A terminal would change what passes through it; a launcher gives one for the output only.
void make_raw(int descriptor) {
  termios settings{};
  if (::tcgetattr(descriptor, &settings) != 0) return;
  ::cfmakeraw(&settings);
  ::tcsetattr(descriptor, TCSANOW, &settings);
}

// Moves the control channel away from standard input and output, so that no library can read from
// it or write into it.
Result<ControlChannel> take_standard_streams() {
  Descriptor input(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  Descriptor output(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!input || !output) return system_error("standard input or output", errno);
  const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (null) ::dup2(null.get(), STDIN_FILENO);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  if (::isatty(output.get()) != 0) make_raw(output.get());
  return ControlChannel(std::move(input), std::move(output));
}

}  // namespace

int run_agent(const AgentOptions& options) {
  const bool on_terminal = ::isatty(STDIN_FILENO) != 0;
  auto channel = take_standard_streams();
  if (!channel) {
    std::fprintf(stderr, "worker: %s\n", channel.error().message.c_str());
    return kLaunchError;
  }
  if (on_terminal) {
    HelloMessage hello = options.hello;
    hello.on_terminal = true;
    static_cast<void>(send_message(*channel, hello));
    return kLaunchError;
  }
  // Some launchers connect the output only, and a greeting would pass for a working channel.
  const bool ended_at_once = has_ended(channel->descriptor());
  Agent agent(options, *std::move(channel));
  if (!ended_at_once) static_cast<void>(agent.serve());
  agent.end_worker();
  // Of a client of sockmark serve, the session says why it ended.
  if (agent.heard() || options.responders_only) return 0;
  std::fputs(
      "worker: standard input has ended: the launcher does not pass it (ssh without -n, podman and "
      "kubectl with -i)\n",
      stderr);
  return kLaunchError;
}

}  // namespace sockmark
