#include "reports/views/alerts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "reports/compare/default_comparison.h"
#include "tests/reports/compare/compare_reports.h"
#include "tests/reports/sample_report.h"

namespace sockmark::report {
namespace {

std::vector<Alert> alerts_of_one(const Report& report) {
  return alerts_of(report, default_comparison(report));
}

const Alert* find(const std::vector<Alert>& alerts, std::string_view begin) {
  const auto found = std::ranges::find_if(
      alerts, [&](const Alert& alert) { return alert.text.starts_with(begin); });
  return found == alerts.end() ? nullptr : &*found;
}

Report undisturbed() {
  Report report = two_transports(2, 1);
  report.warnings.clear();
  return report;
}

TEST(Alerts, WhereNothingIsWrongSaySo) {
  const auto alerts = alerts_of_one(undisturbed());
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_EQ(alerts[0].tone, Tone::good);
}

TEST(Alerts, ARunOfTwoStreamsIsOneRun) {
  Report report = undisturbed();
  for (report::Run& run : report.cases[0].runs) run.reverse = reverse_of(run);
  report.cases[0].params.direction = "both";
  report.cases[1].runs[0].valid = false;
  report.cases[1].runs[0].invalid_reasons = {"it failed"};
  EXPECT_NE(find(alerts_of_one(report), "1 of 4 runs"), nullptr);
}

TEST(Alerts, InjectedFaultsHaveTheirCases) {
  Report report = undisturbed();
  report.cases[1].params.impair = "loss=1%";
  const auto alerts = alerts_of_one(report);
  const Alert* alert = find(alerts, "Faults were injected in 1 of 2 cases");
  ASSERT_NE(alert, nullptr);
  EXPECT_EQ(alert->details, std::vector<std::string>{report.cases[1].id + ": loss=1%"});
  EXPECT_NE(find(alerts, "All runs are valid"), nullptr);
}

TEST(Alerts, FaultsAndADelayedResponderOfEveryCaseAreOneLine) {
  Report report = undisturbed();
  for (Case& one : report.cases) {
    one.params.impair = "loss=1%";
    one.params.server_pause = ServerPause{.every_ns = 1'000'000'000, .for_ns = 5'000'000};
  }
  const auto alerts = alerts_of_one(report);
  const Alert* alert =
      find(alerts, "Faults were injected or the responder was delayed in all 2 cases");
  ASSERT_NE(alert, nullptr);
  EXPECT_EQ(alert->details,
            std::vector<std::string>{"loss=1%; responder: pauses of 5 ms every 1 s"});
  for (Case& one : report.cases) one.params.impair = Maybe<std::string>::none("none");
  EXPECT_NE(find(alerts_of_one(report), "The responder was delayed in all 2 cases"), nullptr);
}

TEST(Alerts, SourcesOfNoiseAreNamed) {
  Report report = undisturbed();
  report.warnings = {{.code = "doctor.steal", .message = "a", .advice = ""},
                     {.code = "arm_params", .message = "another size", .advice = ""},
                     {.code = "doctor.load", .message = "b", .advice = ""}};
  const auto alerts = alerts_of_one(report);
  const Alert* disturbs = find(alerts, "2 sources of noise on this machine: steal, load");
  ASSERT_NE(disturbs, nullptr);
  EXPECT_EQ(disturbs->section, "warnings");
  const Alert* others = find(alerts, "1 warning");
  ASSERT_NE(others, nullptr);
  EXPECT_EQ(others->details, std::vector<std::string>{"another size"});
}

TEST(Alerts, OfTwoReportsSayOfWhich) {
  Report baseline = undisturbed(), candidate = undisturbed();
  candidate.warnings = {{.code = "doctor.steal", .message = "a", .advice = ""}};
  baseline.cases[0].params.impair = "loss=1%";
  const auto alerts = alerts_of(baseline, candidate, default_comparison(baseline, candidate));
  EXPECT_NE(find(alerts, "1 source of noise on the machine of the candidate: steal"), nullptr);
  EXPECT_NE(find(alerts, "Faults were injected in 1 of 2 cases of the baseline"), nullptr);
}

TEST(Alerts, HaveAtMostADozenDetails) {
  Report report = undisturbed();
  const Case one = report.cases[0];
  report.cases.assign(30, one);
  for (std::size_t i = 0; i < report.cases.size(); ++i) {
    report.cases[i].id = "case " + std::to_string(i);
    report.cases[i].params.size_bytes = i + 1;
    report.cases[i].runs[0].valid = false;
    report.cases[i].runs[0].invalid_reasons = {"for one reason"};
  }
  const auto alerts = alerts_of_one(report);
  const Alert* alert = find(alerts, "30 of 60 runs are invalid");
  ASSERT_NE(alert, nullptr);
  ASSERT_EQ(alert->details.size(), 13U);
  EXPECT_EQ(alert->details.back(), "and 18 more");
  EXPECT_EQ(alert, &alerts.front());  // the most serious first
}

}  // namespace
}  // namespace sockmark::report
