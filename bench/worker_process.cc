#include "bench/worker_process.h"

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
                                                bool one_process) {
  std::unique_ptr<Workers> workers(new Workers(loop));
  auto responder = control_pair();
  if (!responder) return std::move(responder).error();
  auto generator = control_pair();
  if (!generator) return std::move(generator).error();

  const auto spawn = [&](std::vector<std::pair<const char*, int>> roles) -> Result<> {
    Process::Spawn what{.file = program, .arguments = {program, "worker"}, .inherited = {}};
    for (const auto& [role, descriptor] : roles) {
      what.arguments.push_back(fmt::format("--{}={}", role, 3 + what.inherited.size()));
      what.inherited.push_back(descriptor);
    }
    auto* self = workers.get();
    auto process = Process::spawn(loop, what, [self, roles](std::int64_t status, int signal) {
      for (const auto& [role, descriptor] : roles) {
        auto& worker = role[0] == 'g' ? self->generator_ : self->responder_;
        if (worker) worker->ended(how_it_ended(status, signal));
      }
    });
    if (!process) return std::move(process).error();
    workers->processes_.push_back(std::move(*process));
    return {};
  };
  const std::pair<const char*, int> plays_responder{"responder", responder->theirs.get()};
  const std::pair<const char*, int> plays_generator{"generator", generator->theirs.get()};
  if (one_process) {
    if (auto spawned = spawn({plays_responder, plays_generator}); !spawned)
      return std::move(spawned).error();
  } else {
    if (auto spawned = spawn({plays_responder}); !spawned) return std::move(spawned).error();
    if (auto spawned = spawn({plays_generator}); !spawned) return std::move(spawned).error();
  }
  workers->responder_ = std::make_unique<Worker>(loop, "responder", std::move(responder->ours));
  workers->generator_ = std::make_unique<Worker>(loop, "generator", std::move(generator->ours));
  return workers;
}

Workers::~Workers() {
  generator_.reset();
  responder_.reset();
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

Result<ControlFrame> Workers::await_frame(Worker& worker, std::string_view what, Instant deadline,
                                          const std::function<bool()>& interrupted) {
  alarm_.start(deadline - now());
  for (;;) {
    if (interrupted()) return Error{"interrupted"};
    if (auto frame = worker.next()) return std::move(*frame);
    for (auto* each : {responder_.get(), generator_.get()}) {
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
