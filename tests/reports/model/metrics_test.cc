#include "reports/model/metrics.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <set>
#include <string>

#include "tests/reports/sample_report.h"

namespace sockmark::report {
namespace {

TEST(Metrics, AreFoundByEitherName) {
  for (const Metric& metric : metrics()) {
    EXPECT_EQ(find_metric(metric.name), &metric);
    EXPECT_EQ(find_metric(metric.short_name), &metric);
  }
  EXPECT_EQ(find_metric("p50")->name, "p50_ns");
  EXPECT_EQ(find_metric("goodput")->name, "goodput_messages_per_s");
  EXPECT_EQ(find_metric("cpu")->name, "cpu_ns_per_message");
  EXPECT_EQ(find_metric(""), nullptr);
  EXPECT_EQ(find_metric("p5"), nullptr);
}

TEST(Metrics, NoTwoShareAName) {
  std::set<std::string> names;
  for (const Metric& metric : metrics()) {
    EXPECT_TRUE(names.emplace(metric.name).second);
    EXPECT_TRUE(names.emplace(metric.short_name).second);
  }
}

// The unit is said twice, in the name and beside it.
TEST(Metrics, UnitIsTheOneInTheName) {
  const std::map<MetricUnit, std::string> spelled = {
      {MetricUnit::ns, "_ns"},
      {MetricUnit::messages_per_s, "_messages_per_s"},
      {MetricUnit::bytes_per_s, "_bytes_per_s"},
      {MetricUnit::ratio, "_ratio"}};
  for (const Metric& metric : metrics()) {
    EXPECT_NE(metric.name.find(spelled.at(metric.unit)), std::string_view::npos) << metric.name;
    EXPECT_EQ(metric.more_is_better, name_of(metric.unit).ends_with("/s")) << metric.name;
  }
}

TEST(Metrics, MarginIsADifferenceWhereTheMetricMayBeZeroAndARatioElsewhere) {
  for (const Metric& metric : metrics()) {
    if (metric.may_be_zero) {
      EXPECT_LT(metric.default_margin, 1);
      EXPECT_GT(metric.default_margin, 0);
    } else {
      EXPECT_GT(metric.default_margin, 1);
    }
  }
}

TEST(Metrics, ValueIsThatOfTheRunOrNothing) {
  report::Run run = sample_run(0, 20'000, 1'000, 64);
  EXPECT_EQ(value_of(run, metric("p50_ns")), 20'000);
  EXPECT_EQ(value_of(run, metric("p99.9")), 200'000);
  EXPECT_EQ(value_of(run, metric("loss")), 0.002);
  run.latency->response_time->p50_ns = Maybe<std::int64_t>::none(kSamples);
  EXPECT_EQ(value_of(run, metric("p50_ns")), std::nullopt);
  run.throughput->goodput_bytes_per_s = std::numeric_limits<double>::infinity();
  EXPECT_EQ(value_of(run, metric("goodput_bytes")), std::nullopt);
  for (const Metric& metric : metrics()) EXPECT_EQ(value_of(report::Run{}, metric), std::nullopt);
}

}  // namespace
}  // namespace sockmark::report
