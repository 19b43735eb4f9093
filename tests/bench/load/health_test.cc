#include "bench/load/health.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "bench/load/warmup_check.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;
using report::Distribution;

health::SendRecord punctual() {
  health::SendRecord record{.intended = 10'000, .attempted_in_window = 10'000};
  record.lag.p99_ns = 5'000;
  record.lag_p50_at_first_ns = record.lag_min_at_last_ns = 1'000;
  record.loop_busy = 0.5;
  record.samples = 20;
  record.samples_rejected = 1;
  return record;
}

constexpr Nanoseconds kResponse = 1ms;

bool saturated(const health::SendRecord& record) {
  const auto result = health::judge_generator(record, Arrivals::poisson, kResponse);
  EXPECT_EQ(*result.saturated, !health::saturation(record).empty());
  return *result.saturated;
}

TEST(JudgeGenerator, APunctualOneIsNeitherSaturatedNorWarnedOf) {
  const auto result = health::judge_generator(punctual(), Arrivals::poisson, kResponse);
  EXPECT_EQ(result.saturated, Maybe<bool>(false));
  EXPECT_EQ(result.lag_warning, Maybe<bool>(false));
  EXPECT_EQ(result.issued_ratio, Maybe<double>(1.0));
  EXPECT_EQ(result.arrival_check->flag, Maybe<bool>(false));
}

TEST(JudgeGenerator, IsSaturatedWhenItIssuedTooFew) {
  auto record = punctual();
  record.attempted_in_window = 9'950;
  EXPECT_FALSE(saturated(record)) << "at the limit";
  record.attempted_in_window = 9'949;
  EXPECT_TRUE(saturated(record));
}

TEST(Lateness, OfAQuarterOfTheLatencyIsInterferenceAndNotSaturation) {
  auto record = punctual();
  record.lag.p99_ns = 250'000;
  EXPECT_EQ(health::lateness(record, 1ms), "");
  EXPECT_EQ(health::lateness(record, 999us), "late by 250 µs at p99, limit 250 µs");
  EXPECT_FALSE(saturated(record));
  record.lag.p99_ns = 100'000;
  EXPECT_EQ(health::lateness(record, 10us), "") << "small in itself";
}

TEST(Lateness, OfASaturatedGeneratorHasItsReason) {
  auto record = punctual();
  record.lag.p99_ns = 900'000;
  record.attempted_in_window = 9'000;
  EXPECT_EQ(health::lateness(record, 1ms), "");
}

TEST(ResponseBound, IsTheHighestPercentileUpToP99OrTmax) {
  Distribution response;
  response.count = 50;
  EXPECT_EQ(health::response_bound(Maybe<Distribution>::none("run_failed"), 1s), 1s);
  EXPECT_EQ(health::response_bound(Distribution{}, 1s), 1s) << "nothing was answered";
  response.min_ns = 1'000;
  EXPECT_EQ(health::response_bound(response, 1s), 1us);
  response.p50_ns = 2'000;
  response.p75_ns = 3'000;
  EXPECT_EQ(health::response_bound(response, 1s), 3us);
  response.p99_ns = 9'000;
  EXPECT_EQ(health::response_bound(response, 1s), 9us);
}

TEST(JudgeStop, AFifthOfTheWindowIsInvalid) {
  EXPECT_EQ(health::judge_stop(0ns, 1s), health::Stopped::no);
  EXPECT_EQ(health::judge_stop(20ms, 1s), health::Stopped::no);
  EXPECT_EQ(health::judge_stop(21ms, 1s), health::Stopped::interference);
  EXPECT_EQ(health::judge_stop(200ms, 1s), health::Stopped::interference);
  EXPECT_EQ(health::judge_stop(201ms, 1s), health::Stopped::invalid);
  EXPECT_EQ(health::judge_stop(99ms, 100ms), health::Stopped::interference) << "too short to tell";
}

TEST(JudgeGenerator, APercentileThatIsMissingIsNotJudged) {
  auto record = punctual();
  record.lag.p99_ns = Maybe<std::int64_t>::none(report::kSamples);
  const auto result = health::judge_generator(record, Arrivals::poisson, kResponse);
  EXPECT_EQ(result.saturated, Maybe<bool>(false));
  EXPECT_FALSE(result.lag_warning);
}

TEST(JudgeGenerator, IsSaturatedWhenItsBacklogGrows) {
  auto record = punctual();
  record.lag_min_at_last_ns = 10 * 1'000 + 1'000'000;
  EXPECT_FALSE(saturated(record));
  ++record.lag_min_at_last_ns;
  EXPECT_TRUE(saturated(record));
}

TEST(JudgeGenerator, IsSaturatedWhenItsLoopNeverRests) {
  auto record = punctual();
  record.loop_busy = 0.951;
  EXPECT_TRUE(saturated(record));
  record.loop_busy = Maybe<double>::none("spins");
  EXPECT_FALSE(saturated(record)) << "a loop that spins is always busy";
}

TEST(JudgeGenerator, WarnsOfALagThatIsPartOfTheResult) {
  auto record = punctual();
  record.lag.p99_ns = 50'001;
  const auto result = health::judge_generator(record, Arrivals::poisson, kResponse);
  EXPECT_EQ(result.saturated, Maybe<bool>(false));
  EXPECT_EQ(result.lag_warning, Maybe<bool>(true));
}

