#include "bench/loop/drive.h"

#include <gtest/gtest.h>

#include "bench/loop/wakeup_margin.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

// A world that is done after so many tries, of whichever kind the mode makes.
struct CountedWorld {
  explicit CountedWorld(int tries_left) : left(tries_left) {}

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

TEST(Drive, AWorldThatIsDoneIsNotTouched) {
  for (const auto mode : kWaitModes) {
    Loop loop;
    CountedWorld world(0);
    drive(loop, mode, world);
    EXPECT_EQ(world.tried + world.blocked, 0) << name_of(mode);
  }
}

TEST(Drive, SleepLeavesTheWorkToThePoller) {
  Loop loop;
  CountedWorld world(3);
  Timer timer(loop, [&] { --world.left; });
  timer.start(0ns, 1ms);
  drive(loop, WaitMode::sleep, world);
  EXPECT_EQ(world.tried + world.blocked, 0);
}

TEST(Drive, SpinTriesUntilDoneAndLooksAtThePollerInBetween) {
  Loop loop;
  CountedWorld world(10 * kTriesPerTurn + 3);
  int turns = 0;
  Idle idle(loop, [&] { ++turns; });
  idle.start();
  drive(loop, WaitMode::spin, world);
  EXPECT_EQ(world.tried, 10 * kTriesPerTurn + 3);
  EXPECT_EQ(world.blocked, 0);
  EXPECT_GE(turns, 10);
}

// A spinning thread that no descriptor ends is ended by what the poller brings.
TEST(Drive, SpinAndHybridHearThePollerWhileNothingMoves) {
  struct Idling {
    [[nodiscard]] static Instant next_due() { return Instant::max(); }
    bool over = false;
    [[nodiscard]] bool done() const { return over; }
    bool try_all() { return false; }
    bool block_once() { return false; }
  };
  for (const auto mode : {WaitMode::spin, WaitMode::hybrid}) {
    Loop loop;
    Idling world;
    Timer timer(loop, [&] { world.over = true; });
    timer.start(2ms);
    drive(loop, mode, world);
    EXPECT_TRUE(world.over);
  }
}

TEST(Drive, HybridTriesWhileSomethingMoves) {
  Loop loop;
  CountedWorld world(50);
  Idle idle(loop, [] {});  // so that its sleep, should the clock jump, ends at once
  idle.start();
  drive(loop, WaitMode::hybrid, world);
  EXPECT_EQ(world.tried, 50);
}

// A world in which something is due at every moment.
struct BusyWorld {
  [[nodiscard]] bool done() const { return over; }
  bool try_all() { return true; }
  bool block_once() { return false; }
  [[nodiscard]] static Instant next_due() { return Instant{}; }
  bool over = false;
};

TEST(Drive, HybridHearsThePollerWhileItIsNeverIdle) {
  Loop loop;
  BusyWorld world;
  Timer timer(loop, [&] { world.over = true; });
  timer.start(1ms);
  drive(loop, WaitMode::hybrid, world);
  EXPECT_TRUE(world.over);
}

// What is due wakes a sleeping thread before it is due, with nothing else to wake it.
TEST(Drive, HybridIsAwakeWhenSomethingIsDue) {
  struct Sleeper {
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
  Sleeper world;
  world.at = now() + 5ms;
  drive(loop, WaitMode::hybrid, world);
  EXPECT_EQ(world.sent, 3);
}

TEST(Lead, IsWhatThreeWakeUpsInFourTakeAndALittle) {
  Lead lead;
  for (int n = 0; n < 2000; ++n) lead.woke(n % 20 == 0 ? 5ms : 30us);  // one in twenty far above
  EXPECT_GE(lead.ahead(), 30us);
  EXPECT_LE(lead.ahead(), 50us);
  for (int n = 0; n < 2000; ++n) lead.woke(n % 3 == 0 ? 150us : 30us);
  EXPECT_GE(lead.ahead(), 145us);
  for (int n = 0; n < 2000; ++n) lead.woke(1h);
  EXPECT_LE(lead.ahead(), 1ms) << "a thread that is not woken in time is not helped by spinning";
  for (int n = 0; n < 2000; ++n) lead.woke(0ns);
  EXPECT_GT(lead.ahead(), 0ns);
}

TEST(Drive, BlockWaitsForTheDescriptorInstead) {
  Loop loop;
  CountedWorld world(50);
  drive(loop, WaitMode::block, world);
  EXPECT_EQ(world.blocked, 50);
  EXPECT_EQ(world.tried, 0);
}

TEST(Drive, BlockTurnsTheLoopWhileThereIsNoDescriptorToBlockOn) {
  Loop loop;
  CountedWorld world(1);
  world.can_block = false;
  Timer timer(loop, [&] { world.can_block = true; });
  timer.start(1ms);
  drive(loop, WaitMode::block, world);
  EXPECT_TRUE(world.done());
  EXPECT_GE(world.blocked, 2);
}

}  // namespace
}  // namespace sockmark
