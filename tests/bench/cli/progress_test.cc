#include "bench/cli/progress.h"

#include <gtest/gtest.h>

#include "base/printable.h"

namespace sockmark::cli {
namespace {

using namespace std::chrono_literals;

RunnerOptions::Progress progress_at(std::size_t finished, const CaseSpec& next) {
  return {.finished = finished,
          .total = 18,
          .measured = finished,
          .next = &next,
          .repetition = 1,
          .repetitions = 3,
          .case_index = 4,
          .cases = 6};
}

std::string text_at(const RunnerOptions::Progress& progress, Nanoseconds elapsed,
                    Nanoseconds estimate, Nanoseconds since = 0s, std::size_t columns = kAnyColumns,
                    const std::optional<IntervalFigures>& figures = {}) {
  return line_of(progress, elapsed, estimate, figures)(since, columns);
}

TEST(ProgressLine, ShowsTheNextRunAndTheTimeLeft) {
  CaseSpec spec;
  spec.transport = "udp";
  EXPECT_EQ(text_at(progress_at(2, spec), 7s, 45s),
            "[ 3/18] case 5 of 6: udp/rr/64B/c1, run 2 of 3   0:07 elapsed, about 0:56 left");
}

TEST(ProgressLine, UsesTheEstimateOfThePlanBeforeTheFirstRun) {
  const CaseSpec spec;
  EXPECT_EQ(text_at(progress_at(0, spec), 0s, 45s),
            "[ 1/18] case 5 of 6: tcp/rr/64B/c1, run 2 of 3   0:00 elapsed, about 0:45 left");
}

TEST(ProgressLine, RunsBeforeAResumeDoNotCountForTheTimeLeft) {
  const CaseSpec spec;
  auto progress = progress_at(9, spec);
  progress.measured = 0;
  EXPECT_EQ(text_at(progress, 0s, 90s),
            "[10/18] case 5 of 6: tcp/rr/64B/c1, run 2 of 3   0:00 elapsed, about 0:45 left");
  progress = progress_at(12, spec);
  progress.measured = 3;
  EXPECT_EQ(text_at(progress, 6s, 90s),
            "[13/18] case 5 of 6: tcp/rr/64B/c1, run 2 of 3   0:06 elapsed, about 0:12 left");
}

TEST(ProgressLine, TheTimeLeftIsNeverNegative) {
  const CaseSpec spec;
  EXPECT_EQ(text_at(progress_at(0, spec), 50s, 45s),
            "[ 1/18] case 5 of 6: tcp/rr/64B/c1, run 2 of 3   0:50 elapsed, about 0:00 left");
}

TEST(ProgressLine, ItsTimesAdvance) {
  const CaseSpec spec;
  EXPECT_EQ(text_at(progress_at(2, spec), 7s, 45s, 3s),
            "[ 3/18] case 5 of 6: tcp/rr/64B/c1, run 2 of 3   0:10 elapsed, about 0:53 left");
  EXPECT_EQ(text_at(progress_at(17, spec), 7s, 45s, 3s),
            "[18/18] case 5 of 6: tcp/rr/64B/c1, run 2 of 3   0:10 elapsed, about 0:00 left");
}

TEST(ProgressLine, ShowsTheResultOfTheLastRun) {
  const CaseSpec spec;
  report::Run run;
  auto progress = progress_at(2, spec);
  progress.last = &run;  // without any result
  const std::string line = text_at(progress_at(2, spec), 7s, 45s);
  EXPECT_EQ(text_at(progress, 7s, 45s), line);
  run.throughput = report::Throughput{};
  run.throughput->goodput_messages_per_s = 31'240;
  EXPECT_EQ(text_at(progress, 7s, 45s), line + "   last run 31.24 k/s");
  run.latency = report::Latency{};
  run.latency->response_time = report::Distribution{};
  run.latency->response_time->p50_ns = 12'300;
  EXPECT_EQ(text_at(progress, 7s, 45s), line + "   last run 31.24 k/s, p50 12.3 µs");
}

TEST(ProgressLine, ShowsTheRunInProgressOnceThereAreFigures) {
  const CaseSpec spec;
  report::Run run;
  run.throughput = report::Throughput{};
  run.throughput->goodput_messages_per_s = 31'240;
  auto progress = progress_at(2, spec);
  progress.last = &run;
  std::optional<IntervalFigures> figures;
  const auto line = line_of(progress, 7s, 45s, figures);
  const std::string times =
      "[ 3/18] case 5 of 6: tcp/rr/64B/c1, run 2 of 3   0:07 elapsed, about 0:56 left";
  EXPECT_EQ(line(0s, kAnyColumns), times + "   last run 31.24 k/s");
  figures = {.from = 1s, .until = 3500ms, .messages = 25'000, .p50_ns = 12'300};
  EXPECT_EQ(line(0s, kAnyColumns), times + "   now 10 k/s, p50 12.3 µs");
  EXPECT_EQ(line(0s, 79),
            "[ 3/18] tcp/rr/64B/c1  0:07 elapsed, 0:56 left  now 10 k/s, p50 12.3 µs");
  figures = {.from = 3500ms, .until = 5s, .messages = 0, .p50_ns = {}};
  EXPECT_EQ(line(0s, kAnyColumns), times + "   now 0/s");
}

// What is left out is what a reader needs least; the times stay.
TEST(ProgressLine, FitsTheWidth) {
  CaseSpec spec;
  spec.transport = "unix-stream";
  report::Run run;
  run.throughput = report::Throughput{};
  run.throughput->goodput_messages_per_s = 31'200;
  run.latency = report::Latency{};
  run.latency->response_time = report::Distribution{};
  run.latency->response_time->p50_ns = 12'300;
  auto progress = progress_at(2, spec);
  progress.last = &run;
  const auto fitted = [&](std::size_t columns) { return text_at(progress, 7s, 45s, 0s, columns); };
  EXPECT_EQ(fitted(130),
            "[ 3/18] case 5 of 6: unix-stream/rr/64B/c1, run 2 of 3   0:07 elapsed, about 0:56 left"
            "   last run 31.2 k/s, p50 12.3 µs");
  EXPECT_EQ(fitted(115),
            "[ 3/18] unix-stream/rr/64B/c1, run 2 of 3   0:07 elapsed, about 0:56 left"
            "   last run 31.2 k/s, p50 12.3 µs");
  EXPECT_EQ(fitted(90),
            "[ 3/18] unix-stream/rr/64B/c1  0:07 elapsed, 0:56 left  last 31.2 k/s, p50 12.3 µs");
  EXPECT_EQ(fitted(79), "[ 3/18] unix-stream/rr/64B/c1  0:07 elapsed, 0:56 left  last p50 12.3 µs");
  EXPECT_EQ(fitted(65), "[ 3/18] unix-stream/rr/64B/c1   0:07 elapsed, about 0:56 left");
  EXPECT_EQ(fitted(60), "[ 3/18] unix-stream/rr/64...   0:07 elapsed, about 0:56 left");
  EXPECT_EQ(fitted(20), "[ 3/18]    0:07 e...");
  for (std::size_t columns = 3; columns < 130; ++columns)
    EXPECT_LE(report::columns_of(fitted(columns)), columns);
}

TEST(ProgressLine, LongTimesAreInHours) {
  const CaseSpec spec;
  EXPECT_EQ(text_at(progress_at(17, spec), 2h + 3min + 25s, 3h),
            "[18/18] case 5 of 6: tcp/rr/64B/c1, run 2 of 3   2:03:25 elapsed, about 7:16 left");
}

}  // namespace
}  // namespace sockmark::cli
