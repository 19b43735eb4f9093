#include "bench/load/send_timing.h"

#include <gtest/gtest.h>

#include "bench/plan/schedule.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

constexpr Instant kFrom = instant_from_ns(5'000'000'000);
constexpr Instant kUntil = kFrom + 10s;

// Sends a whole schedule, each message `lag(intended)` after it was due.
template <class Lag>
SendTiming keep(const ArrivalLaw& arrivals, double rate, std::uint64_t seed, Lag lag) {
  SendTiming timing(kFrom, kUntil, arrivals, 1e9 / rate, kFrom);
  for (Schedule schedule({.arrivals = arrivals, .rate = rate, .seed = seed});
       kFrom + schedule.due() < kUntil; schedule.advance()) {
    const Instant intended = kFrom + schedule.due();
    const Instant sent = intended + lag(intended);
    timing.sent({.intended = intended, .attempted = sent, .issued = sent, .taken = sent});
  }
  return timing;
}

constexpr auto kOnTime = [](Instant) { return 0ns; };

TEST(SendTiming, TakesTwentySamplesOfAPoissonProcessAndRejectsFewOfATrueOne) {
  std::uint64_t rejected = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    // 200 spacings are expected in a twentieth of the window: a sample of 128 is always whole.
    const auto totals = keep(Arrivals::poisson, 400, seed, kOnTime).totals();
    EXPECT_EQ(totals.samples, 20U);
    EXPECT_LT(totals.samples_rejected, 6U) << "seed " << seed;
    rejected += totals.samples_rejected;
  }
  EXPECT_GT(rejected, 0U) << "a test at 5 % rejects some of 400";
  EXPECT_LT(rejected, 45U);
}

TEST(SendTiming, RejectsSendsThatComeInBursts) {
  // Every five milliseconds, as a timer of that grain would let them go.
  const auto burst = [](Instant intended) {
    const auto since = (intended - kFrom) % 5ms;
    return since == 0ns ? 0ns : 5ms - since;
  };
  const auto totals = keep(Arrivals::poisson, 1000, 3, burst).totals();
  EXPECT_EQ(totals.samples, 20U);
  EXPECT_EQ(totals.samples_rejected, 20U);
}

TEST(SendTiming, RejectsAnotherRateThanTheOneAskedFor) {
  SendTiming timing(kFrom, kUntil, Arrivals::poisson, 1e6);
  for (Schedule schedule({.arrivals = Arrivals::poisson, .rate = 2000});
       kFrom + schedule.due() < kUntil; schedule.advance()) {
    const Instant at = kFrom + schedule.due();
    timing.sent({.intended = at, .attempted = at, .issued = at, .taken = at});
  }
  EXPECT_GE(timing.totals().samples_rejected, 19U);
}

// What is sent by one law and checked against another, with the same mean rate.
SendTiming::Totals confuse(const ArrivalLaw& sent, const ArrivalLaw& asked, double rate) {
  SendTiming timing(kFrom, kUntil, asked, 1e9 / rate, kFrom);
  for (Schedule schedule({.arrivals = sent, .rate = rate, .seed = 11});
       kFrom + schedule.due() < kUntil; schedule.advance()) {
    const Instant at = kFrom + schedule.due();
    timing.sent({.intended = at, .attempted = at, .issued = at, .taken = at});
  }
  return timing.totals();
}

const ArrivalLaw kBursts = ArrivalLaw::bursts(16);
const ArrivalLaw kOnOff = ArrivalLaw::on_off(100ms, 900ms);

TEST(SendTiming, RejectsFewSamplesOfTrueBurstsAndOfATrueOnOffProcess) {
  for (const auto& law : {kBursts, kOnOff, ArrivalLaw::bursts(2), ArrivalLaw::on_off(3ms, 2ms)}) {
    std::uint64_t rejected = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const auto totals = keep(law, 8'000, seed, kOnTime).totals();
      EXPECT_EQ(totals.samples, 20U) << text_of(law);
      EXPECT_LT(totals.samples_rejected, 6U) << text_of(law) << ", seed " << seed;
      rejected += totals.samples_rejected;
    }
    EXPECT_GT(rejected, 0U) << "a test at 5 % rejects some of 400";
    EXPECT_LT(rejected, 45U) << text_of(law);
  }
}

TEST(SendTiming, RejectsAnotherLawOfTheSameRate) {
  const ArrivalLaw laws[] = {Arrivals::uniform,
                             Arrivals::poisson,
                             kBursts,
                             ArrivalLaw::bursts(8),
                             ArrivalLaw::bursts(32),
                             kOnOff,
                             ArrivalLaw::on_off(200ms, 800ms)};
  for (const auto& asked : laws) {
    if (asked == Arrivals::uniform) continue;  // has no spread to test
    for (const auto& sent : laws) {
      if (sent == asked) continue;
      const auto totals = confuse(sent, asked, 20'000);
      EXPECT_GE(totals.samples, 5U) << text_of(sent) << " instead of " << text_of(asked);
      EXPECT_GE(10 * totals.samples_rejected, 9 * totals.samples)
          << text_of(sent) << " instead of " << text_of(asked);
    }
  }
}

TEST(SendTiming, TakesOnlyWholeSamples) {
  EXPECT_EQ(keep(Arrivals::poisson, 100, 1, kOnTime).totals().samples, 0U)
      << "50 spacings in a twentieth of the window";
  EXPECT_EQ(keep(Arrivals::uniform, 1000, 1, kOnTime).totals().samples, 0U)
      << "uniform spacings are not exponential, and need not be";
}

TEST(SendTiming, KeepsTheLagAndWhetherItGrew) {
  const auto growing = [](Instant intended) { return (intended - kFrom) / 100; };
  const auto totals = keep(Arrivals::uniform, 1000, 1, growing).totals();
  EXPECT_EQ(totals.lag.count(), 9999U) << "the last of 10,000 is due at the end";
  EXPECT_EQ(totals.largest_deviation, Nanoseconds(99'990'000));
  EXPECT_EQ(totals.lag_at_first.count(), 999U);
  EXPECT_EQ(totals.lag_at_last.count(), 1000U);
  EXPECT_LT(*totals.lag_at_first.max(), ns(10ms));
  EXPECT_GE(*totals.lag_at_last.min(), ns(90ms));
}

TEST(SendTiming, CountsWhatWasAttemptedBeforeTheEndOfTheWindow) {
  SendTiming timing(kFrom, kUntil, Arrivals::uniform, 1e6);
  timing.sent({.intended = kUntil - 2ms,
               .attempted = kUntil - 1ms,
               .issued = kUntil - 1ms,
               .taken = kUntil + 5ms});
  // Refused until the window was over.
  timing.sent({.intended = kUntil - 1ms,
               .attempted = kUntil,
               .issued = kUntil - 1ms,
               .taken = kUntil + 5ms});
  EXPECT_EQ(timing.totals().attempted_in_window, 1U);
  EXPECT_EQ(timing.totals().lag.max(), ns(1ms));
}

TEST(SendTiming, TotalsOfSeveralThreadsAddUp) {
  const auto one = keep(Arrivals::poisson, 1000, 1, kOnTime).totals();
  const auto other = keep(Arrivals::poisson, 1000, 2, kOnTime).totals();
  auto sum = one;
  sum.add(other);
  EXPECT_EQ(sum.samples, 40U);
  EXPECT_EQ(sum.samples_rejected, one.samples_rejected + other.samples_rejected);
  EXPECT_EQ(sum.lag.count(), one.lag.count() + other.lag.count());
}

}  // namespace
}  // namespace sockmark
