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
#include "bench/remote/ends.h"
#include "bench/worker/control_messages.h"

namespace sockmark {

// One role of a worker process, at the other end of a control channel: its own, or that of an agent
// on another machine, which passes its messages through.
class WorkerPeer {
 public:
  // `number`: of several with this role; 0: the only one.
  WorkerPeer(Loop& loop, std::string role, std::uint64_t number, Descriptor control);
  // Must: `end` outlives the peer. Starts the worker there.
  WorkerPeer(Loop& loop, RemoteEnd& end);
  ~WorkerPeer();
  WorkerPeer(const WorkerPeer&) = delete;
  WorkerPeer& operator=(const WorkerPeer&) = delete;

  [[nodiscard]] const std::string& role() const { return role_; }
  // For messages to the user: "responder", "generator 2 on db2".
  [[nodiscard]] std::string name() const;
  [[nodiscard]] ControlChannel& channel() { return end_ != nullptr ? end_->channel() : *channel_; }
  // Receives progress messages, which are dropped without it. It is not called once the worker has
  // ended or broken the protocol.
  void on_progress(std::function<void(const ProgressMessage&)> progress) {
    progress_ = std::move(progress);
  }
  // The same for intervals messages.
  void on_intervals(std::function<void(const IntervalsMessage&)> intervals) {
    intervals_ = std::move(intervals);
  }
  // The oldest other message that was received and not returned yet.
  [[nodiscard]] std::optional<ControlFrame> next();
  // Why the worker will send nothing more; empty while it may.
  [[nodiscard]] const std::string& end_reason() const { return end_reason_; }
  // From now on its end is no reason to end the run: only who waits for it sees it.
  void make_expendable() { expendable_ = true; }
  [[nodiscard]] bool expendable() const { return expendable_; }
  void greeted() { channel().greeted(); }
  void set_ended(std::string reason);
  // The channel has ended, as `reason` says.
  void end_channel(std::string reason);
  // Asks the agent to end the worker.
  void release();
  // Whether the worker may still run at the far side.
  [[nodiscard]] bool running_elsewhere() const { return end_ != nullptr && end_reason_.empty(); }
  // The agent did not answer to release(): no further run can use it.
  void give_up();

 private:
  void receive_all();
  [[nodiscard]] Result<> take(ControlFrame frame);
  void watch_agent();
  void read_errors();

  std::string role_;
  std::uint64_t number_ = 0;
  bool expendable_ = false;
  std::optional<ControlChannel> channel_;  // of a local worker
  RemoteEnd* end_ = nullptr;
  std::unique_ptr<Poll> poll_, errors_;  // destroyed before the channel
  std::unique_ptr<Timer> watching_;
  Instant heard_ = now();
  std::deque<ControlFrame> inbox_;
  std::function<void(const ProgressMessage&)> progress_;
  std::function<void(const IntervalsMessage&)> intervals_;
  std::string end_reason_;
};

// The worker processes of one run. The destructor ends them: it closes their control channels,
// kills those that do not exit within a timeout, and waits for all.
class Workers {
 public:
  // A process, and its roles. One whose end is elsewhere has one role. `number`: of several with
  // this role, from 1; 0: the only one. Must: `end` outlives the workers.
  struct Member {
    std::vector<std::string> roles;
    std::uint64_t number = 0;
    RemoteEnd* end = nullptr;  // null: on this machine
  };
  // `program` is this binary.
  [[nodiscard]] static Result<std::unique_ptr<Workers>> start(Loop& loop,
                                                              const std::string& program,
                                                              const std::vector<Member>& members);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Must: one of the processes has this role. The first of several.
  [[nodiscard]] WorkerPeer& peer(std::string_view role) { return *peers(role).front(); }
  // In the order in which they were started.
  [[nodiscard]] std::vector<WorkerPeer*> peers(std::string_view role);

  // The first message of a worker. Errors: as await(), or another version of the control protocol.
  [[nodiscard]] Result<HelloMessage> await_greeting(WorkerPeer& worker, Instant deadline,
                                                    const std::function<bool()>& interrupted);

  // Errors: the worker has ended, with the reason if it is known within a second.
  template <class M>
  [[nodiscard]] Result<> send(WorkerPeer& worker, const M& message) {
    auto sent = send_message(worker.channel(), message).in(worker.name());
    return sent ? std::move(sent) : Result<>(why_not_sent(worker, std::move(sent).error()));
  }

  // Runs the loop until `worker` has sent the message. Errors: the worker reports a failure; it or
  // any that is not expendable ended; the deadline passed; `interrupted` became true.
  template <class M>
  [[nodiscard]] Result<M> await(WorkerPeer& worker, Instant deadline,
                                const std::function<bool()>& interrupted) {
    auto frame = TRY(await_frame(worker, name_of(M::kType), deadline, interrupted));
    auto message = TRY(as_message<M>(frame).in(worker.name()));
    return message;
  }

 private:
  explicit Workers(Loop& loop) : loop_(loop), alarm_(loop, [] {}) {}
  [[nodiscard]] Result<> spawn(const std::string& program, const Member& member);
  void end_elsewhere();
  [[nodiscard]] Error why_not_sent(WorkerPeer& worker, Error error);
  [[nodiscard]] Result<ControlFrame> await_frame(WorkerPeer& worker, std::string_view what,
                                                 Instant deadline,
                                                 const std::function<bool()>& interrupted);

  Loop& loop_;
  Timer alarm_;  // wakes the loop at a deadline
  std::vector<std::unique_ptr<WorkerPeer>> workers_;
  std::vector<std::unique_ptr<Process>> processes_;
};

}  // namespace sockmark
