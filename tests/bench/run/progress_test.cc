#include "bench/run/progress.h"

#include <gtest/gtest.h>

namespace sockmark {
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

TEST(ProgressLine, ShowsTheNextRunAndTheTimeLeft) {
  CaseSpec spec;
  spec.transport = "udp";
  EXPECT_EQ(ProgressLine::text(progress_at(2, spec), 7s, 45s),
            "[ 3/18] case 5 of 6: udp/rr/64B/c1, run 2 of 3   0:07 elapsed, about 0:56 left");
}

TEST(ProgressLine, UsesTheEstimateOfThePlanBeforeTheFirstRun) {
  const CaseSpec spec;
  EXPECT_EQ(ProgressLine::text(progress_at(0, spec), 0s, 45s),
            "[ 1/18] case 5 of 6: tcp/rr/64B/c1, run 2 of 3   0:00 elapsed, about 0:45 left");
}

TEST(ProgressLine, RunsBeforeAResumeDoNotCountForTheTimeLeft) {
  const CaseSpec spec;
  auto progress = progress_at(9, spec);
  progress.measured = 0;
  EXPECT_EQ(ProgressLine::text(progress, 0s, 90s),
            "[10/18] case 5 of 6: tcp/rr/64B/c1, run 2 of 3   0:00 elapsed, about 0:45 left");
  progress = progress_at(12, spec);
  progress.measured = 3;
  EXPECT_EQ(ProgressLine::text(progress, 6s, 90s),
            "[13/18] case 5 of 6: tcp/rr/64B/c1, run 2 of 3   0:06 elapsed, about 0:12 left");
}

TEST(ProgressLine, TheTimeLeftIsNeverNegative) {
  const CaseSpec spec;
  EXPECT_EQ(ProgressLine::text(progress_at(0, spec), 50s, 45s),
            "[ 1/18] case 5 of 6: tcp/rr/64B/c1, run 2 of 3   0:50 elapsed, about 0:00 left");
}

TEST(ProgressLine, LongTimesAreInHours) {
  const CaseSpec spec;
  EXPECT_EQ(ProgressLine::text(progress_at(17, spec), 2h + 3min + 25s, 3h),
            "[18/18] case 5 of 6: tcp/rr/64B/c1, run 2 of 3   2:03:25 elapsed, about 7:16 left");
}

}  // namespace
}  // namespace sockmark
