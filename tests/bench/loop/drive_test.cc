#include "bench/loop/drive.h"

#include <gtest/gtest.h>

#include "bench/loop/wakeup_margin.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

// A source that is done after a number of tries, of the kind that the mode makes.
struct CountedSource {
  explicit CountedSource(int tries_left) : left(tries_left) {}

  [[nodiscard]] bool done() const { return left <= 0; }
  [[nodiscard]] static Instant next_due() { return Instant::max(); }
  bool try_all() {
    EXPECT_FALSE(done());
    ++tried;
    --left;
    return true;
  }
  bool block_once() {
    EXPECT_FALSE(done());
    ++blocked;
    if (!can_block) return false;
    --left;
    return true;
  }

  int left;
  bool can_block = true;
  int tried = 0, blocked = 0;
};

TEST(Drive, ASourceThatIsDoneIsNotUsed) {
  for (const auto mode : kWaitModes) {
    Loop loop;
    CountedSource source(0);
    drive(loop, mode, source);
    EXPECT_EQ(source.tried + source.blocked, 0) << name_of(mode);
  }
}

TEST(Drive, SleepWorksInThePollerOnly) {
  Loop loop;
  CountedSource source(3);
  Timer timer(loop, [&] { --source.left; });
  timer.start(0ns, 1ms);
  drive(loop, WaitMode::sleep, source);
  EXPECT_EQ(source.tried + source.blocked, 0);
}

TEST(Drive, SpinTriesUntilDoneAndTurnsThePollerInBetween) {
  Loop loop;
  CountedSource source(10 * kTriesPerTurn + 3);
  int turns = 0;
  Idle idle(loop, [&] { ++turns; });
  idle.start();
  drive(loop, WaitMode::spin, source);
  EXPECT_EQ(source.tried, 10 * kTriesPerTurn + 3);
  EXPECT_EQ(source.blocked, 0);
  EXPECT_GE(turns, 10);
}

// A thread that spins ends when a callback of the poller says so.
TEST(Drive, SpinAndHybridTurnThePollerWhileNothingMoves) {
  struct IdleSource {
    [[nodiscard]] static Instant next_due() { return Instant::max(); }
    bool over = false;
    [[nodiscard]] bool done() const { return over; }
    bool try_all() { return false; }
    bool block_once() { return false; }
  };
  for (const auto mode : {WaitMode::spin, WaitMode::hybrid}) {
    Loop loop;
    IdleSource source;
    Timer timer(loop, [&] { source.over = true; });
    timer.start(2ms);
    drive(loop, mode, source);
    EXPECT_TRUE(source.over);
  }
}

TEST(Drive, HybridTriesWhileSomethingMoves) {
  Loop loop;
  CountedSource source(50);
  Idle idle(loop, [] {});  // so that its sleep, should the clock jump, ends at once
  idle.start();
  drive(loop, WaitMode::hybrid, source);
  EXPECT_EQ(source.tried, 50);
}

// A source with something due at every moment.
struct BusySource {
  [[nodiscard]] bool done() const { return over; }
  bool try_all() { return true; }
  bool block_once() { return false; }
  [[nodiscard]] static Instant next_due() { return Instant{}; }
  bool over = false;
};

TEST(Drive, HybridTurnsThePollerWhileItIsNeverIdle) {
  Loop loop;
  BusySource source;
  Timer timer(loop, [&] { source.over = true; });
  timer.start(1ms);
  drive(loop, WaitMode::hybrid, source);
  EXPECT_TRUE(source.over);
}

// A sleeping thread wakes up before the next message is due, without any other event.
TEST(Drive, HybridIsAwakeWhenSomethingIsDue) {
  struct ScheduledSource {
    [[nodiscard]] bool done() const { return sent == 3; }
    bool try_all() {
      if (now() < at) return false;
      at = ++sent == 3 ? Instant::max() : now() + 5ms;
      return true;
    }
    bool block_once() { return false; }
    [[nodiscard]] Instant next_due() const { return at; }
    Instant at;
    int sent = 0;
  };
  Loop loop;
  ScheduledSource source;
  source.at = now() + 5ms;
  drive(loop, WaitMode::hybrid, source);
  EXPECT_EQ(source.sent, 3);
}

TEST(WakeupMargin, IsThe75thPercentileOfTheLatencyAndAConstant) {
  WakeupMargin margin;
  for (int n = 0; n < 2000; ++n)
    margin.record(n % 20 == 0 ? 5ms : 30us);  // one in twenty far above
  EXPECT_GE(margin.value(), 30us);
  EXPECT_LE(margin.value(), 50us);
  for (int n = 0; n < 2000; ++n) margin.record(n % 3 == 0 ? 150us : 30us);
  EXPECT_GE(margin.value(), 145us);
  for (int n = 0; n < 2000; ++n) margin.record(1h);
  EXPECT_LE(margin.value(), 1ms) << "a thread that is not woken in time is not helped by spinning";
  for (int n = 0; n < 2000; ++n) margin.record(0ns);
  EXPECT_GT(margin.value(), 0ns);
}

TEST(Drive, BlockWaitsForTheDescriptorInstead) {
  Loop loop;
  CountedSource source(50);
  drive(loop, WaitMode::block, source);
  EXPECT_EQ(source.blocked, 50);
  EXPECT_EQ(source.tried, 0);
}

TEST(Drive, BlockTurnsTheLoopWhileThereIsNoDescriptorToBlockOn) {
  Loop loop;
  CountedSource source(1);
  source.can_block = false;
  Timer timer(loop, [&] { source.can_block = true; });
  timer.start(1ms);
  drive(loop, WaitMode::block, source);
  EXPECT_TRUE(source.done());
  EXPECT_GE(source.blocked, 2);
}

}  // namespace
}  // namespace sockmark
