#include "machine/clock_readings.h"

#include <gtest/gtest.h>

namespace sockmark {
namespace {

TEST(ClockReadings, AClockIsReadBetweenTwoReadingsOfTheMonotonicClock) {
  for (const clockid_t clock : {CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME}) {
    const Instant before = now();
    const ClockPair pair = read_clocks(clock);
    const Instant after = now();
    EXPECT_GE(pair.monotonic, before);
    EXPECT_LE(pair.monotonic, after);
    EXPECT_GE(pair.error, Nanoseconds(0));
  }
}

TEST(ClockReadings, TheMonotonicClockIsWithinTheErrorOfItself) {
  const ClockPair pair = read_clocks(CLOCK_MONOTONIC);
  const Nanoseconds difference = pair.other - pair.monotonic.time_since_epoch();
  EXPECT_LE(difference, pair.error + Nanoseconds(1));
  EXPECT_GE(difference, -pair.error - Nanoseconds(1));
}

TEST(ClockReadings, TheKernelStatesAnErrorOfItsClock) {
  const auto discipline = read_clock_discipline();
  // A container's filter of system calls may refuse it, though reading needs no right.
  if (!discipline) GTEST_SKIP() << "adjtimex(2) is refused here";
  EXPECT_GE(discipline->maxerror_us, 0);
}

}  // namespace
}  // namespace sockmark
