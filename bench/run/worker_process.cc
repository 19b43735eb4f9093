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

// For a worker to exit once its control channels are closed: it joins threads that stop within a
// tick.
constexpr Nanoseconds kExitTimeout = 2s;
// Between the end of the channel of a worker and its exit status, which gives the reason.
constexpr Nanoseconds kExitStatusTimeout = 1s;

std::string exit_reason(std::int64_t status, int signal) {
  if (signal != 0) return fmt::format("was killed by signal {} ({})", signal, ::strsignal(signal));
  return fmt::format("ended early with status {}", status);
}

}  // namespace

WorkerPeer::WorkerPeer(Loop& loop, std::string role, Descriptor control)
    : role_(std::move(role)), channel_(std::move(control)) {
  poll_ = std::make_unique<Poll>(loop, channel_.descriptor(), [this](short) { receive_all(); });
  poll_->want(POLLIN);
}

void WorkerPeer::receive_all() {
  for (;;) {
    auto frame = channel_.poll();
    if (!frame) {
      poll_.reset();
      if (end_reason_.empty()) end_reason_ = frame.error().message;
      return;
    }
    if (!*frame) return;
    inbox_.push_back(std::move(**frame));
  }
}

std::optional<ControlFrame> WorkerPeer::next() {
  if (inbox_.empty()) return std::nullopt;
  auto frame = std::move(inbox_.front());
  inbox_.pop_front();
  return frame;
}

void WorkerPeer::set_ended(std::string reason) { end_reason_ = std::move(reason); }

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
  std::vector<Descriptor> theirs;  // closed when this function returns; the process has its own
  std::vector<WorkerPeer*> peers;
  for (const auto& role : roles) {
    auto pair = TRY(control_pair());
    what.arguments.push_back(fmt::format("--{}={}", role, 3 + what.inherited.size()));
    what.inherited.push_back(pair.theirs.get());
    theirs.push_back(std::move(pair.theirs));
    workers_.push_back(std::make_unique<WorkerPeer>(loop_, role, std::move(pair.ours)));
    peers.push_back(workers_.back().get());
  }
  auto process = Process::spawn(loop_, what, [this, peers](std::int64_t status, int signal) {
    if (workers_.empty()) return;  // in the destructor
    for (WorkerPeer* peer : peers) peer->set_ended(exit_reason(status, signal));
  });
  if (!process) return std::move(process).error();
  processes_.push_back(std::move(*process));
  return {};
}

WorkerPeer& Workers::peer(std::string_view role) {
  return **std::ranges::find_if(workers_, [&](const auto& each) { return each->role() == role; });
}

Workers::~Workers() {
  workers_.clear();
  const auto any_running = [this] {
    return std::any_of(processes_.begin(), processes_.end(),
                       [](const auto& process) { return process->running(); });
  };
  const Instant deadline = now() + kExitTimeout;
  alarm_.start(kExitTimeout);
  while (any_running() && now() < deadline) loop_.run_once();
  for (const auto& process : processes_) process->kill(SIGKILL);
  while (any_running()) loop_.run_once();  // SIGKILL ends a stopped process too
}

Result<HelloMessage> Workers::await_greeting(WorkerPeer& worker, Instant deadline,
                                             const std::function<bool()>& interrupted) {
  auto hello = await<HelloMessage>(worker, deadline, interrupted);
  if (!hello) return hello;
  if (hello->protocol != kControlProtocol) {
    return Error{fmt::format("{} uses version {} of the control protocol, expected {}",
                             worker.role(), hello->protocol, kControlProtocol)};
  }
  worker.greeted();
  return hello;
}

Result<ControlFrame> Workers::await_frame(WorkerPeer& worker, std::string_view what,
                                          Instant deadline,
                                          const std::function<bool()>& interrupted) {
  alarm_.start(deadline - now());
  for (;;) {
    if (interrupted()) return Error{"interrupted"};
    if (auto frame = worker.next()) return std::move(*frame);
    for (const auto& each : workers_) {
      if (each->end_reason().empty()) continue;
      // A worker may have reported a failure before it ended.
      if (auto last = each->next()) return std::move(*last);
      const auto limit = now() + kExitStatusTimeout;
      alarm_.start(kExitStatusTimeout);
      const auto first = each->end_reason();
      while (each->end_reason() == first && now() < limit && !interrupted()) loop_.run_once();
      return Error{each->role() + " " + each->end_reason()};
    }
    if (now() >= deadline) {
      return Error{fmt::format("{} did not send its {} message in time", worker.role(), what)};
    }
    loop_.run_once();
  }
}

}  // namespace sockmark
