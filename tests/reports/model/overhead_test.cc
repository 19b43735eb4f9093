#include "reports/model/overhead.h"

#include <gtest/gtest.h>

#include <cmath>

#include "reports/model/summary.h"
#include "tests/reports/sample_report.h"

namespace sockmark::report {
namespace {

// Blocks in which ours took so many times what the floor did.
Case with_floors(const std::vector<double>& ratios) {
  Case one = sample_case("udp", "rr", 64, 20'000, 1000);
  one.runs.clear();
  for (std::size_t block = 0; block < ratios.size(); ++block) {
    Run run = sample_run(block, 20'000, 1000, 64);
    run.valid = true;
    run.floor = Floor{.loop = "epoll", .messages_per_s = 50'000, .round_trip = Distribution{}};
    run.latency->response_time->p50_ns = static_cast<std::int64_t>(ratios[block] * 1e6);
    run.floor->round_trip->p50_ns = 1'000'000;
    one.runs.push_back(run);
  }
  return one;
}

TEST(Overhead, IsTheGeometricMeanOfTheBlocksRatios) {
  const auto overhead = overhead_of(with_floors({1.0, 1.21}));
  ASSERT_TRUE(overhead);
  EXPECT_EQ(overhead->metric, "p50_ns");
  EXPECT_EQ(overhead->blocks, 2U);
  EXPECT_NEAR(overhead->overhead_ratio, 1.1, 1e-9);
  EXPECT_FALSE(overhead->interval);
  EXPECT_EQ(overhead->interval.reason(), "too_few_blocks");
}

TEST(Overhead, HasAnIntervalFromSixBlocksOn) {
  const auto overhead = overhead_of(with_floors({1.05, 1.04, 1.06, 1.05, 1.03, 1.07}));
  ASSERT_TRUE(overhead);
  ASSERT_TRUE(overhead->interval);
  // Six blocks: the smallest and the largest mean of any subset, which are the blocks at the ends.
  EXPECT_NEAR((*overhead->interval)[0], 1.03, 1e-9);
  EXPECT_NEAR((*overhead->interval)[1], 1.07, 1e-9);
}

TEST(Overhead, OfAStreamIsTheTimeThatAMessageTakes) {
  Case one = with_floors({1, 1});
  for (auto& run : one.runs) {
    run.floor->round_trip = Maybe<Distribution>::none("one_way");
    run.floor->messages_per_s = 1250;
    run.throughput->goodput_messages_per_s = 1000;
  }
  const auto overhead = overhead_of(one);
  ASSERT_TRUE(overhead);
  EXPECT_EQ(overhead->metric, "goodput_messages_per_s");
  EXPECT_NEAR(overhead->overhead_ratio, 1.25, 1e-9);
}

TEST(Overhead, AnInvalidRunIsLeftOut) {
  Case one = with_floors({1.5, 9});
  one.runs[1].valid = false;
  EXPECT_NEAR(overhead_of(one)->overhead_ratio, 1.5, 1e-9);
}

TEST(Overhead, WithoutAFloorInAValidRunThereIsNoneAndItSaysWhy) {
  Case one = with_floors({1, 1});
  one.runs[1].floor = Maybe<Floor>::none("open_loop");
  EXPECT_EQ(overhead_of(one).reason(), "open_loop");
  one.runs.clear();
  EXPECT_EQ(overhead_of(one).reason(), "no_valid_run");
}

TEST(Overhead, IsPrintedBelowTheTable) {
  Report report;
  report.cases = {with_floors({1.05, 1.04, 1.06, 1.05, 1.03, 1.07}), with_floors({1.5})};
  EXPECT_EQ(overhead_text(report), "");
  summarise(report);
  EXPECT_EQ(overhead_text(report),
            "  over the floor, the same exchange by bare system calls in the same blocks:\n"
            "  udp/rr/64B/c1: x1.050 (1.030 to 1.070) of the epoll loop's p50 of 1.00 ms\n"
            "  udp/rr/64B/c1: x1.500 (no interval: too few blocks of runs) of the epoll loop's p50 "
            "of 1.00 ms\n");
}

}  // namespace
}  // namespace sockmark::report
