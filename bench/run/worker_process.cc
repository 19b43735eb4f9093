#include "bench/run/worker_process.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <utility>

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// A worker that is asked to end has only to join threads that stop within a tick.
constexpr Nanoseconds kEndPatience = 2s;
// A worker's death is heard twice, by its channel and by its exit status; the second says how.
constexpr Nanoseconds kExitPatience = 1s;

std::string how_it_ended(std::int64_t status, int signal) {
  if (signal != 0) return fmt::format("was killed by signal {} ({})", signal, ::strsignal(signal));
  return fmt::format("ended early with status {}", status);
}

}  // namespace

Worker::Worker(Loop& loop, std::string role, Descriptor control)
    : role_(std::move(role)), channel_(std::move(control)) {
  poll_ = std::make_unique<Poll>(loop, channel_.descriptor(), [this](short) { hear(); });
  poll_->want(POLLIN);
}

void Worker::hear() {
  for (;;) {
    auto frame = channel_.poll();
    if (!frame) {
      poll_.reset();
      if (gone_.empty()) gone_ = frame.error().message;
      return;
    }
    if (!*frame) return;
    inbox_.push_back(std::move(**frame));
  }
}

std::optional<ControlFrame> Worker::next() {
  if (inbox_.empty()) return std::nullopt;
  auto frame = std::move(inbox_.front());
  inbox_.pop_front();
  return frame;
}

void Worker::ended(std::string how) { gone_ = std::move(how); }

Result<std::unique_ptr<Workers>> Workers::start(Loop& loop, const std::string& program,
                                                const std::vector<Roles>& processes) {
  std::unique_ptr<Workers> workers(new Workers(loop));
  for (const auto& roles : processes) {
    if (auto spawned = workers->spawn(program, roles); !spawned) return std::move(spawned).error();
  }
  return workers;
}

Result<> Workers::spawn(const std::string& program, const Roles& roles) {
  Process::Spawn what{.file = program, .arguments = {program, "worker"}, .inherited = {}};
  std::vector<Descriptor> theirs;  // closed here once the process has them
  std::vector<Worker*> played;
  for (const auto& role : roles) {
    auto pair = TRY(control_pair());
    what.arguments.push_back(fmt::format("--{}={}", role, 3 + what.inherited.size()));
    what.inherited.push_back(pair.theirs.get());
    theirs.push_back(std::move(pair.theirs));
    workers_.push_back(std::make_unique<Worker>(loop_, role, std::move(pair.ours)));
    played.push_back(workers_.back().get());
  }
  auto process = Process::spawn(loop_, what, [this, played](std::int64_t status, int signal) {
    if (workers_.empty()) return;  // nobody listens any more
    for (Worker* worker : played) worker->ended(how_it_ended(status, signal));
  });
  if (!process) return std::move(process).error();
  processes_.push_back(std::move(*process));
  return {};
}

Worker& Workers::playing(std::string_view role) {
  return **std::ranges::find_if(workers_, [&](const auto& each) { return each->role() == role; });
}

Workers::~Workers() {
  workers_.clear();
  const auto any_running = [this] {
    return std::any_of(processes_.begin(), processes_.end(),
                       [](const auto& process) { return process->running(); });
  };
  const Instant deadline = now() + kEndPatience;
  alarm_.start(kEndPatience);
  while (any_running() && now() < deadline) loop_.run_once();
  for (const auto& process : processes_) process->kill(SIGKILL);
  while (any_running()) loop_.run_once();  // nothing survives SIGKILL for long, not even stopped
}

Result<HelloMessage> Workers::await_greeting(Worker& worker, Instant deadline,
                                             const std::function<bool()>& interrupted) {
  auto hello = await<HelloMessage>(worker, deadline, interrupted);
  if (!hello) return hello;
  if (hello->protocol != kControlProtocol) {
    return Error{fmt::format("{} speaks control protocol {}, this is {}", worker.role(),
                             hello->protocol, kControlProtocol)};
  }
  worker.greeted();
  return hello;
}

Result<ControlFrame> Workers::await_frame(Worker& worker, std::string_view what, Instant deadline,
                                          const std::function<bool()>& interrupted) {
  alarm_.start(deadline - now());
  for (;;) {
    if (interrupted()) return Error{"interrupted"};
    if (auto frame = worker.next()) return std::move(*frame);
    for (const auto& each : workers_) {
      if (each->gone().empty()) continue;
      // A worker may have told why before it ended.
      if (auto last_words = each->next()) return std::move(*last_words);
      const auto limit = now() + kExitPatience;
      alarm_.start(kExitPatience);
      const auto first = each->gone();
      while (each->gone() == first && now() < limit && !interrupted()) loop_.run_once();
      return Error{each->role() + " " + each->gone()};
    }
    if (now() >= deadline) {
      return Error{fmt::format("{} did not send its {} message in time", worker.role(), what)};
    }
    loop_.run_once();
  }
}

}  // namespace sockmark
