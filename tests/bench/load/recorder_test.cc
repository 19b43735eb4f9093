#include "bench/load/recorder.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

constexpr Instant kT0 = instant_from_ns(5'000'000'000);
constexpr Instant kT1 = kT0 + 1s;

// What a seeded run of `count` messages leaves behind.
void record(Recorder& recorder, std::uint64_t seed, int count) {
  Random random(seed);
  for (int i = 0; i < count; ++i) {
    const Instant intended =
        kT0 - 200ms + Nanoseconds(static_cast<std::int64_t>(random.below(1'300'000'000)));
    const Instant issued = intended + Nanoseconds(static_cast<std::int64_t>(random.below(10'000)));
    const Instant at = issued + Nanoseconds(static_cast<std::int64_t>(random.below(10'000)));
    const Instant arrived = at + Nanoseconds(static_cast<std::int64_t>(random.below(1'000'000)));
    const Phase phase = intended >= kT0 ? Phase::window : Phase::warmup;
    recorder.sent(phase,
                  {.intended = intended, .attempted = issued, .issued = issued, .taken = at});
    if (phase == Phase::window) {
      recorder.answered(intended, arrived, 64);
    } else {
      recorder.answered_in_warmup(intended, arrived, 64);
    }
    ++recorder.integrity.corrupt;
    recorder.integrity.spurious += 2;
  }
}

TEST(Recorder, AddingTwoIsRecordingEverythingInOne) {
  Recorder all(kT0, kT1), first(kT0, kT1), second(kT0, kT1), merged(kT0, kT1);
  for (auto* recorder : {&all, &first, &second}) {
    recorder->send_timing.emplace(kT0, kT1, Arrivals::uniform, 1e6);
  }
  record(all, 1, 400);
  record(all, 2, 300);
  record(first, 1, 400);
  record(second, 2, 300);
  merged.add(first);
  merged.add(second);

  EXPECT_EQ(merged.counts.sent_messages, all.counts.sent_messages);
  EXPECT_EQ(merged.counts.offered_messages, all.counts.offered_messages);
  EXPECT_EQ(merged.counts.goodput_bytes, all.counts.goodput_bytes);
  EXPECT_GT(all.warmup.count(), 0U);
  const auto alone = all.send_timing->totals();
  const std::pair<const Histogram*, const Histogram*> histograms[] = {
      {&merged.response_time, &all.response_time},
      {&merged.send_block, &all.send_block},
      {&merged.sends->lag, &alone.lag},
      {&merged.sends->lag_at_first, &alone.lag_at_first},
      {&merged.sends->lag_at_last, &alone.lag_at_last},
      {&merged.warmup, &all.warmup}};
  for (const auto& [actual, expected] : histograms) {
    EXPECT_EQ(actual->encode_v2(), expected->encode_v2());
    EXPECT_EQ(actual->max(), expected->max());
  }
  const auto actual = merged.series.points(), expected = all.series.points();
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    EXPECT_EQ(actual[i].messages, expected[i].messages);
    EXPECT_EQ(actual[i].p99_ns, expected[i].p99_ns);
  }
  EXPECT_EQ(merged.integrity.corrupt, 700U);
  EXPECT_EQ(merged.integrity.spurious, 1400U);
}

TEST(Recorder, AWarmUpAnswerWithinTheWindowIsGoodputButNotLatency) {
  Recorder recorder(kT0, kT1);
  recorder.answered_in_warmup(kT0 - 1ms, kT0 - 1ns, 64);
  EXPECT_EQ(recorder.counts.goodput_messages, 0U);
  recorder.answered_in_warmup(kT0 - 1ms, kT0, 64);
  EXPECT_EQ(recorder.counts.goodput_messages, 1U);
  EXPECT_EQ(recorder.counts.goodput_bytes, 64U);
  EXPECT_TRUE(recorder.response_time.empty());
  EXPECT_EQ(recorder.warmup.count(), 2U);
}

std::int64_t cpu_ns(const Usage& usage) { return usage.user_ns + usage.system_ns; }

// Computes until the kernel has charged this thread for another millisecond.
void burn() {
  const std::int64_t enough = cpu_ns(thread_usage()) + 1'000'000;
  std::uint64_t noise = 0;
  SplitMix64 source(1);
  while (cpu_ns(thread_usage()) < enough) {
    for (int i = 0; i < 1000; ++i) noise ^= source.next();
  }
  EXPECT_NE(noise, 0U);
}

TEST(UsageBetween, IsWhatTheThreadUsedBetweenTheTwoInstants) {
  UsageBetween usage;
  usage.set(kT0, kT1);
  burn();
  usage.observe(kT0 - 1ns);
  const auto before = cpu_ns(thread_usage());
  usage.observe(kT0);
  EXPECT_EQ(cpu_ns(usage.used()), 0) << "nothing is known before the end";
  burn();
  usage.observe(kT1 - 1ns);
  usage.observe(kT1);
  const auto used = cpu_ns(usage.used());
  EXPECT_GE(used, 1'000'000);
  EXPECT_LE(used, cpu_ns(thread_usage()) - before)
      << "what was used before the first instant is not part of it";
  burn();
  usage.observe(kT1 + 1s);
  usage.close();
  EXPECT_EQ(cpu_ns(usage.used()), used) << "nor is what was used after the last";
}

TEST(UsageBetween, AThreadThatSleptThroughTheWindowUsedNothing) {
  UsageBetween usage;
  usage.set(kT0, kT1);
  burn();
  usage.observe(kT1 + 1s);
  EXPECT_EQ(cpu_ns(usage.used()), 0);
}

TEST(UsageBetween, CloseEndsAnIntervalThatWasNotReached) {
  UsageBetween usage;
  usage.set(kT0, kT1);
  usage.observe(kT0);
  burn();
  usage.close();
  EXPECT_GE(cpu_ns(usage.used()), 1'000'000);

  UsageBetween never_opened;
  never_opened.set(kT0, kT1);
  burn();
  never_opened.close();
  EXPECT_EQ(cpu_ns(never_opened.used()), 0);
}

TEST(Usage, AddsAndSubtractsEveryField) {
  Usage usage{.user_ns = 10, .system_ns = 20, .voluntary_switches = 30, .involuntary_switches = 40};
  usage += {.user_ns = 1, .system_ns = 2, .voluntary_switches = 3, .involuntary_switches = 4};
  const Usage difference =
      usage -
      Usage{.user_ns = 5, .system_ns = 6, .voluntary_switches = 7, .involuntary_switches = 8};
  EXPECT_EQ(difference.user_ns, 6);
  EXPECT_EQ(difference.system_ns, 16);
  EXPECT_EQ(difference.voluntary_switches, 26U);
  EXPECT_EQ(difference.involuntary_switches, 36U);
}

TEST(PeakResidentBytes, CoversWhatTheProcessHasTouched) {
  constexpr std::size_t kTouched = 32 << 20;
  const std::vector<char> touched(kTouched, 'x');
  EXPECT_GE(peak_resident_bytes(), touched.size());
}

}  // namespace
}  // namespace sockmark
