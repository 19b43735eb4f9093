// The worker processes of a run, as the runner sees them: starting them, exchanging messages with
// them, ending them. worker.h is the other side.
//
// Threading: the thread of the loop. Every wait has a deadline, and ends early when any worker of
// the run ends or the user interrupts.

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

// One role of a worker process, at the other end of a control channel.
class WorkerPeer {
 public:
  WorkerPeer(Loop& loop, std::string role, Descriptor control);

  [[nodiscard]] const std::string& role() const { return role_; }
  [[nodiscard]] ControlChannel& channel() { return channel_; }
  // The oldest message that was received and not returned yet.
  [[nodiscard]] std::optional<ControlFrame> next();
  // Why the worker will send nothing more; empty while it may.
  [[nodiscard]] const std::string& end_reason() const { return end_reason_; }
  void greeted() { channel_.greeted(); }
  void set_ended(std::string reason);

 private:
  void receive_all();

  std::string role_;
  ControlChannel channel_;
  std::unique_ptr<Poll> poll_;  // destroyed before the channel
  std::deque<ControlFrame> inbox_;
  std::string end_reason_;
};

// The worker processes of one run. The destructor ends them: it closes their control channels,
// kills those that do not exit within a timeout, and waits for all.
class Workers {
 public:
  // `program` is this binary. Each element of `processes` is a process with these roles.
  using Roles = std::vector<std::string>;
  [[nodiscard]] static Result<std::unique_ptr<Workers>> start(Loop& loop,
                                                              const std::string& program,
                                                              const std::vector<Roles>& processes);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Must: one of the processes has this role.
  [[nodiscard]] WorkerPeer& peer(std::string_view role);

  // The first message of a worker. Errors: as await(), or another version of the control protocol.
  [[nodiscard]] Result<HelloMessage> await_greeting(WorkerPeer& worker, Instant deadline,
                                                    const std::function<bool()>& interrupted);

  // Runs the loop until `worker` has sent the message. Errors: the worker reports a failure; any
  // worker ended; the deadline passed; `interrupted` became true.
  template <class M>
  [[nodiscard]] Result<M> await(WorkerPeer& worker, Instant deadline,
                                const std::function<bool()>& interrupted) {
    auto frame = TRY(await_frame(worker, name_of(M::kType), deadline, interrupted));
    auto message = TRY(as_message<M>(frame).in(worker.role()));
    return message;
  }

 private:
  explicit Workers(Loop& loop) : loop_(loop), alarm_(loop, [] {}) {}
  [[nodiscard]] Result<> spawn(const std::string& program, const Roles& roles);
  [[nodiscard]] Result<ControlFrame> await_frame(WorkerPeer& worker, std::string_view what,
                                                 Instant deadline,
                                                 const std::function<bool()>& interrupted);

  Loop& loop_;
  Timer alarm_;  // wakes the loop at a deadline
  std::vector<std::unique_ptr<WorkerPeer>> workers_;
  std::vector<std::unique_ptr<Process>> processes_;
};

}  // namespace sockmark
