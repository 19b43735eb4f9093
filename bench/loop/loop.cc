#include "bench/loop/loop.h"

#include <poll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/assert.h"

namespace sockmark {

namespace {

// The owner of a handle; null if it died before this callback.
template <class Owner, class Handle>
Owner* owner_of(Handle* handle) {
  return static_cast<Owner*>(handle->data);
}

std::uint64_t milliseconds_up(Nanoseconds duration) {
  return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

int uv_events(short events) {
  return ((events & POLLIN) != 0 ? UV_READABLE : 0) | ((events & POLLOUT) != 0 ? UV_WRITABLE : 0);
}

// Ends the process where the machine does not grant what a loop needs, such as a descriptor. The
// line and the status are those of a limit of the machine. Rejected: a Result for every handle,
// because no caller can do anything else.
void require_success(int error, const char* what) {
  if (error == 0) return;
  std::fprintf(stderr, "sockmark: event loop: %s: %s\n", what, uv_strerror(error));
  std::_Exit(2);
}

}  // namespace

std::string libuv_version() { return uv_version_string(); }

Loop::Loop(Idling idling) {
  require_success(uv_loop_init(&loop_), "create");
  // The option is libuv's, so it cannot fail here.
  if (idling == Idling::measured) uv_loop_configure(&loop_, UV_METRICS_IDLE_TIME);
}

Loop::~Loop() {
  while (uv_run(&loop_, UV_RUN_DEFAULT) != 0) {
  }
  const int busy = uv_loop_close(&loop_);
  ASSERT(busy == 0);
  static_cast<void>(busy);
}

void Loop::run_until(std::function<bool()> done) {
  const loop_detail::Owned<uv_prepare_t> check(&done);
  uv_prepare_init(&loop_, check.get());
  uv_prepare_start(check.get(), [](uv_prepare_t* handle) {
    // A stopped loop does not wait any more; it polls once for ready descriptors.
    if ((*static_cast<std::function<bool()>*>(handle->data))()) uv_stop(handle->loop);
  });
  uv_run(&loop_, UV_RUN_DEFAULT);
}

Poll::Poll(Loop& loop, int descriptor, std::function<void(short)> ready)
    : ready_(std::move(ready)), handle_(this) {
  require_success(uv_poll_init(loop.raw(), handle_.get(), descriptor), "poll a descriptor");
}

void Poll::want(short events) {
  if (events == wanted_) return;
  wanted_ = events;
  if (events == 0) {
    uv_poll_stop(handle_.get());
    return;
  }
  uv_poll_start(handle_.get(), uv_events(events), [](uv_poll_t* handle, int status, int happened) {
    auto* poll = owner_of<Poll>(handle);
    if (poll == nullptr) return;
    // An error is reported as "ready": the next send or receive returns it.
    const short all = static_cast<short>(POLLIN | POLLOUT);
    const auto in = static_cast<short>((happened & UV_READABLE) != 0 ? POLLIN : 0);
    const auto out = static_cast<short>((happened & UV_WRITABLE) != 0 ? POLLOUT : 0);
    poll->ready_(status < 0 ? all : static_cast<short>(in | out));
  });
}

Timer::Timer(Loop& loop, std::function<void()> due) : due_(std::move(due)), handle_(this) {
  uv_timer_init(loop.raw(), handle_.get());
}

void Timer::start(Nanoseconds after, Nanoseconds repeat) {
  uv_update_time(handle_.get()->loop);
  uv_timer_start(
      handle_.get(),
      [](uv_timer_t* handle) {
        if (auto* timer = owner_of<Timer>(handle)) timer->due_();
      },
      // libuv rounds its own clock down: one more, so that the timer is never early.
      milliseconds_up(after) + 1, milliseconds_up(repeat));
}

void Timer::stop() { uv_timer_stop(handle_.get()); }

Alarm::Alarm(Loop& loop, std::function<void()> due)
    : due_(std::move(due)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)),
      poll_(loop, timer_.get(), [this](short) {
        // Setting it again also clears its readable state.
        set_ = Instant::min();
        due_();
        if (set_ == Instant::min()) set(Instant::max());
      }) {
  poll_.want(POLLIN);
}

void Alarm::set(Instant at) {
  if (at == set_) return;
  set_ = at;
  itimerspec when{};  // zero disarms
  if (at != Instant::max()) {
    const std::int64_t value = std::max<std::int64_t>(ns(at), 1);
    when.it_value = {.tv_sec = value / 1'000'000'000, .tv_nsec = value % 1'000'000'000};
  }
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

Idle::Idle(Loop& loop, std::function<void()> turn) : turn_(std::move(turn)), handle_(this) {
  uv_idle_init(loop.raw(), handle_.get());
}

void Idle::start() {
  uv_idle_start(handle_.get(), [](uv_idle_t* handle) {
    if (auto* idle = owner_of<Idle>(handle)) idle->turn_();
  });
}

void Idle::stop() { uv_idle_stop(handle_.get()); }

Async::Async(Loop& loop, std::function<void()> woken) : woken_(std::move(woken)), handle_(this) {
  const auto woken_up = [](uv_async_t* handle) {
    if (auto* async = owner_of<Async>(handle)) async->woken_();
  };
  require_success(uv_async_init(loop.raw(), handle_.get(), woken_up), "wake from another thread");
}

void Async::send() { uv_async_send(handle_.get()); }

Signal::Signal(Loop& loop, int number, std::function<void()> received)
    : received_(std::move(received)), handle_(this) {
  require_success(uv_signal_init(loop.raw(), handle_.get()), "receive signals");
  uv_signal_start(
      handle_.get(),
      [](uv_signal_t* handle, int) {
        if (auto* signal = owner_of<Signal>(handle)) signal->received_();
      },
      number);
}

Process::Process(Exited exited) : exited_(std::move(exited)), handle_(this) {}

Result<std::unique_ptr<Process>> Process::spawn(Loop& loop, const Spawn& what, Exited exited) {
  std::unique_ptr<Process> process(new Process(std::move(exited)));

  std::vector<char*> arguments;
  arguments.reserve(what.arguments.size() + 1);
  for (const auto& argument : what.arguments)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);

  std::vector<uv_stdio_container_t> descriptors(3 + what.inherited.size());
  descriptors[0].flags = UV_IGNORE;
  for (std::size_t i = 1; i < descriptors.size(); ++i) {
    descriptors[i].flags = UV_INHERIT_FD;
    descriptors[i].data.fd = i < 3 ? 2 : what.inherited[i - 3];
  }

  uv_process_options_t options{};
  options.file = what.file.c_str();
  options.args = arguments.data();
  options.stdio = descriptors.data();
  options.stdio_count = static_cast<int>(descriptors.size());
  options.exit_cb = [](uv_process_t* handle, std::int64_t status, int signal) {
    auto* owner = owner_of<Process>(handle);
    if (owner == nullptr) return;
    owner->running_ = false;
    owner->exited_(status, signal);
  };
  // Even a failed uv_spawn initialises the handle, so it is closed like any other.
  const int failed = uv_spawn(loop.raw(), process->handle_.get(), &options);
  if (failed != 0) return Error{"start " + what.file + ": " + uv_strerror(failed)};
  process->pid_ = process->handle_.get()->pid;
  process->running_ = true;
  return process;
}

void Process::kill(int signal) {
  if (running_) uv_process_kill(handle_.get(), signal);
}

}  // namespace sockmark
