#include "reports/model/summary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "tests/reports/sample_report.h"

namespace sockmark::report {
namespace {

Case case_of(std::initializer_list<std::int64_t> p50s) {
  Case one = sample_case("tcp", "rr", 64, 1'000, 1'000);
  one.runs.clear();
  for (const std::int64_t p50 : p50s)
    one.runs.push_back(sample_run(one.runs.size(), p50, 1'000, 64));
  return one;
}

TEST(Summary, MedianOfAnEvenNumberIsTheLowerOfTheMiddleTwo) {
  EXPECT_EQ(statistic_of({4, 1, 3, 2}).median, 2);
  EXPECT_EQ(statistic_of({5, 1, 3}).median, 3);
  EXPECT_EQ(statistic_of({7}).median, 7);
}

TEST(Summary, MedianIsTheSmallestValueWithHalfAtOrBelowIt) {
  std::mt19937_64 random(1);
  for (std::size_t n = 1; n < 60; ++n) {
    std::vector<double> values;
    for (std::size_t i = 0; i < n; ++i) values.push_back(static_cast<double>(random() % 20));
    const Statistic statistic = statistic_of(values);
    const auto at_or_below = [&](double x) {
      return 2 * std::ranges::count_if(values, [x](double v) { return v <= x; }) >=
             std::ssize(values);
    };
    EXPECT_TRUE(at_or_below(statistic.median));
    EXPECT_FALSE(at_or_below(statistic.median - 0.5));
    EXPECT_EQ(statistic.n, n);
    EXPECT_EQ(statistic.min, std::ranges::min(values));
    EXPECT_EQ(statistic.max, std::ranges::max(values));
  }
}

TEST(Summary, InvalidRunsDoNotCount) {
  Case one = case_of({10'000, 90'000, 20'000});
  one.runs[1].valid = false;
  summarise(one);
  EXPECT_EQ(one.summary.at("p50_ns").n, 2U);
  EXPECT_EQ(one.summary.at("p50_ns").max, 20'000);
}

TEST(Summary, MetricUndefinedInOneValidRunHasNoSummary) {
  Case one = case_of({10'000, 20'000});
  one.runs[1].latency->response_time->p99_ns = Maybe<std::int64_t>::none(kSamples);
  summarise(one);
  EXPECT_FALSE(one.summary.contains("p99_ns"));
  EXPECT_TRUE(one.summary.contains("p50_ns"));
  EXPECT_EQ(summarise(one, metric("p99_ns")).reason(), kSamples);
}

TEST(Summary, WhatWasMeasuredLeavesOutRunsWithoutAValueAndInvalidOnesIfThereAreOthers) {
  Case one = case_of({10'000, 20'000, 30'000});
  one.runs[0].latency->response_time->p50_ns = Maybe<std::int64_t>::none(kSamples);
  const auto measured = [&] { return summarise(one, metric("p50_ns"), RunsOf::measured); };
  EXPECT_EQ(measured()->n, 2U);
  EXPECT_EQ(measured()->median, 20'000);
  one.runs[1].valid = false;
  EXPECT_EQ(measured()->n, 1U);
  EXPECT_EQ(measured()->median, 30'000);
  one.runs[2].latency->response_time->p50_ns = Maybe<std::int64_t>::none(kSamples);
  EXPECT_EQ(measured().reason(), kSamples);
  one.runs[0].valid = one.runs[2].valid = false;
  EXPECT_EQ(measured()->median, 20'000);
}

TEST(Summary, NumberThatIsNotFiniteHasNoSummary) {
  Case one = case_of({10'000});
  one.runs[0].throughput->goodput_messages_per_s = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(summarise(one, metric("goodput_messages_per_s")).reason(), kNotFinite);
}

TEST(Summary, CaseWithoutAValidRunSaysSo) {
  Case one = case_of({10'000});
  one.runs[0].valid = false;
  summarise(one);
  EXPECT_TRUE(one.summary.empty());
  EXPECT_EQ(summarise(one, metric("p50_ns")).reason(), kNoValidRun);
}

TEST(Summary, CpuPerMessageIsTheSumOfBothEnds) {
  Case one = case_of({10'000});
  one.runs[0].resources.generator->cpu_ns_per_message = 300.0;
  one.runs[0].resources.responder->cpu_ns_per_message = 200.0;
  EXPECT_EQ(summarise(one, metric("cpu_ns_per_message"))->median, 500);
  one.runs[0].resources.responder = Maybe<EndResources>::none("remote");
  EXPECT_EQ(summarise(one, metric("cpu_ns_per_message")).reason(), "remote");
}

TEST(Summary, LatencyIsOneWayWhereNothingIsEchoed) {
  Case one = case_of({10'000});
  one.runs[0].latency->response_time = Maybe<Distribution>::none(kNotApplicable);
  EXPECT_EQ(summarise(one, metric("p50_ns"))->median, 5'000);
  one.runs[0].latency->one_way = Maybe<Distribution>::none("clock_not_shared");
  EXPECT_EQ(summarise(one, metric("p50_ns")).reason(), kNotApplicable);
}

TEST(Summary, EveryMetricIsInTheSummaryOfAFullRun) {
  Case one = full_report().cases[0];
  one.runs[0].valid = true;
  summarise(one);
  EXPECT_EQ(one.summary.size(), metrics().size());
}

TEST(Summary, MetricsOfTheReverseStreamAreThoseOfARunThatHasOne) {
  Case one = case_of({10'000});
  summarise(one);
  EXPECT_FALSE(one.summary.contains("reverse_p50_ns"));
  EXPECT_EQ(summarise(one, metric("reverse_p50_ns")).reason(), kNotApplicable);
  report::Run both = full_report().cases[0].runs[0];
  both.valid = true;
  both.reverse->latency.response_time = sample_distribution(7'000);
  both.reverse->throughput.goodput_messages_per_s = 70;
  both.reverse->loss.loss_ratio = 0.25;
  one.runs = {both};
  summarise(one);
  EXPECT_EQ(one.summary.at("reverse_p50_ns").median, 7'000);
  EXPECT_EQ(one.summary.at("reverse_goodput_messages_per_s").median, 70);
  EXPECT_EQ(one.summary.at("reverse_loss_ratio").median, 0.25);
  EXPECT_NE(one.summary.at("p50_ns").median, 7'000);
}

}  // namespace
}  // namespace sockmark::report
