#include "bench/run/worker_process.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// For a worker to exit once its control channels are closed: it joins threads that stop within a
// tick.
constexpr Nanoseconds kExitTimeout = 2s;
// The same, and for a path to another machine.
constexpr Nanoseconds kExitElsewhereTimeout = kAgentSilenceLimit;
// Between the end of the channel of a worker and its exit status, which gives the reason.
constexpr Nanoseconds kExitStatusTimeout = 1s;

std::string exit_reason(std::int64_t status, int signal) {
  if (signal != 0) return describe(ChildProcess::ExitStatus{.status = 0, .signal = signal});
  return fmt::format("ended early with status {}", status);
}

}  // namespace

WorkerPeer::WorkerPeer(Loop& loop, std::string role, std::uint64_t number, Descriptor control)
    : role_(std::move(role)), number_(number), channel_(std::move(control)) {
  poll_ = std::make_unique<Poll>(loop, channel_->descriptor(), [this](short) { receive_all(); });
  poll_->want(POLLIN);
}

WorkerPeer::WorkerPeer(Loop& loop, RemoteEnd& end) : role_(end.role()), end_(&end) {
  if (!end.broken().empty()) {
    set_ended(end.broken());
    return;
  }
  poll_ = std::make_unique<Poll>(loop, channel().descriptor(), [this](short) { receive_all(); });
  poll_->want(POLLIN);
  if (end.read_errors()) {
    errors_ =
        std::make_unique<Poll>(loop, end.error_descriptor(), [this](short) { read_errors(); });
    errors_->want(POLLIN);
  }
  watching_ = std::make_unique<Timer>(loop, [this] { watch_agent(); });
  watching_->start(kPingInterval, kPingInterval);
  // A failure shows as the end of the channel.
  static_cast<void>(send_message(channel(), SpawnMessage{.role = role_}));
}

WorkerPeer::~WorkerPeer() = default;

std::string WorkerPeer::name() const {
  return end_ == nullptr ? numbered(role_, number_) : end_->name();
}

void WorkerPeer::receive_all() {
  for (;;) {
    auto frame = channel().poll();
    if (!frame) return end_channel(frame.error().message);
    if (!*frame) return;
    heard_ = now();
    if (auto taken = take(std::move(**frame)); !taken) return end_channel(taken.error().message);
  }
}

Result<> WorkerPeer::take(ControlFrame frame) {
  if (frame.type == ControlType::progress) {
    const auto message = TRY(as_message<ProgressMessage>(frame));
    if (progress_) progress_(message);
  } else if (frame.type == ControlType::intervals) {
    const auto message = TRY(as_message<IntervalsMessage>(frame));
    if (intervals_) intervals_(message);
  } else if (end_ != nullptr && frame.type == ControlType::ended) {
    const auto ended = TRY(as_message<EndedMessage>(frame));
    set_ended(exit_reason(ended.status, static_cast<int>(ended.signal)));
  } else if (end_ == nullptr || frame.type != ControlType::ping) {
    inbox_.push_back(std::move(frame));
  }
  return {};
}

void WorkerPeer::end_channel(std::string reason) {
  poll_.reset();
  watching_.reset();
  errors_.reset();
  if (end_ != nullptr) {
    end_->set_broken(channel().closed() ? end_->end_reason(reason) : reason);
    set_ended(end_->broken());
  } else if (end_reason_.empty()) {
    set_ended(std::move(reason));
  }
}

void WorkerPeer::watch_agent() {
  // What has arrived while this thread did something else.
  receive_all();
  if (now() - heard_ <= kAgentSilenceLimit || !end_->broken().empty()) return;
  end_->set_broken(
      fmt::format("is silent for {} s: the network path or the host", kAgentSilenceLimit / 1s));
  set_ended(end_->broken());
}

void WorkerPeer::read_errors() {
  if (!end_->read_errors()) errors_.reset();
}

void WorkerPeer::release() { static_cast<void>(send_message(channel(), ReleaseMessage{})); }

