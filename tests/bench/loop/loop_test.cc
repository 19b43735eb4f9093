#include "bench/loop/loop.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <thread>

namespace sockmark {
namespace {

using namespace std::chrono_literals;

constexpr Nanoseconds kTimerGuard = 20s;

// Turns the loop until the predicate holds; false when the hang guard ended it.
bool run_until(Loop& loop, const std::function<bool()>& predicate) {
  Timer awake(loop, [] {});
  awake.start(5ms, 5ms);
  const Instant deadline = now() + kTimerGuard;
  while (!predicate()) {
    if (now() > deadline) return false;
    loop.run_once();
  }
  return true;
}

Descriptor event_descriptor(unsigned value) {
  return Descriptor(::eventfd(value, EFD_CLOEXEC | EFD_NONBLOCK));
}

TEST(Loop, ClosesCleanWithoutEverHavingTurned) {
  const Descriptor event = event_descriptor(1);
  Loop loop;
  Poll poll(loop, event.get(), [](short) {});
  poll.want(POLLIN);
  Timer timer(loop, [] {});
  timer.start(1h, 1h);
  Idle idle(loop, [] {});
  idle.start();
  Async async(loop, [] {});
  async.send();
  const Signal signal(loop, SIGUSR2, [] {});
}

// The first descriptors that a process cannot have fail epoll_create1(2), eventfd(2) or
// timerfd_create(2).
TEST(LoopDeathTest, AMachineWithoutDescriptorsEndsTheProcessWithOneLine) {
  const auto without_descriptors = [](const std::function<void()>& make) {
    rlimit none{};
    ::getrlimit(RLIMIT_NOFILE, &none);
    none.rlim_cur = 0;
    ::setrlimit(RLIMIT_NOFILE, &none);
    make();
  };
  constexpr const char* kCreate = "^sockmark: event loop: create: too many open files\n$";
  EXPECT_EXIT(without_descriptors([] { const Loop loop; }), testing::ExitedWithCode(2), kCreate);
  Loop loop;
  constexpr const char* kPoll = "^sockmark: event loop: poll a descriptor: [a-z ]+\n$";
  EXPECT_EXIT(without_descriptors([&] { const Alarm alarm(loop, [] {}); }),
              testing::ExitedWithCode(2), kPoll);
}

// An event for an owner that has died meanwhile has no effect.
TEST(Loop, ADeadOwnerIsNotCalled) {
  const Descriptor event = event_descriptor(1);
  Loop loop;
  int calls = 0;
  const auto count = [&] { ++calls; };
  {
    Poll poll(loop, event.get(), [&](short) { ++calls; });
    poll.want(POLLIN);
    Timer timer(loop, count);
    timer.start(0ns);
    Idle idle(loop, count);
    idle.start();
    Async async(loop, count);
    async.send();
  }
  for (int i = 0; i < 5; ++i) loop.run_nowait();
  EXPECT_EQ(calls, 0);
}

TEST(Poll, TellsReadinessOnlyWhileItIsWanted) {
  const Descriptor event = event_descriptor(0);
  Loop loop;
  int reads = 0, writes = 0;
  Poll poll(loop, event.get(), [&](short events) {
    reads += (events & POLLIN) != 0;
    writes += (events & POLLOUT) != 0;
  });
  poll.want(POLLIN);
  loop.run_nowait();
  EXPECT_EQ(reads, 0) << "nothing to read yet";
  ::eventfd_write(event.get(), 1);
  ASSERT_TRUE(run_until(loop, [&] { return reads > 0; }));
  EXPECT_EQ(writes, 0);

  poll.want(POLLIN | POLLOUT);
  ASSERT_TRUE(run_until(loop, [&] { return writes > 0; }));

  poll.want(0);
  reads = writes = 0;
  for (int i = 0; i < 5; ++i) loop.run_nowait();
  EXPECT_EQ(reads + writes, 0);
  poll.want(POLLIN);
  EXPECT_TRUE(run_until(loop, [&] { return reads > 0; }));
}

TEST(Poll, APeersEndIsReadiness) {
  int sockets[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  const Descriptor ours(sockets[0]);
  Descriptor theirs(sockets[1]);
  Loop loop;
  bool readable = false;
  Poll poll(loop, ours.get(), [&](short events) { readable = (events & POLLIN) != 0; });
  poll.want(POLLIN);
  theirs.reset();
  EXPECT_TRUE(run_until(loop, [&] { return readable; }));
}

TEST(Timer, FiresOnceOrRepeatedlyUntilStopped) {
  Loop loop;
  int once = 0, repeated = 0;
  Timer single(loop, [&] { ++once; });
  Timer repeating(loop, [&] { ++repeated; });
  single.start(0ns);
  repeating.start(1ms, 1ms);
  ASSERT_TRUE(run_until(loop, [&] { return repeated >= 3; }));
  EXPECT_EQ(once, 1);
  repeating.stop();
  repeated = 0;
  int later = 0;
  Timer witness(loop, [&] { ++later; });
  witness.start(2ms, 2ms);
  ASSERT_TRUE(run_until(loop, [&] { return later >= 3; }));
  EXPECT_EQ(repeated, 0);
}

TEST(Timer, NeverFiresBeforeItsTime) {
  Loop loop;
  bool fired = false;
  Timer timer(loop, [&] { fired = true; });
  const Instant started = now();
  timer.start(3ms + 1ns);
  ASSERT_TRUE(run_until(loop, [&] { return fired; }));
  EXPECT_GE(now() - started, 3ms);
}

TEST(Idle, IsCalledEveryTurnAndTheLoopDoesNotWait) {
  Loop loop;
  int turns = 0;
  Idle idle(loop, [&] { ++turns; });
  Timer far(loop, [] {});
  far.start(1h);
  idle.start();
  for (int i = 1; i <= 3; ++i) {
    loop.run_once();
    EXPECT_EQ(turns, i);
  }
  idle.stop();
  loop.run_nowait();
  EXPECT_EQ(turns, 3);
}

TEST(Async, WakesASleepingLoopFromAnotherThread) {
  Loop loop;
  int woken = 0;
  Async async(loop, [&] { ++woken; });
  std::jthread other([&] { async.send(); });
  while (woken == 0) loop.run_once();
  other.join();
  EXPECT_EQ(woken, 1);
}

TEST(Async, SeveralSendsBeforeATurnAreOneCall) {
  Loop loop;
  int woken = 0;
  Async async(loop, [&] { ++woken; });
  for (int i = 0; i < 10; ++i) async.send();
  loop.run_once();
  loop.run_nowait();
  EXPECT_EQ(woken, 1);
}

TEST(Signal, IsReceivedWhileItsOwnerLives) {
  Loop loop;
  int received = 0;
  Signal signal(loop, SIGUSR1, [&] { ++received; });
  ASSERT_EQ(::raise(SIGUSR1), 0);
  EXPECT_TRUE(run_until(loop, [&] { return received == 1; }));
}

// The last thing that each callback does, as what it captured dies with its owner.
TEST(Owners, MayDieWithinTheirOwnCallback) {
  const Descriptor event = event_descriptor(1);
  Loop loop;
  int calls = 0;
  std::optional<Poll> poll;
  std::optional<Timer> timer;
  std::optional<Idle> idle;
  std::optional<Async> async;
  std::optional<Signal> signal;
  poll.emplace(loop, event.get(), [&](short) {
    ++calls;
    poll.reset();
  });
  poll->want(POLLIN);
  timer.emplace(loop, [&] {
    ++calls;
    timer.reset();
  });
  timer->start(0ns, 1ms);
  idle.emplace(loop, [&] {
    ++calls;
    idle.reset();
  });
  idle->start();
  async.emplace(loop, [&] {
    ++calls;
    async.reset();
  });
  async->send();
  signal.emplace(loop, SIGUSR1, [&] {
    ++calls;
    signal.reset();
  });
  ASSERT_EQ(::raise(SIGUSR1), 0);
  ASSERT_TRUE(run_until(loop, [&] { return calls == 5; }));
  for (int i = 0; i < 5; ++i) loop.run_nowait();
  EXPECT_EQ(calls, 5);
}

// One callback may end the owner whose own event is already at hand in the same turn.
TEST(Owners, MayDieWithinAnothersCallback) {
  const Descriptor first = event_descriptor(1), second = event_descriptor(1);
  Loop loop;
  int calls = 0;
  std::optional<Poll> polls[2];
  polls[0].emplace(loop, first.get(), [&](short) {
    ++calls;
    polls[0]->want(0);
    polls[1].reset();
  });
  polls[1].emplace(loop, second.get(), [&](short) {
    ++calls;
    polls[1]->want(0);
    polls[0].reset();
  });
  for (auto& poll : polls) poll->want(POLLIN);
  ASSERT_TRUE(run_until(loop, [&] { return calls > 0; }));
  for (int i = 0; i < 5; ++i) loop.run_nowait();
  EXPECT_EQ(calls, 1);
}

// --- child processes ----------------------------------------------------------------------------

struct Ending {
  std::int64_t status = -1;
  int signal = -1;
};

class ProcessTest : public testing::Test {
 protected:
  std::unique_ptr<Process> shell(const std::string& command, std::vector<int> inherited = {}) {
    auto process = Process::spawn(
        loop_,
        {.file = "/bin/sh", .arguments = {"sh", "-c", command}, .inherited = std::move(inherited)},
        [this](std::int64_t status, int signal) {
          ending_ = Ending{status, signal};
        });
    EXPECT_TRUE(process) << process.error().message;
    return process ? std::move(*process) : nullptr;
  }
  bool wait() {
    return run_until(loop_, [this] { return ending_.has_value(); });
  }

  Loop loop_;
  std::optional<Ending> ending_;
};

TEST_F(ProcessTest, TellsTheExitStatus) {
  const auto process = shell("exit 7");
  ASSERT_TRUE(process);
  EXPECT_TRUE(process->running());
  EXPECT_GT(process->pid(), 0);
  ASSERT_TRUE(wait());
  EXPECT_EQ(ending_->status, 7);
  EXPECT_EQ(ending_->signal, 0);
  EXPECT_FALSE(process->running());
  process->kill(SIGKILL);  // no process any more
}

TEST_F(ProcessTest, TellsTheSignalThatEndedTheChild) {
  int sockets[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  const Descriptor ours(sockets[0]), theirs(sockets[1]);
  const auto process = shell("read line <&3", {theirs.get()});  // never comes
  ASSERT_TRUE(process);
  process->kill(SIGTERM);
  ASSERT_TRUE(wait());
  EXPECT_EQ(ending_->signal, SIGTERM);
}

TEST_F(ProcessTest, HandsDownDescriptorsFromThreeOn) {
  int sockets[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  const Descriptor ours(sockets[0]);
  Descriptor theirs(sockets[1]);
  const auto process = shell("printf hello >&3", {theirs.get()});
  theirs.reset();
  ASSERT_TRUE(process);
  ASSERT_TRUE(wait());
  EXPECT_EQ(ending_->status, 0);
  char text[16] = {};
  ASSERT_EQ(::recv(ours.get(), text, sizeof text, MSG_DONTWAIT), 5);
  EXPECT_STREQ(text, "hello");
  EXPECT_EQ(::recv(ours.get(), text, sizeof text, MSG_DONTWAIT), 0)
      << "no other process holds the other end";
}

TEST_F(ProcessTest, AProgramThatIsNotThereIsAnErrorThatNamesIt) {
  bool exited = false;
  auto process = Process::spawn(
      loop_, {.file = "/nonexistent/program", .arguments = {"program"}, .inherited = {}},
      [&](std::int64_t, int) { exited = true; });
  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().message, "start /nonexistent/program: no such file or directory");
  for (int i = 0; i < 3; ++i) loop_.run_nowait();
  EXPECT_FALSE(exited);
}

TEST_F(ProcessTest, TheOwnerMayDieWhenToldOfTheEnd) {
  std::unique_ptr<Process> process;
  bool exited = false;
  auto spawned = Process::spawn(
      loop_, {.file = "/bin/sh", .arguments = {"sh", "-c", "exit 0"}, .inherited = {}},
      [&](std::int64_t, int) {
        exited = true;
        process.reset();
      });
  ASSERT_TRUE(spawned);
  process = std::move(*spawned);
  EXPECT_TRUE(run_until(loop_, [&] { return exited; }));
  EXPECT_EQ(process, nullptr);
}

}  // namespace
}  // namespace sockmark
