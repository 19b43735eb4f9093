// The four ways in which a thread waits for its descriptors
// (docs/decisions/0004-own-descriptors-polled-by-libuv.md).

#pragma once

#include <concepts>

#include "base/clock.h"
#include "bench/loop/loop.h"
#include "bench/loop/wait_mode.h"
#include "bench/loop/wakeup_margin.h"

namespace sockmark {

// The channels of one thread, as drive() sees them. They also react to the poller, through their
// Poll and Timer handles.
template <class T>
concept EventSource = requires(T source, const T constant) {
  // The thread's work is finished.
  { constant.done() } -> std::same_as<bool>;
  // Tries every descriptor once without waiting. Returns whether anything moved.
  { source.try_all() } -> std::same_as<bool>;
  // When try_all() will have something to send by the clock; Instant::max() for never.
  { constant.next_due() } -> std::same_as<Instant>;
  // Waits in the kernel for the only descriptor, at most kBlockingReceiveLimit. Returns false if
  // there is not exactly one at the moment.
  { source.block_once() } -> std::same_as<bool>;
};

// Tries between two turns of the poller, which also carries timers and stop requests. A turn takes
// as long as three tries: one after every 16, each of which is a system call, cost a spinning round
// trip 1 to 4 %. 64 tries of 16 descriptors take a third of a millisecond, and timers here count in
// whole ones.
inline constexpr int kTriesPerTurn = 64;

// How long `hybrid` tries again before it sleeps: longer than a loopback round trip on two awake
// cores (5 to 20 us), much shorter than waking an idle core (20 to 100 us).
inline constexpr Nanoseconds kHybridSpin = std::chrono::microseconds(50);

// Time between two turns of the poller while a thread blocks in receives.
inline constexpr Nanoseconds kBlockingTurn = std::chrono::milliseconds(20);

void drive(Loop& loop, WaitMode mode, EventSource auto& source) {
  switch (mode) {
    case WaitMode::sleep:
      loop.run_until([&source] { return source.done(); });
      return;

    case WaitMode::spin:
      while (!source.done()) {
        for (int i = 0; i < kTriesPerTurn && !source.done(); ++i) source.try_all();
        loop.run_nowait();
      }
      return;

    case WaitMode::hybrid: {
      // Set only before a sleep: setting a timer to an instant that has passed took 10 us, at the
      // moment when a message was due.
      Alarm alarm(loop, [] {});
      WakeupMargin margin;
      const auto wake_at = [&] {
        const Instant due = source.next_due();
        return due == Instant::max() ? due : due - margin.value();
      };
      Instant last_moved = now();
      while (!source.done()) {
        int tries = 0;
        for (Instant t = now(); !source.done() && (t - last_moved < kHybridSpin || wake_at() <= t);
             t = now()) {
          if (source.try_all()) last_moved = t;
          // If something is always due, this loop does not end; timers and commands still count.
          if (++tries % kTriesPerTurn == 0) loop.run_nowait();
        }
        if (source.done()) return;
        const Instant asleep_until = wake_at();
        alarm.set(asleep_until);
        loop.run_once();
        if (const Instant t = now(); t >= asleep_until) {
          margin.record(t - asleep_until);
        } else {
          last_moved = t;  // something else arrived, and more may follow
        }
      }
      return;
    }

    case WaitMode::block: {
      Instant last_turn = now();
      while (!source.done()) {
        if (!source.block_once()) {
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
