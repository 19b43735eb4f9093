#include "reports/views/findings.h"

#include <gtest/gtest.h>

#include <string_view>

#include "reports/compare/default_comparison.h"
#include "tests/reports/compare/compare_reports.h"
#include "tests/reports/views/own_comparison.h"

namespace sockmark::report {
namespace {

using Kind = Finding::Kind;

std::vector<Finding> findings_in(const Report& report) {
  const auto comparison = default_comparison(report);
  return comparison ? findings_of(report, *comparison) : std::vector<Finding>{};
}

Finding only(const Report& report) {
  const auto findings = findings_in(report);
  EXPECT_EQ(findings.size(), 1U);
  return findings.empty() ? Finding{} : findings.front();
}

bool has(const Finding& finding, std::string_view part) {
  return finding.sentence.find(part) != std::string::npos;
}

TEST(Findings, ADifferenceHasItsMetricSizeAndInterval) {
  const Finding lower = only(with_own(own(0.62, 0.59, 0.65, Difference::faster)));
  EXPECT_EQ(lower.kind, Kind::significant);
  EXPECT_EQ(lower.sentence,
            "udp has 38 % lower p50 latency than tcp (rr, 64 B; 95 % interval 35 to 41 %, 16 "
            "blocks).");
  EXPECT_TRUE(has(only(with_own(own(1.05, 1.012, 1.09, Difference::slower))),
                  " 5.0 % higher p50 latency than tcp (rr, 64 B; 95 % interval 1.2 to 9.0 %, "));
  EXPECT_TRUE(
      has(only(with_own(own(2.4, 2.1, 2.75, Difference::slower))),
          "udp has 2.4 times the p50 latency of tcp (rr, 64 B; 95 % interval 2.1 to 2.8, "));
}

TEST(Findings, AnEndOfAnIntervalIsNotRoundedToZero) {
  EXPECT_TRUE(
      has(only(with_own(own(0.9, 0.8, 0.9996, Difference::faster))),
          " 10.000 % lower p50 latency than tcp (rr, 64 B; 95 % interval 0.040 to 20.000 %"));
}

TEST(Findings, TheEndsOfANarrowIntervalDiffer) {
  EXPECT_TRUE(has(only(with_own(own(0.6201, 0.6187, 0.6212, Difference::faster))),
                  "interval 37.9 to 38.1 %"));
}

TEST(Findings, AnIntervalWithNoChangeInItIsNotSignificant) {
  for (const auto difference : {Difference::faster, Difference::slower, Difference::none_shown}) {
    const Finding finding = only(with_own(own(0.98, 0.9, 1.1, difference)));
    EXPECT_EQ(finding.kind, Kind::not_significant);
    EXPECT_EQ(finding.sentence, "");
    EXPECT_EQ(finding.baseline, "tcp");
    EXPECT_EQ(finding.candidate, "udp");
  }
}

TEST(Findings, NumbersThatContradictEachOtherAreNotSignificant) {
  for (const Comparison& one :
       {own(0.5, 0.8, 0.9, Difference::faster), own(-1, -2, -0.5, Difference::faster),
        own(0.8, 0.9, 0.7, Difference::faster)})
    EXPECT_EQ(only(with_own(one)).kind, Kind::not_significant);
}

TEST(Findings, OfOneLineAmongManyMayBeChance) {
  Comparison one = own(0.9, 0.85, 0.99, Difference::faster);
  one.p_adjusted = 0.2;
  EXPECT_EQ(only(with_own(one)).kind, Kind::maybe_chance);
}

TEST(Findings, TooFewRunsHaveNoInterval) {
  const Finding finding = only(two_transports(3, 0.62));
  EXPECT_EQ(finding.kind, Kind::too_few_runs);
  EXPECT_EQ(finding.runs_min, 3U);
  EXPECT_EQ(finding.runs_max, 3U);
}

TEST(Findings, HaveTheSmallestDetectableChange) {
  const Finding finding = only(two_transports(12, 1));
  EXPECT_EQ(finding.kind, Kind::not_significant);
  ASSERT_TRUE(finding.smallest_detectable);
  EXPECT_TRUE(finding.smallest_detectable->ends_with(" %"));
}

TEST(Findings, AStreamWithoutARateIsComparedByGoodput) {
  Report report = two_transports(12, 0.62);
  for (Case& one : report.cases) {
    one.params.workload = "stream";
    one.params.rate_per_s = Maybe<double>::none("saturating");
  }
  EXPECT_EQ(only(report).metric, "goodput");
  EXPECT_TRUE(has(only(report), "udp has 61 % higher goodput than tcp (stream, 64 B; "));
}

TEST(Findings, TwoProgramsAreTheCandidateAndTheBaseline) {
  Report report = two_transports(12, 0.62);
  report.cases[1].params.transport = "tcp";
  report.cases[0].params.arm = Arm::baseline;
  report.cases[1].params.arm = Arm::candidate;
  report.cases[1].id = "tcp@candidate";
  EXPECT_TRUE(has(only(report),
                  "The candidate has 38.0 % lower p50 latency than the baseline (tcp, "
                  "rr, 64 B; "))
      << only(report).sentence;
}

TEST(Findings, UnpairedRunsAreTimeConfounded) {
  Report report = two_transports(12, 0.62);
  report.plan_effective["order"] = "random";
  const Finding finding = only(report);
  EXPECT_TRUE(finding.sentence.starts_with("Observed, but time-confounded: udp has "))
      << finding.sentence;
  EXPECT_FALSE(has(finding, "block"));
}

}  // namespace
}  // namespace sockmark::report
