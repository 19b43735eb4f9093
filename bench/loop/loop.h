// The libuv handles that sockmark uses, as owners.
//
// A libuv handle may be freed only in or after its close callback, and the loop must turn for that
// callback to run. So an owner dies at once and its handle later: the destructor detaches the
// owner, closes the handle, and the close callback frees it. Destroying an owner from within its
// own callback is allowed. Must: every owner dies before its Loop; the Loop's destructor turns
// until the last handle is closed, and asserts that the loop closes without error.
//
// Where the machine does not grant what a loop or a handle needs (descriptors, memory of epoll),
// the constructor prints one line and ends the process with status 2.
//
// Threading: a Loop and its handles belong to one thread; Async::send() alone may be called from
// any. Callbacks run inside Loop::run_once() and Loop::run_nowait().

#pragma once

#include <sys/types.h>
#include <uv.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/result.h"

namespace sockmark {

[[nodiscard]] std::string libuv_version();  // of the library at run time

class Loop {
 public:
  // Measuring the time spent waiting costs two clock reads and a lock for every turn.
  enum class Idling : bool { unmeasured, measured };

  explicit Loop(Idling idling = Idling::unmeasured);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Waits for at least one event and runs its callbacks.
  void run_once() { uv_run(&loop_, UV_RUN_ONCE); }
  // Runs the callbacks that are ready, without waiting.
  void run_nowait() { uv_run(&loop_, UV_RUN_NOWAIT); }
  // Turns until `done` returns true; it is called before every wait. A turn costs one clock read
  // less than run_once().
  void run_until(std::function<bool()> done);

  // The time that the loop has spent waiting in the poller since its construction
  // (uv_metrics_idle_time). Must: constructed with Idling::measured.
  [[nodiscard]] Nanoseconds idle() {
    return Nanoseconds(static_cast<std::int64_t>(uv_metrics_idle_time(&loop_)));
  }

  [[nodiscard]] uv_loop_t* raw() { return &loop_; }

 private:
  uv_loop_t loop_{};
};

namespace loop_detail {

// A heap handle whose `data` is the owner, until the owner dies.
template <class Handle>
class Owned {
 public:
  explicit Owned(void* owner) : handle_(new Handle) { handle_->data = owner; }
  ~Owned() { close(); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;

  [[nodiscard]] Handle* get() const { return handle_; }
  // For a handle whose init call failed: libuv does not know it, so it must not be closed.
  void discard() { delete std::exchange(handle_, nullptr); }
  void close() {
    Handle* handle = std::exchange(handle_, nullptr);
    if (handle == nullptr) return;
    handle->data = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* closed) { delete reinterpret_cast<Handle*>(closed); });
  }

 private:
  Handle* handle_;
};

}  // namespace loop_detail

// Readiness of a descriptor that the caller owns. Must: the descriptor outlives the Poll.
// libuv switches the descriptor to O_NONBLOCK.
class Poll {
 public:
  // `ready` receives poll(2) events: POLLIN, POLLOUT, or both if the descriptor is in error.
  Poll(Loop& loop, int descriptor, std::function<void(short events)> ready);

  void want(short events);  // poll(2) events, 0 to pause

 private:
  std::function<void(short)> ready_;
  loop_detail::Owned<uv_poll_t> handle_;
  short wanted_ = 0;
};

// For housekeeping only (phases, deadlines, progress): its resolution is a millisecond, and libuv
// restarts a repeating timer from the instant at which it ran. Messages are not scheduled by it.
class Timer {
 public:
  Timer(Loop& loop, std::function<void()> due);

  // Never early; up to two milliseconds late.
  void start(Nanoseconds after, Nanoseconds repeat = Nanoseconds(0));
  void stop();

 private:
  std::function<void()> due_;
  loop_detail::Owned<uv_timer_t> handle_;
};

// Wakes the loop at an instant, with the precision of the kernel's timers (timerfd), for schedules
// of messages. libuv's own timers count in milliseconds.
class Alarm {
 public:
  Alarm(Loop& loop, std::function<void()> due);

  // Replaces the instant set before. One that has passed is due at once; Instant::max() is never
  // due.
  void set(Instant at);

 private:
  std::function<void()> due_;
  Descriptor timer_;
  Poll poll_;
  Instant set_ = Instant::max();
};

// Runs once a turn of the loop, which then does not wait: for work that no descriptor signals.
class Idle {
 public:
  Idle(Loop& loop, std::function<void()> turn);

  void start();
  void stop();

 private:
  std::function<void()> turn_;
  loop_detail::Owned<uv_idle_t> handle_;
};

// Wakes the loop from another thread. Several sends before the loop turns cause one callback.
class Async {
 public:
  Async(Loop& loop, std::function<void()> woken);

  void send();

 private:
  std::function<void()> woken_;
  loop_detail::Owned<uv_async_t> handle_;
};

class Signal {
 public:
  Signal(Loop& loop, int number, std::function<void()> received);

 private:
  std::function<void()> received_;
  loop_detail::Owned<uv_signal_t> handle_;
};

// A child process. Destroying the owner does not end the child: kill it, then wait for `exited`.
class Process {
 public:
  struct Spawn {
    std::string file;
    std::vector<std::string> arguments;  // argv[0] included
    std::vector<int> inherited;          // become descriptors 3, 4, ... of the child
  };
  using Exited = std::function<void(std::int64_t status, int signal)>;

  // Standard input of the child is /dev/null, its output and errors go to our standard error.
  [[nodiscard]] static Result<std::unique_ptr<Process>> spawn(Loop& loop, const Spawn& what,
                                                              Exited exited);

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool running() const { return running_; }
  void kill(int signal);  // no effect once it has exited

 private:
  Process(Exited exited);
  Exited exited_;
  loop_detail::Owned<uv_process_t> handle_;
  pid_t pid_ = 0;
  bool running_ = false;
};

}  // namespace sockmark
