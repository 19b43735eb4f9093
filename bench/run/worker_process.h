// The runner's side of a worker process: starting it, hearing it, ending it.
//
// Threading: the loop's thread. Every wait has a deadline, and ends early when any worker of the
// run ends or the user interrupts.

#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/loop/loop.h"
#include "bench/protocol/control.h"
#include "bench/run/control_messages.h"

namespace sockmark {

// A role of a worker, as seen through its control channel.
class Worker {
 public:
  Worker(Loop& loop, std::string role, Descriptor control);

  [[nodiscard]] const std::string& role() const { return role_; }
  [[nodiscard]] ControlChannel& channel() { return channel_; }
  // A message that has come and was not taken yet.
  [[nodiscard]] std::optional<ControlFrame> next();
  // Why nothing more will come; empty while it may.
  [[nodiscard]] const std::string& gone() const { return gone_; }
  void greeted() { channel_.greeted(); }
  void ended(std::string how);

 private:
  void hear();

  std::string role_;
  ControlChannel channel_;
  std::unique_ptr<Poll> poll_;  // dies before the channel
  std::deque<ControlFrame> inbox_;
  std::string gone_;
};

// The processes of one run, and the roles that they play. Destroying it ends them: asked to first,
// by closing their control channels; killed when they do not follow; and waited for in any case.
class Workers {
 public:
  // `program` is this very binary; each of `processes` plays the roles that it names.
  using Roles = std::vector<std::string>;
  [[nodiscard]] static Result<std::unique_ptr<Workers>> start(Loop& loop,
                                                              const std::string& program,
                                                              const std::vector<Roles>& processes);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Must: one of the processes plays it.
  [[nodiscard]] Worker& playing(std::string_view role);

  // The first message of each worker, which speaks the control protocol of this runner.
  [[nodiscard]] Result<HelloMessage> await_greeting(Worker& worker, Instant deadline,
                                                    const std::function<bool()>& interrupted);

  // Turns the loop until `worker` has sent the message. Errors: what it says when it fails; any
  // worker ended; the deadline passed; `interrupted` became true.
  template <class M>
  [[nodiscard]] Result<M> await(Worker& worker, Instant deadline,
                                const std::function<bool()>& interrupted) {
    auto frame = TRY(await_frame(worker, name_of(M::kType), deadline, interrupted));
    auto message = TRY(as_message<M>(frame).in(worker.role()));
    return message;
  }

 private:
  explicit Workers(Loop& loop) : loop_(loop), alarm_(loop, [] {}) {}
  [[nodiscard]] Result<> spawn(const std::string& program, const Roles& roles);
  [[nodiscard]] Result<ControlFrame> await_frame(Worker& worker, std::string_view what,
                                                 Instant deadline,
                                                 const std::function<bool()>& interrupted);

  Loop& loop_;
  Timer alarm_;  // turns the loop at a deadline
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<Process>> processes_;
};

}  // namespace sockmark
