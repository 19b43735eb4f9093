#include "reports/model/reverse_stream.h"

#include <gtest/gtest.h>

#include "reports/model/summary.h"
#include "tests/reports/sample_report.h"

namespace sockmark::report {
namespace {

TEST(ReverseStreamOf, HasTheSectionsOfTheStreamToTheGenerator) {
  Case one = sample_case("udp", "stream", 64, 18'000, 52'000);
  ASSERT_FALSE(one.runs.empty());
  EXPECT_FALSE(has_both_streams(one));
  for (report::Run& run : one.runs) {
    run.reverse = reverse_of(run);
    run.reverse->latency.response_time->p50_ns = 7'000;
    run.reverse->throughput.goodput_messages_per_s = 70;
    run.reverse->loss.loss_ratio = 0.25;
  }
  EXPECT_TRUE(has_both_streams(one));
  const Case reverse = reverse_stream_of(one);
  EXPECT_EQ(reverse.id, one.id);
  ASSERT_EQ(reverse.runs.size(), one.runs.size());
  EXPECT_EQ(reverse.runs[0].valid, one.runs[0].valid);
  for (const char* name : {"p50_ns", "p99_9_ns", "goodput_messages_per_s", "loss_ratio"}) {
    const auto value = summarise(reverse, metric(name));
    ASSERT_TRUE(value) << name;
    EXPECT_EQ(value->median, summarise(one, metric("reverse_" + std::string(name)))->median)
        << name;
  }
  EXPECT_EQ(summarise(reverse, metric("p50_ns"))->median, 7'000);
  EXPECT_EQ(summarise(reverse, metric("cpu_ns_per_message")).reason(), kWithForward);
  EXPECT_TRUE(reverse.runs[0].series.empty());
  EXPECT_FALSE(has_both_streams(reverse));
}

TEST(ReverseStreamOf, ARunWithoutOneHasTheReason) {
  Case one = sample_case("udp", "stream", 64, 18'000, 52'000);
  for (report::Run& run : one.runs) run.reverse = Maybe<ReverseStream>::none("failed");
  EXPECT_FALSE(has_both_streams(one));
  EXPECT_EQ(reverse_stream_of(one).runs[0].latency.reason(), "failed");
}

}  // namespace
}  // namespace sockmark::report
