#include "bench/load/send_timing.h"

#include <gtest/gtest.h>

#include "bench/plan/schedule.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

constexpr Instant kT0 = instant_from_ns(5'000'000'000);
constexpr Instant kT1 = kT0 + 10s;

// Sends a whole schedule, each message `lag(intended)` after it was due.
template <class Lag>
SendProcess keep(Arrivals arrivals, double rate, std::uint64_t seed, Lag lag) {
  SendProcess sends(kT0, kT1, arrivals, 1e9 / rate);
  for (Schedule schedule({.arrivals = arrivals, .rate = rate, .seed = seed});
       kT0 + schedule.due() < kT1; schedule.advance()) {
    const Instant intended = kT0 + schedule.due();
    const Instant sent = intended + lag(intended);
    sends.sent(intended, sent, sent, sent);
  }
  return sends;
}

constexpr auto kOnTime = [](Instant) { return 0ns; };

TEST(SendProcess, TakesTwentySamplesOfAPoissonProcessAndRejectsFewOfATrueOne) {
  std::uint64_t rejected = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    // 200 spacings are expected in a twentieth of the window: a sample of 128 is always whole.
    const auto samples = keep(Arrivals::poisson, 400, seed, kOnTime).samples();
    EXPECT_EQ(samples.taken, 20U);
    EXPECT_LT(samples.rejected, 6U) << "seed " << seed;
    rejected += samples.rejected;
  }
  EXPECT_GT(rejected, 0U) << "a test at 5 % rejects some of 400";
  EXPECT_LT(rejected, 45U);
}

TEST(SendProcess, RejectsSendsThatComeInBursts) {
  // Every five milliseconds, as a timer of that grain would let them go.
  const auto burst = [](Instant intended) {
    const auto since = (intended - kT0) % 5ms;
    return since == 0ns ? 0ns : 5ms - since;
  };
  const auto samples = keep(Arrivals::poisson, 1000, 3, burst).samples();
  EXPECT_EQ(samples.taken, 20U);
  EXPECT_EQ(samples.rejected, 20U);
}

TEST(SendProcess, RejectsAnotherRateThanTheOneAskedFor) {
  SendProcess sends(kT0, kT1, Arrivals::poisson, 1e6);
  for (Schedule schedule({.arrivals = Arrivals::poisson, .rate = 2000}); kT0 + schedule.due() < kT1;
       schedule.advance()) {
    const Instant at = kT0 + schedule.due();
    sends.sent(at, at, at, at);
  }
  EXPECT_GE(sends.samples().rejected, 19U);
}

TEST(SendProcess, TakesOnlyWholeSamples) {
  EXPECT_EQ(keep(Arrivals::poisson, 100, 1, kOnTime).samples().taken, 0U)
      << "50 spacings in a twentieth of the window";
  EXPECT_EQ(keep(Arrivals::uniform, 1000, 1, kOnTime).samples().taken, 0U)
      << "uniform spacings are not exponential, and need not be";
}

TEST(SendProcess, KeepsTheLagAndWhetherItGrew) {
  const auto growing = [](Instant intended) { return (intended - kT0) / 100; };
  const auto sends = keep(Arrivals::uniform, 1000, 1, growing);
  EXPECT_EQ(sends.lag().count(), 9999U) << "the last of 10,000 is due at the end";
  EXPECT_EQ(sends.largest_deviation(), Nanoseconds(99'990'000));
  EXPECT_EQ(sends.lag_at_first().count(), 999U);
  EXPECT_EQ(sends.lag_at_last().count(), 1000U);
  EXPECT_LT(*sends.lag_at_first().max(), ns(10ms));
  EXPECT_GE(*sends.lag_at_last().min(), ns(90ms));
}

TEST(SendProcess, CountsWhatWasAttemptedBeforeTheEndOfTheWindow) {
  SendProcess sends(kT0, kT1, Arrivals::uniform, 1e6);
  sends.sent(kT1 - 2ms, kT1 - 1ms, kT1 - 1ms, kT1 + 5ms);
  sends.sent(kT1 - 1ms, kT1, kT1 - 1ms, kT1 + 5ms);  // refused until the window was over
  EXPECT_EQ(sends.attempted_in_window(), 1U);
  EXPECT_EQ(sends.lag().max(), ns(1ms));
}

TEST(SendProcess, SamplesOfSeveralThreadsAreCountedTogether) {
  auto sum = keep(Arrivals::poisson, 1000, 1, kOnTime);
  const auto other = keep(Arrivals::poisson, 1000, 2, kOnTime);
  const auto rejected = sum.samples().rejected + other.samples().rejected;
  const auto count = sum.lag().count() + other.lag().count();
  sum.add(other);
  EXPECT_EQ(sum.samples().taken, 40U);
  EXPECT_EQ(sum.samples().rejected, rejected);
  EXPECT_EQ(sum.lag().count(), count);
}

}  // namespace
}  // namespace sockmark