TEST(JudgeGenerator, FlagsAnArrivalLawThatWasNotKept) {
  auto record = punctual();
  const auto flag = [&](Arrivals arrivals = Arrivals::poisson) {
    return health::judge_generator(record, arrivals, kResponse).arrival_check->flag;
  };
  record.samples_rejected = 5;
  EXPECT_EQ(flag(), Maybe<bool>(false));
  record.samples_rejected = 6;
  EXPECT_EQ(flag(), Maybe<bool>(true));
  EXPECT_EQ(flag(Arrivals::uniform), Maybe<bool>::none("uniform"));
  record.samples = 19;
  EXPECT_EQ(flag(), Maybe<bool>::none("samples"));
}

// --- steadiness ---------------------------------------------------------------------------------

std::vector<report::SeriesPoint> series(double (*median_of)(int)) {
  std::vector<report::SeriesPoint> points(20);
  for (int i = 0; i < 20; ++i) {
    points[static_cast<std::size_t>(i)].p50_ns = static_cast<std::int64_t>(median_of(i));
  }
  return points;
}

TEST(Trend, IsADriftThatIsBothSureAndLarge) {
  EXPECT_EQ(health::trend(series([](int i) { return 1000.0 + 10 * i; })), true);
  EXPECT_EQ(health::trend(series([](int i) { return 1000.0 - 10 * i; })), true);
  EXPECT_EQ(health::trend(series([](int i) { return 1000.0 + i; })), false) << "sure, but small";
  EXPECT_EQ(health::trend(series([](int i) { return i % 2 == 0 ? 1000.0 : 1500.0; })), false)
      << "large, but no trend";
  EXPECT_EQ(health::trend(series([](int) { return 1000.0; })), false);
  auto incomplete = series([](int i) { return 1000.0 + 10 * i; });
  incomplete[7].p50_ns = Maybe<std::int64_t>::none(report::kNothingReceived);
  EXPECT_EQ(health::trend(incomplete), std::nullopt);
}

std::vector<double> medians(Random& random, double transient) {
  std::vector<double> values;
  for (int i = 0; i < 60; ++i) {
    const double noise = random.unit() + random.unit() + random.unit() - 1.5;  // sd 0.5
    values.push_back(1000 + 60 * noise + transient * std::exp(-i / 15.0));
  }
  return values;
}

TEST(Settled, AWarmUpThatReachesIntoTheWindowIsSeenAndNoiseIsNot) {
  Random random(7);
  constexpr std::size_t kWarmUp = 10;
  int alarms = 0, missed = 0;
  for (int i = 0; i < 500; ++i) {
    alarms += !health::warmed_up(medians(random, 0), kWarmUp).value();
    missed += health::warmed_up(medians(random, 600), kWarmUp).value();
  }
  EXPECT_LE(alarms, 10) << "of 500 steady series";
  EXPECT_EQ(missed, 0);
  EXPECT_EQ(health::warmed_up(std::vector<double>(49, 1000.0), kWarmUp), std::nullopt);
}

constexpr Instant kSendsStart = instant_from_ns(5'000'000'000);

// One answer a millisecond, for six seconds of which the first is warm-up.
WarmupCheck run(double transient_us, Nanoseconds quiet_from = 1h) {
  WarmupCheck warmup_check(kSendsStart, kSendsStart + 1s, kSendsStart + 6s);
  for (Nanoseconds t{0}; t < 6s + 200ms; t += 1ms) {
    if (t >= quiet_from && t < quiet_from + 250ms) continue;
    const double decay = std::exp(-static_cast<double>(ns(t)) / 1.5e9);
    warmup_check.record(
        kSendsStart + t,
        Nanoseconds(100'000 + static_cast<std::int64_t>(1e3 * transient_us * decay)));
  }
  return warmup_check;
}

TEST(WarmupCheck, JudgesTheMediansOfTenthsOfASecond) {
  EXPECT_EQ(run(0).warmed_up(), true);
  EXPECT_EQ(run(100).warmed_up(), false);
  EXPECT_EQ(run(100, 3s).warmed_up(), std::nullopt) << "a tenth of a second without an answer";
}

TEST(WarmupCheck, BothThreadsMustHaveWarmedUp) {
  const WarmupCheck good = run(0), bad = run(100), quiet = run(0, 3s);
  const auto merged = [](const WarmupCheck& first, const WarmupCheck& second) {
    WarmupCheck all(kSendsStart, kSendsStart + 1s, kSendsStart + 6s);
    all.add(first);
    all.add(second);
    return all.warmed_up();
  };
  EXPECT_EQ(merged(good, good), true);
  EXPECT_EQ(merged(good, bad), false);
  EXPECT_EQ(merged(bad, good), false);
  EXPECT_EQ(merged(good, quiet), true);
  EXPECT_EQ(merged(quiet, quiet), std::nullopt);
}

TEST(WarmupCheck, ARunWithoutWarmUpIsNotJudged) {
  WarmupCheck warmup_check(kSendsStart, kSendsStart, kSendsStart + 6s);
  for (Nanoseconds t{0}; t < 6s; t += 1ms) warmup_check.record(kSendsStart + t, 1us);
  EXPECT_EQ(warmup_check.warmed_up(), std::nullopt);
}

TEST(WarmupCheck, ADayWithoutAnswersCostsNothing) {
  WarmupCheck warmup_check(kSendsStart, kSendsStart + 1s, kSendsStart + 24h);
  warmup_check.record(kSendsStart, 1us);
  warmup_check.record(kSendsStart + 24h, 1us);
  EXPECT_EQ(warmup_check.warmed_up(), std::nullopt);
}

}  // namespace
}  // namespace sockmark
