// The four ways in which a thread waits for its descriptors
// (docs/decisions/0004-own-descriptors-polled-by-libuv.md).
//
// A world is one thread's channels. It offers
//   bool done()              the thread's work is over
//   bool try_all()           tries every descriptor once without waiting; whether anything moved
//   Instant next_due()       when try_all() will have something to send by the clock, or max()
//   bool block_once()        waits in the kernel for its only descriptor, at most
//                            kBlockingReceiveLimit; false when it has not exactly one at the moment
// and reacts to the poller through its Poll and Timer handles.

#pragma once

#include "base/clock.h"
#include "bench/loop/loop.h"
#include "bench/loop/wait_mode.h"
#include "bench/loop/wakeup_margin.h"

namespace sockmark {

// Tries between two looks at the poller, which also carries timers and stop requests. A look takes
// as long as three tries: after 16, of which each is a system call, it cost a spinning round trip 1
// to 4 %. 64 with 16 descriptors are a third of a millisecond, and timers here count in whole ones.
inline constexpr int kTriesPerTurn = 64;

// How long `hybrid` tries again before it sleeps: longer than a loopback round trip on two awake
// cores (5 to 20 us), much shorter than what waking an idle core costs (20 to 100 us).
inline constexpr Nanoseconds kHybridSpin = std::chrono::microseconds(50);

// The poller is looked at this often while a thread blocks in a receive.
inline constexpr Nanoseconds kBlockingTurn = std::chrono::milliseconds(20);

template <class World>
void drive(Loop& loop, WaitMode mode, World& world) {
  switch (mode) {
    case WaitMode::sleep:
      loop.run_until([&world] { return world.done(); });
      return;

    case WaitMode::spin:
      while (!world.done()) {
        for (int i = 0; i < kTriesPerTurn && !world.done(); ++i) world.try_all();
        loop.run_nowait();
      }
      return;

    case WaitMode::hybrid: {
      // Set only before a sleep: setting a timer to what has passed took 10 us, when the message
      // that it was for was due.
      Alarm alarm(loop, [] {});
      Lead lead;
      const auto wake_at = [&] {
        const Instant due = world.next_due();
        return due == Instant::max() ? due : due - lead.ahead();
      };
      Instant last_moved = now();
      while (!world.done()) {
        int tries = 0;
        for (Instant t = now(); !world.done() && (t - last_moved < kHybridSpin || wake_at() <= t);
             t = now()) {
          if (world.try_all()) last_moved = t;
          // Where something is always due this loop never ends, and timers and orders still count.
          if (++tries % kTriesPerTurn == 0) loop.run_nowait();
        }
        if (world.done()) return;
        const Instant asleep_until = wake_at();
        alarm.set(asleep_until);
        loop.run_once();
        if (const Instant t = now(); t >= asleep_until) {
          lead.woke(t - asleep_until);
        } else {
          last_moved = t;  // something else came, and more may follow
        }
      }
      return;
    }

    case WaitMode::block: {
      Instant last_turn = now();
      while (!world.done()) {
        if (!world.block_once()) {
          loop.run_once();
        } else if (const Instant t = now(); t - last_turn >= kBlockingTurn) {
          last_turn = t;
          loop.run_nowait();
        }
      }
      return;
    }
  }
}

}  // namespace sockmark
