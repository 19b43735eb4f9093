// The four ways in which a thread waits for its descriptors (design: Time).
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
#include "bench/plan.h"

namespace sockmark {

// Tries between two looks at the poller, which also carries timers and stop requests. A look takes
// as long as three tries: after 16, of which each is a system call, it cost a spinning round trip 1
// to 4 %. 64 with 16 descriptors are a third of a millisecond, well within what timers here are
// for.
inline constexpr int kTriesPerTurn = 64;

// How long `hybrid` tries again before it sleeps: longer than a loopback round trip on two awake
// cores (5 to 20 us), much shorter than what waking an idle core costs (20 to 100 us).
inline constexpr Nanoseconds kHybridSpin = std::chrono::microseconds(50);

// `hybrid` spins for what is due within this time. Waking an idle core takes 30 to 60 us and at
// times 400. At 1,000 messages/s on a virtual machine of two cores, a lead of 50 us left the
// generator late by 17 us at p50 and took 16 % of a core; 100 us: late by 0.5 us, 19 %; 200 us: 0.4
// us, 28 %.
inline constexpr Nanoseconds kHybridLead = std::chrono::microseconds(100);

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

    case WaitMode::hybrid:
      while (!world.done()) {
        Instant last_moved = now();
        int tries = 0;
        for (Instant t = last_moved;
             !world.done() && (t - last_moved < kHybridSpin || world.next_due() - t < kHybridLead);
             t = now()) {
          if (world.try_all()) last_moved = t;
          // Where something is always due this loop never ends, and timers and orders still count.
          if (++tries % kTriesPerTurn == 0) loop.run_nowait();
        }
        if (!world.done()) loop.run_once();
      }
      return;

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
