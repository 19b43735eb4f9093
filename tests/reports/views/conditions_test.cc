#include "reports/views/conditions.h"

#include <gtest/gtest.h>

#include "tests/reports/compare/compare_reports.h"

namespace sockmark::report {
namespace {

Report measured() {
  Report report = two_transports(2, 0.5);
  for (Case& one : report.cases) {
    one.params.rate_per_s = Maybe<double>::none("closed_loop");
    one.params.arrivals = Maybe<std::string>::none("closed_loop");
    one.params.depth = 1;
    one.params.duration_ns = 5'000'000'000;
    one.params.warmup_ns = 1'000'000'000;
  }
  report.plan_supplied.clear();
  return report;
}

TEST(Conditions, AreWhatAllCasesHaveInCommon) {
  Report report = measured();
  EXPECT_EQ(conditions_of(report),
            "2 runs of 5 s after 1 s of warm-up, closed loop, 1 connection, 1 thread");
  report.cases[1].params.connections = 4;
  report.cases[1].params.duration_ns = 1;
  for (Case& one : report.cases) one.params.depth = 8;
  EXPECT_EQ(conditions_of(report),
            "2 runs after 1 s of warm-up, closed loop, 1 thread, 8 outstanding");
}

TEST(Conditions, NameTheRate) {
  Report report = measured();
  for (Case& one : report.cases) {
    one.params.rate_per_s = 10'000.0;
    one.params.arrivals = "poisson";
  }
  EXPECT_NE(conditions_of(report).find(", 10 k/s poisson, "), std::string::npos);
  report.cases[1].params.rate_per_s = Maybe<double>::none("closed_loop");
  report.cases[1].params.arrivals = Maybe<std::string>::none("closed_loop");
  EXPECT_NE(conditions_of(report).find(", 10 k/s poisson or closed loop, "), std::string::npos);
}

TEST(Conditions, HaveTheOtherOptionsThatWereGiven) {
  Report report = measured();
  report.plan_supplied = {{"suite", "my suite.json"},
                          {"pin", "0,1"},
                          {"duration", "5s"},
                          {"transport", "tcp,udp"},
                          {"hold-idle", "true"}};
  EXPECT_TRUE(
      conditions_of(report).ends_with(", 1 thread; suite 'my suite.json' --hold-idle --pin 0,1"))
      << conditions_of(report);
}

TEST(Conditions, AReportWithoutCasesHasNone) { EXPECT_EQ(conditions_of(Report{}), ""); }

}  // namespace
}  // namespace sockmark::report