void WorkerPeer::give_up() {
  end_->set_broken("did not end its worker in time");
  set_ended(end_->broken());
}

std::optional<ControlFrame> WorkerPeer::next() {
  if (inbox_.empty()) return std::nullopt;
  auto frame = std::move(inbox_.front());
  inbox_.pop_front();
  return frame;
}

void WorkerPeer::set_ended(std::string reason) { end_reason_ = std::move(reason); }

Result<std::unique_ptr<Workers>> Workers::start(Loop& loop, const std::string& program,
                                                const std::vector<Member>& members) {
  std::unique_ptr<Workers> workers(new Workers(loop));
  for (const auto& member : members) {
    if (member.end != nullptr) {
      workers->workers_.push_back(std::make_unique<WorkerPeer>(loop, *member.end));
      continue;
    }
    if (auto spawned = workers->spawn(program, member); !spawned) return std::move(spawned).error();
  }
  return workers;
}

Result<> Workers::spawn(const std::string& program, const Member& member) {
  Process::Spawn what{.file = program, .arguments = {program, "worker"}, .inherited = {}};
  std::vector<Descriptor> theirs;  // closed when this function returns; the process has its own
  std::vector<WorkerPeer*> peers;
  for (const auto& role : member.roles) {
    auto pair = TRY(control_pair());
    what.arguments.push_back(fmt::format("--{}={}", role, 3 + what.inherited.size()));
    what.inherited.push_back(pair.theirs.get());
    theirs.push_back(std::move(pair.theirs));
    workers_.push_back(
        std::make_unique<WorkerPeer>(loop_, role, member.number, std::move(pair.ours)));
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

std::vector<WorkerPeer*> Workers::peers(std::string_view role) {
  std::vector<WorkerPeer*> found;
  for (const auto& worker : workers_) {
    if (worker->role() == role) found.push_back(worker.get());
  }
  return found;
}

Workers::~Workers() {
  end_elsewhere();
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

// An agent answers when its worker is gone, and then serves the next run.
void Workers::end_elsewhere() {
  const auto any_running = [this] {
    return std::ranges::any_of(workers_, &WorkerPeer::running_elsewhere);
  };
  for (const auto& worker : workers_) {
    if (worker->running_elsewhere()) worker->release();
  }
  const Instant deadline = now() + kExitElsewhereTimeout;
  if (any_running()) alarm_.start(kExitElsewhereTimeout);
  while (any_running() && now() < deadline) loop_.run_once();
  for (const auto& worker : workers_) {
    if (worker->running_elsewhere()) worker->give_up();
  }
}

Error Workers::why_not_sent(WorkerPeer& worker, Error error) {
  const auto limit = now() + kExitStatusTimeout;
  alarm_.start(kExitStatusTimeout);
  while (worker.end_reason().empty() && now() < limit) loop_.run_once();
  // What a killed launcher has started may hold its output open: the shells of mpirun do.
  if (worker.running_elsewhere() && worker.channel().closed()) worker.end_channel(error.message);
  if (worker.end_reason().empty()) return error;
  return Error{worker.name() + " " + worker.end_reason()};
}

Result<HelloMessage> Workers::await_greeting(WorkerPeer& worker, Instant deadline,
                                             const std::function<bool()>& interrupted) {
  const auto frame = TRY(await_frame(worker, "hello", deadline, interrupted));
  auto hello = TRY(read_hello(frame).in(worker.name()));
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
      if (each->end_reason().empty() || (each->expendable() && each.get() != &worker)) continue;
      // A worker may have reported a failure before it ended.
      if (auto last = each->next()) return std::move(*last);
      const auto limit = now() + kExitStatusTimeout;
      alarm_.start(kExitStatusTimeout);
      const auto first = each->end_reason();
      while (each->end_reason() == first && now() < limit && !interrupted()) loop_.run_once();
      return Error{each->name() + " " + each->end_reason()};
    }
    if (now() >= deadline) {
      return Error{fmt::format("{} did not send its {} message in time", worker.name(), what)};
    }
    loop_.run_once();
  }
}

}  // namespace sockmark
