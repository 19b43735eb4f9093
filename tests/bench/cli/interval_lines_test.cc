#include "bench/cli/interval_lines.h"

#include <gtest/gtest.h>

#include "bench/cli/wall_clock.h"

namespace sockmark::cli {
namespace {

using namespace std::chrono_literals;

Plan plan_of_two(const char* transport = "udp") {
  Plan plan;
  plan.repetitions = 3;
  plan.cases.resize(2);
  plan.cases[0].transport = transport;
  plan.cases[1].transport = "unix-stream";
  return plan;
}

report::SeriesPoint point_at(double t_s) {
  return {.t_s = t_s,
          .messages = 31'204,
          .p50_ns = 12'345,
          .p99_ns = 20'100,
          .max_ns = 161'000'000,
          .lost = 7};
}

// Without the time of day.
std::string shown_line(const Plan& plan, const report::SeriesPoint& point, bool bits = false) {
  const RunnerOptions::Interval interval{.spec = &plan.cases[0],
                                         .repetition = 1,
                                         .index = 4,
                                         .point = &point,
                                         .length = 500ms,
                                         .message_bytes = 64,
                                         .ended = now()};
  return IntervalLines(plan, bits).line(interval).substr(12);
}

TEST(IntervalLines, ShowTheFiguresOfOneIntervalUnderTheirHeaders) {
  const Plan plan = plan_of_two();
  EXPECT_EQ(IntervalLines(plan, false).header().substr(12),
            "  case                   run     interval    messages    bytes/s       p50       p99"
            "       max    lost\n");
  EXPECT_EQ(shown_line(plan, point_at(2)),
            "  udp/rr/64B/c1          2/3      2-2.5 s       31204    3.99 MB   12.3 µs   20.1 µs"
            "    161 ms       7\n");
}

TEST(IntervalLines, CountBitsWhereThatIsAskedFor) {
  const Plan plan = plan_of_two();
  EXPECT_NE(IntervalLines(plan, true).header().find("   bits/s"), std::string::npos);
  EXPECT_NE(shown_line(plan, point_at(2), true).find("32.0 Mbit"), std::string::npos);
}

TEST(IntervalLines, WhatIsUndefinedIsADash) {
  const Plan plan = plan_of_two();
  report::SeriesPoint point = point_at(0);
  point.messages = 0;
  point.p50_ns = point.p99_ns = point.max_ns = Maybe<std::int64_t>::none("samples");
  point.lost = Maybe<std::uint64_t>::none("not_applicable");
  EXPECT_EQ(shown_line(plan, point),
            "  udp/rr/64B/c1          2/3      0-0.5 s           0        0 B         -         -"
            "         -       -\n");
}

TEST(IntervalLines, OverTcpShowWhatWasSentAgain) {
  const Plan plan = plan_of_two("tcp");
  report::SeriesPoint point = point_at(2);
  const auto ending = [&] {
    const std::string line = shown_line(plan, point);
    return line.substr(line.find(" ms") + 3);
  };
  EXPECT_TRUE(IntervalLines(plan, false).header().ends_with("    lost    retr\n"));
  point.tcp = report::TcpFigures{.retransmits = 1234};
  EXPECT_EQ(ending(), "       7    1234\n");
  point.tcp->retransmits = Maybe<std::uint64_t>::none("overflow");
  EXPECT_EQ(ending(), "       7       -\n");
  point.tcp = Maybe<report::TcpFigures>::none("too_many_connections");
  EXPECT_EQ(ending(), "       7       -\n");
}

TEST(WallClock, IsPreciseToTheMillisecond) {
  const Instant instant = now();
  const std::string utc = utc_of(instant);
  ASSERT_EQ(utc.size(), std::string("2026-11-30T12:34:56.789Z").size());
  EXPECT_EQ(utc[10], 'T');
  EXPECT_EQ(utc[19], '.');
  EXPECT_EQ(local_time_of(instant).substr(5), utc.substr(16, 7)) << "seconds are those of UTC";
}

}  // namespace
}  // namespace sockmark::cli
