#include "measure/sliced_delays.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/random.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

constexpr Instant kBegin{100s};  // of the generator's clock

// theta = offset + drift * (t - kBegin), known exactly over any window of these tests.
struct Clocks {
  Nanoseconds offset{0};
  std::int64_t drift_ppm = 0;

  [[nodiscard]] Nanoseconds theta(Instant at) const {
    return offset + (at - kBegin) / 1000 * drift_ppm / 1000;
  }
  [[nodiscard]] Instant responder(Instant at) const { return at + theta(at); }
  [[nodiscard]] ClockLines lines() const {
    ClockConstraints constraints;
    for (const Instant at : {kBegin - 1s, kBegin + 10'000s}) constraints.add(at, {theta(at), 0ns});
    return *constraints.lines(1ns);  // the drift is rounded
  }
};

struct Message {
  Instant sent;
  Nanoseconds delay{0};
};

// What SlicedDelays records of messages in the order of their arrival.
SlicedDelays sliced(const Clocks& clocks, const std::vector<Message>& messages,
                    Nanoseconds estimate_error, Nanoseconds window,
                    std::size_t cells_max = SlicedDelays::kCellsMax) {
  const Nanoseconds estimate = clocks.theta(kBegin) + estimate_error;
  SlicedDelays delays(clocks.responder(kBegin), clocks.responder(kBegin) + window, estimate,
                      cells_max);
  for (const auto& [sent, delay] : messages) delays.record(sent, clocks.responder(sent + delay));
  return delays;
}

MovedDelays moved(const SlicedDelays& delays, const Clocks& clocks) {
  MovedDelays result;
  delays.add_to(result, clocks.lines());
  return result;
}

// `rate` messages a second, with exponential delays beyond a smallest one.
std::vector<Message> messages(std::uint64_t seed, Nanoseconds duration, std::int64_t rate,
                              Nanoseconds smallest, Nanoseconds mean) {
  Random random(seed);
  std::vector<Message> result;
  for (std::int64_t i = 0; i < duration * rate / 1s; ++i) {
    const auto varied = std::llround(-std::log(random.unit()) * static_cast<double>(ns(mean)));
    result.push_back({kBegin + i * 1s / rate, smallest + Nanoseconds(varied)});
  }
  std::sort(result.begin(), result.end(),
            [](const Message& a, const Message& b) { return a.sent + a.delay < b.sent + b.delay; });
  return result;
}

// Each percentile is that of the true delays, to the error and to what Histogram rounds.
void expect_delays(const MovedDelays& found, const std::vector<Message>& messages) {
  std::vector<std::int64_t> delays;
  for (const Message& message : messages) delays.push_back(ns(message.delay));
  std::sort(delays.begin(), delays.end());
  ASSERT_EQ(found.delay.count(), delays.size());
  const std::int64_t error = ns(found.error);
  EXPECT_LE(std::abs(ns(*found.min) - delays.front()), error);
  EXPECT_LE(std::abs(ns(*found.max) - delays.back()), error);
  for (const Ppm ppm : {Ppm{1}, kP50, kP90, kP99, kP99_9, kP100}) {
    const std::int64_t truth = delays[percentile_rank(delays.size(), ppm) - 1];
    const std::int64_t value = *found.delay.percentile(ppm);
    EXPECT_LE(std::abs(value - truth), error + truth / 8192 + value / 1024 + 1) << ppm;
  }
}

TEST(SlicedDelays, OneMessage) {
  const Clocks clocks{.offset = 5s};
  const std::vector<Message> one{{kBegin + 10ms, 123'456ns}};
  const MovedDelays found = moved(sliced(clocks, one, 0ns, 1s), clocks);
  EXPECT_EQ(found.delay.count(), 1U);
  EXPECT_EQ(found.min, 123'456ns);
  EXPECT_EQ(found.max, 123'456ns);
  EXPECT_EQ(*found.delay.percentile(kP50), 123'456);
  EXPECT_EQ(found.negative, 0U);
  EXPECT_EQ(found.error, 256ns);
}

TEST(SlicedDelays, WithoutAMessageThereIsNothing) {
  const Clocks clocks;
  const MovedDelays found = moved(sliced(clocks, {}, 0ns, 1s), clocks);
  EXPECT_TRUE(found.delay.empty());
  EXPECT_FALSE(found.min);
  EXPECT_EQ(found.error, 0ns);
}

TEST(SlicedDelays, EqualDelaysAreCountedTogether) {
  const Clocks clocks{.offset = -3s};
  SlicedDelays delays(clocks.responder(kBegin), clocks.responder(kBegin + 1s), -3s);
  delays.record(kBegin, clocks.responder(kBegin + 50us), 7);
  EXPECT_EQ(moved(delays, clocks).delay.count(), 7U);
}

TEST(SlicedDelays, DelaysKeepTheirPrecisionWhateverTheOffsetAndTheDrift) {
  const auto sent = messages(1, 20s, 500, 60us, 60us);
  for (const Nanoseconds offset : {0s, 1'000'000s, -99s, 2'000'000'000s}) {
    for (const std::int64_t drift_ppm : {0, 20, -200, 1000}) {
      for (const Nanoseconds estimate_error : {0us, 1000us, -1000us}) {
        SCOPED_TRACE(std::to_string(ns(offset)) + ' ' + std::to_string(drift_ppm) + ' ' +
                     std::to_string(ns(estimate_error)));
        const Clocks clocks{.offset = offset, .drift_ppm = drift_ppm};
        const MovedDelays found = moved(sliced(clocks, sent, estimate_error, 20s), clocks);
        expect_delays(found, sent);
        EXPECT_EQ(found.negative, 0U);
        const Nanoseconds drift_of_run = 20'000'000'000ns * std::abs(drift_ppm) / 1'000'000;
        const Nanoseconds drift_of_slice = drift_of_run / 200;
        const Nanoseconds off = std::chrono::abs(estimate_error) + drift_of_run;
        EXPECT_LE(found.error, 256ns + off / 8192 + drift_of_slice / 2 + 3ns);
        EXPECT_GE(found.error, 256ns + drift_of_slice / 2 - 3ns);
      }
    }
  }
}

TEST(SlicedDelays, DelaysOfAllMagnitudesKeepTheirPrecision) {
  const Clocks clocks{.offset = 1'000'000s, .drift_ppm = 20};
  Random random(3);
  std::vector<Message> sent;
  for (int i = 0; i < 20'000; ++i) {
    const auto delay = static_cast<std::int64_t>(random.next() >> (24 + random.below(40)));
    sent.push_back({kBegin + i * 100us, Nanoseconds(delay)});
  }
  std::sort(sent.begin(), sent.end(),
            [](const Message& a, const Message& b) { return a.sent + a.delay < b.sent + b.delay; });
  expect_delays(moved(sliced(clocks, sent, 500us, 2s), clocks), sent);
}

TEST(SlicedDelays, SmearIsThatOfASliceNotOfTheRun) {
  // 200 ppm over 20 s are 4 ms; over half of a slice, 10 us.
  const Clocks clocks{.offset = 0s, .drift_ppm = 200};
  std::vector<Message> sent;
  for (int i = 0; i < 20'000; ++i) sent.push_back({kBegin + i * 1ms, 50us});
  const MovedDelays found = moved(sliced(clocks, sent, 0ns, 20s), clocks);
  EXPECT_GE(*found.min, 50us - 11us);
  EXPECT_LE(*found.max, 50us + 11us);
  EXPECT_LE(found.error, 11us);
}

TEST(SlicedDelays, NegativeDelaysCountAsZeroAndTheSmallestIsKept) {
  const Clocks clocks{.offset = 7s};
  const std::vector<Message> sent{{kBegin, 10us}, {kBegin + 1ms, -4us}, {kBegin + 2ms, -9us}};
  const MovedDelays found = moved(sliced(clocks, sent, 20us, 1s), clocks);
  EXPECT_EQ(found.delay.count(), 3U);
  EXPECT_EQ(found.negative, 2U);
  EXPECT_EQ(found.min, -9us);
  EXPECT_EQ(*found.delay.min(), 0);
  EXPECT_EQ(*found.delay.max(), 10'000);
}

TEST(SlicedDelays, MessagesOutsideTheWindowAreCounted) {
  const Clocks clocks{.offset = 1s, .drift_ppm = 100};
  const std::vector<Message> sent{{kBegin - 5ms, 1ms}, {kBegin + 500ms, 2ms}, {kBegin + 30s, 3ms}};
  const MovedDelays found = moved(sliced(clocks, sent, 0ns, 1s), clocks);
  expect_delays(found, sent);
}

TEST(SlicedDelays, DelaysOfThreadsAreAdded) {
  const Clocks clocks{.offset = 1s, .drift_ppm = 20};
  auto all = messages(1, 2s, 3000, 20us, 60us);
  const auto more = messages(2, 2s, 3000, 200us, 600us);
  MovedDelays found;
  sliced(clocks, all, 0ns, 2s).add_to(found, clocks.lines());
  sliced(clocks, more, 100us, 2s).add_to(found, clocks.lines());
  all.insert(all.end(), more.begin(), more.end());
  expect_delays(found, all);
}

TEST(SlicedDelays, FullSlicesAreMergedAndNoMessageIsLost) {
  const Clocks clocks{.offset = 1'000'000s, .drift_ppm = 20};
  const auto sent = messages(1, 20s, 5000, 20us, 60us);
  for (const std::size_t cells_max : {1U, 100U, 1000U, 5000U}) {
    SCOPED_TRACE(cells_max);
    const SlicedDelays delays = sliced(clocks, sent, 0ns, 20s, cells_max);
    EXPECT_GT(delays.slice_length(), SlicedDelays::kSlice);
    const MovedDelays found = moved(delays, clocks);
    expect_delays(found, sent);
    EXPECT_GE(found.error, 256ns + delays.slice_length() / 2 * 20 / 1'000'000 - 3ns);
  }
  EXPECT_EQ(sliced(clocks, sent, 0ns, 20s).slice_length(), SlicedDelays::kSlice);
}

TEST(SlicedDelays, AnEstimateThatIsHoursOffHasAnErrorToMatch) {
  const Clocks clocks{.offset = 1'000'000s};
  const auto sent = messages(1, 1s, 100, 20us, 60us);
  const MovedDelays found = moved(sliced(clocks, sent, 5h, 1s), clocks);
  EXPECT_EQ(found.delay.count(), sent.size());
  EXPECT_GT(found.error, 4h);
}

TEST(SlicedDelays, InstantsAtTheEndOfTheRange) {
  const Instant begin = instant_from_ns(kCoordinateLimit) - 10s;
  ClockConstraints constraints;
  const Nanoseconds theta = -(begin - Instant(1s));  // the responder's clock has just begun
  for (const Instant at : {begin, begin + 5s}) constraints.add(at, {theta, 0ns});
  SlicedDelays delays(begin + theta, begin + theta + 5s, theta + 3us);
  for (int i = 0; i < 1000; ++i) {
    const Instant sent = begin + i * 1ms;
    delays.record(sent, sent + theta + 40us);
  }
  MovedDelays found;
  delays.add_to(found, *constraints.lines());
  EXPECT_EQ(found.min, 40us);
  EXPECT_EQ(found.max, 40us);
  EXPECT_EQ(found.error, 257ns);  // 3 us / 8192, rounded up
}

}  // namespace
}  // namespace sockmark
