#include "measure/stalls.h"

#include <gtest/gtest.h>

namespace sockmark {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{1h};
constexpr Instant kEnd = kStart + 1s;

// --- a thread that does not run -----------------------------------------------------------------

Nanoseconds stopped(std::initializer_list<Nanoseconds> observations) {
  StoppedTime time(kStart, kEnd, 10ms);
  for (const Nanoseconds at : observations) time.observe(kStart + at);
  return time.total();
}

TEST(StoppedTime, AThreadThatWaitsForEventsHasNotStopped) {
  EXPECT_EQ(stopped({-5ms, 5ms, 15ms, 25ms, 75ms}), 0ns);
}

TEST(StoppedTime, AGapFarBeyondAWaitIsAStallLessOneWait) {
  EXPECT_EQ(stopped({0ms, 50ms}), 0ns);
  EXPECT_EQ(stopped({0ms, 50ms + 1ns}), 40ms + 1ns);
  EXPECT_EQ(stopped({0ms, 500ms, 510ms, 600ms}), 490ms + 80ms);
}

TEST(StoppedTime, OnlyTheWindowCounts) {
  EXPECT_EQ(stopped({-2s, -1s}), 0ns);
  EXPECT_EQ(stopped({-2s, 300ms}), 290ms);
  EXPECT_EQ(stopped({900ms, 5s}), 90ms);
  EXPECT_EQ(stopped({-1s, 5s}), 990ms);
  EXPECT_EQ(stopped({2s, 5s}), 0ns);
}

TEST(StoppedTime, OfThreadsTheOneThatWasStoppedForTheShortestTime) {
  StoppedTime one(kStart, kEnd, 10ms), other(kStart, kEnd, 10ms);
  for (const Nanoseconds at : {0ms, 100ms}) one.observe(kStart + at);
  for (const Nanoseconds at : {0ms, 400ms}) other.observe(kStart + at);
  StoppedTime merged(kStart, kEnd, 10ms);
  merged.add(other);
  EXPECT_EQ(merged.total(), 390ms);
  merged.add(one);
  EXPECT_EQ(merged.total(), 90ms);
}

// --- nothing that arrives -----------------------------------------------------------------------

TEST(Silence, AnArrivalInEachPartLeavesNone) {
  Silence silence(kStart, kEnd);
  for (int i = 0; i < 1000; ++i) silence.arrived(kStart + i * 1ms);
  EXPECT_EQ(silence.stretches(1ns).total, 0ns);
}

TEST(Silence, AddsTheStretchesThatAreLongEnough) {
  Silence silence(kStart, kEnd);
  silence.arrived(kStart - 1ms);    // no part of the window
  silence.arrived(kStart);          // part 0
  silence.arrived(kStart + 5ms);    // part 5: 4 ms of silence before it
  silence.arrived(kStart + 105ms);  // 99 ms before it, 894 ms after it
  silence.arrived(kEnd);
  EXPECT_EQ(silence.stretches(1ms).total, 4ms + 99ms + 894ms);
  EXPECT_EQ(silence.stretches(50ms).total, 99ms + 894ms);
  EXPECT_EQ(silence.stretches(50ms).longest, 894ms);
  EXPECT_EQ(silence.stretches(1s).total, 0ns);
}

TEST(Silence, WithoutAnyArrivalIsTheWholeWindow) {
  EXPECT_EQ(Silence(kStart, kEnd).stretches(1s).longest, 1s);
}

TEST(Silence, EndsWhereAnyThreadReceived) {
  Silence one(kStart, kEnd), other(kStart, kEnd);
  one.arrived(kStart);
  other.arrived(kStart + 500ms);
  one.add(other);
  EXPECT_EQ(one.stretches(1ms).longest, 499ms);
  EXPECT_EQ(one.stretches(1ms).total, 499ms + 499ms);
}

TEST(Silence, AWindowOfAnyLengthHasWholeParts) {
  const Instant end = kStart + 1s + 7ns;
  Silence silence(kStart, end);
  for (Instant at = kStart; at < end; at += 100us) silence.arrived(at);
  EXPECT_EQ(silence.stretches(1ns).total, 0ns);
}

}  // namespace
}  // namespace sockmark
