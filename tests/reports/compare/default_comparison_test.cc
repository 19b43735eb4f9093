#include "reports/compare/default_comparison.h"

#include <gtest/gtest.h>

#include "tests/reports/compare/compare_reports.h"

namespace sockmark::report {
namespace {

TEST(ToldComparison, IsTheReportsOwnWithItsGates) {
  Report report = two_transports(12, 1);
  report.plan_effective["by"] = "transport";
  report.comparisons = {sample_comparison(), sample_comparison(), sample_comparison()};
  report.comparisons[0].gate->verdict = Gate::pass;
  report.comparisons[1].gate->verdict = Gate::fail;
  report.comparisons[2].gate = Maybe<GateVerdict>::none("none");
  const auto outcome = default_comparison(report);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->comparisons.size(), 3U);
  EXPECT_EQ(outcome->gates.pass, 1U);
  EXPECT_EQ(outcome->gates.fail, 1U);
  EXPECT_EQ(outcome->verdict, ComparisonVerdict::fail);
  EXPECT_EQ(*outcome->parameter, "transport");
  report.comparisons[1].gate->verdict = Gate::inconclusive;
  EXPECT_EQ(default_comparison(report)->verdict, ComparisonVerdict::inconclusive);
  report.comparisons[1].gate->verdict = Gate::pass;
  EXPECT_EQ(default_comparison(report)->verdict, ComparisonVerdict::pass);
}

TEST(ToldComparison, OfTooManyInvalidRunsIsInvalidWhateverItsGatesSaid) {
  Report report = two_transports(12, 1);
  report.comparisons = {sample_comparison()};
  report.comparisons[0].gate->verdict = Gate::pass;
  for (std::size_t i = 0; i < 6; ++i) {
    report.cases[1].runs[i].valid = false;
    report.cases[1].runs[i].invalid_reasons = {kEnvironmentChanged};
  }
  const auto outcome = default_comparison(report);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->verdict, ComparisonVerdict::invalid);
  EXPECT_FALSE(outcome->invalid.empty());
}

TEST(ToldComparison, AMetricOfALaterVersionIsLeftOut) {
  Report report = two_transports(12, 1);
  report.comparisons = {sample_comparison(), sample_comparison()};
  report.comparisons[0].metric = "energy_per_message";
  ASSERT_EQ(default_comparison(report)->comparisons.size(), 1U);
  EXPECT_EQ(default_comparison(report)->comparisons[0].metric, "p50_ns");
}

TEST(ToldComparison, IsByProgramBeforeItIsByTransport) {
  Report report = two_transports(6, 1);
  ASSERT_EQ(*default_comparison(report)->parameter, "transport");
  Report arms = report;
  for (Case& one : arms.cases) {
    one.params.arm = Arm::candidate;
    one.id += "@candidate";
  }
  for (Case& one : report.cases) one.params.arm = Arm::baseline;
  report.cases.insert(report.cases.end(), arms.cases.begin(), arms.cases.end());
  EXPECT_EQ(*default_comparison(report)->parameter, "arm");
}

TEST(ToldComparison, IsNoneWhereNothingVariesOrThereIsTooMuch) {
  EXPECT_FALSE(default_comparison(Report{}));
  Report report = two_transports(6, 1);
  report.cases.pop_back();
  EXPECT_FALSE(default_comparison(report));
  report.cases.clear();
  for (int i = 0; i < 200; ++i) {
    report.cases.push_back(scaled_case("t" + std::to_string(i), std::vector<double>(16, 1.0)));
  }
  EXPECT_FALSE(default_comparison(report));
}

TEST(ToldComparison, OfTwoReportsThatShareNothingIsInvalid) {
  Report candidate = two_transports(2, 1);
  for (Case& one : candidate.cases) one.id += "x";
  const CompareOutcome outcome = default_comparison(two_transports(2, 1), candidate);
  EXPECT_EQ(outcome.verdict, ComparisonVerdict::invalid);
  EXPECT_EQ(outcome.invalid, std::vector<std::string>{"the two reports have no case in common"});
}

TEST(ToldComparison, OfTwoReportsThatShareNothingSaysInWhichParametersTheyDiffer) {
  Report candidate = two_transports(2, 1);
  for (Case& one : candidate.cases) {
    one.id += "/g3";
    one.params.generators = 3;
  }
  const CompareOutcome outcome = default_comparison(two_transports(2, 1), candidate);
  EXPECT_EQ(outcome.invalid,
            std::vector<std::string>{"the two reports have no case in common: generators is 1 in "
                                     "the baseline and 3 in the candidate; --by generators "
                                     "compares them"});
}

}  // namespace
}  // namespace sockmark::report
