#include "reports/views/alerts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "reports/compare/default_comparison.h"
#include "tests/reports/compare/compare_reports.h"

namespace sockmark::report {
namespace {

std::vector<Notice> notices_of_one(const Report& report) {
  return notices_of(report, default_comparison(report));
}

const Notice* find(const std::vector<Notice>& notices, std::string_view begin) {
  const auto found = std::ranges::find_if(
      notices, [&](const Notice& notice) { return notice.text.starts_with(begin); });
  return found == notices.end() ? nullptr : &*found;
}

Report undisturbed() {
  Report report = two_transports(2, 1);
  report.warnings.clear();
  return report;
}

TEST(Notices, WhereNothingIsWrongSaySo) {
  const auto notices = notices_of_one(undisturbed());
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(notices[0].tone, Tone::good);
}

TEST(Notices, FaultsThatWereInjectedAreToldWithTheirCases) {
  Report report = undisturbed();
  report.cases[1].params.impair = "loss=1%";
  const auto notices = notices_of_one(report);
  const Notice* notice = find(notices, "Faults were injected on purpose in 1 of 2 cases");
  ASSERT_NE(notice, nullptr);
  EXPECT_EQ(notice->details, std::vector<std::string>{report.cases[1].id + ": loss=1%"});
  EXPECT_NE(find(notices, "Every run is valid"), nullptr);
}

TEST(Notices, FaultsAndAHeldUpResponderOfEveryCaseAreOneLine) {
  Report report = undisturbed();
  for (Case& one : report.cases) {
    one.params.impair = "loss=1%";
    one.params.server_pause = ServerPause{.every_ns = 1'000'000'000, .for_ns = 5'000'000};
  }
  const auto notices = notices_of_one(report);
  const Notice* notice =
      find(notices, "Faults were injected, or the responder held up, on purpose");
  ASSERT_NE(notice, nullptr);
  EXPECT_NE(notice->text.find("in all 2 cases"), std::string::npos);
  EXPECT_EQ(notice->details,
            std::vector<std::string>{"loss=1%; responder: pauses of 5 ms every 1 s"});
  for (Case& one : report.cases) one.params.impair = Maybe<std::string>::none("none");
  EXPECT_NE(find(notices_of_one(report), "The responder was held up on purpose in all 2 cases"),
            nullptr);
}

TEST(Notices, WhatDisturbsTheMachineIsNamedAndElsewhereExplained) {
  Report report = undisturbed();
  report.warnings = {{.code = "doctor.steal", .message = "a", .advice = ""},
                     {.code = "arm_params", .message = "another size", .advice = ""},
                     {.code = "doctor.load", .message = "b", .advice = ""}};
  const auto notices = notices_of_one(report);
  const Notice* disturbs = find(notices, "2 things disturb measuring on this machine: steal, load");
  ASSERT_NE(disturbs, nullptr);
  EXPECT_EQ(disturbs->section, "warnings");
  const Notice* others = find(notices, "1 warning");
  ASSERT_NE(others, nullptr);
  EXPECT_EQ(others->details, std::vector<std::string>{"another size"});
}

TEST(Notices, OfTwoReportsSayOfWhich) {
  Report baseline = undisturbed(), candidate = undisturbed();
  candidate.warnings = {{.code = "doctor.steal", .message = "a", .advice = ""}};
  baseline.cases[0].params.impair = "loss=1%";
  const auto notices = notices_of(baseline, candidate, default_comparison(baseline, candidate));
  EXPECT_NE(find(notices, "1 thing disturbs measuring on the machine of the candidate: steal"),
            nullptr);
  EXPECT_NE(find(notices, "Faults were injected on purpose in 1 of 2 cases of the baseline"),
            nullptr);
}

TEST(Notices, HaveADozenDetailsAtTheMost) {
  Report report = undisturbed();
  const Case one = report.cases[0];
  report.cases.assign(30, one);
  for (std::size_t i = 0; i < report.cases.size(); ++i) {
    report.cases[i].id = "case " + std::to_string(i);
    report.cases[i].params.size_bytes = i + 1;
    report.cases[i].runs[0].valid = false;
    report.cases[i].runs[0].invalid_reasons = {"for one reason"};
  }
  const auto notices = notices_of_one(report);
  const Notice* notice = find(notices, "30 of 60 runs are invalid");
  ASSERT_NE(notice, nullptr);
  ASSERT_EQ(notice->details.size(), 13U);
  EXPECT_EQ(notice->details.back(), "and 18 more");
  EXPECT_EQ(notice, &notices.front());  // the gravest first
}

}  // namespace
}  // namespace sockmark::report
