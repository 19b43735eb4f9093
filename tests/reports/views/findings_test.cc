#include "reports/views/findings.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "reports/compare/default_comparison.h"
#include "tests/reports/compare/compare_reports.h"
#include "tests/reports/views/own_comparison.h"

namespace sockmark::report {
namespace {

// The one finding of a report, with the comparison that it refers to.
struct Found {
  explicit Found(const Report& report) : comparison(default_comparison(report)) {
    const auto findings = comparison ? findings_of(report, *comparison) : std::vector<Finding>{};
    EXPECT_EQ(findings.size(), 1U);
    if (!findings.empty()) finding = findings.front();
  }
  [[nodiscard]] bool significant() const { return finding.strength > 0; }
  [[nodiscard]] std::string sentence() const { return significant() ? sentence_of(finding) : ""; }

  Maybe<CompareOutcome> comparison;
  Finding finding;
};

bool has(std::string_view sentence, std::string_view part) {
  return sentence.find(part) != sentence.npos;
}

std::string sentence_in(const Report& report) { return Found(report).sentence(); }

TEST(Findings, ADifferenceHasItsMetricSizeAndInterval) {
  EXPECT_EQ(sentence_in(with_own(own(0.62, 0.59, 0.65, Difference::faster))),
            "udp has 38.0 % lower p50 latency than tcp (rr, 64 B; 95 % interval 35.0 to 41.0 %, "
            "16 blocks).");
  EXPECT_EQ(sentence_in(with_own(own(1.05, 1.012, 1.09, Difference::slower))),
            "udp has 5.0 % higher p50 latency than tcp (rr, 64 B; 95 % interval 1.2 to 9.0 %, "
            "16 blocks).");
  EXPECT_EQ(sentence_in(with_own(own(2.4, 2.1, 2.75, Difference::slower))),
            "udp has 2.4 times the p50 latency of tcp (rr, 64 B; 95 % interval 2.1 to 2.8, "
            "16 blocks).");
}

TEST(Findings, AnEndOfAnIntervalIsNotRoundedToZero) {
  EXPECT_TRUE(
      has(sentence_in(with_own(own(0.9, 0.8, 0.9996, Difference::faster))),
          " 10.000 % lower p50 latency than tcp (rr, 64 B; 95 % interval 0.040 to 20.000 %"));
}

TEST(Findings, TheEndsOfANarrowIntervalDiffer) {
  EXPECT_TRUE(has(sentence_in(with_own(own(0.6201, 0.6187, 0.6212, Difference::faster))),
                  "interval 37.9 to 38.1 %"));
}

TEST(Findings, AnIntervalWithNoChangeInItIsNotSignificant) {
  for (const auto difference : {Difference::faster, Difference::slower, Difference::none_shown}) {
    const Found found(with_own(own(0.98, 0.9, 1.1, difference)));
    EXPECT_FALSE(found.significant());
    EXPECT_EQ(found.finding.baseline, "tcp");
    EXPECT_EQ(found.finding.candidate, "udp");
    EXPECT_EQ(found.finding.condition, "rr, 64 B");
  }
}

TEST(Findings, NumbersThatContradictEachOtherAreNotSignificant) {
  for (const Comparison& one :
       {own(0.5, 0.8, 0.9, Difference::faster), own(-1, -2, -0.5, Difference::faster),
        own(0.8, 0.9, 0.7, Difference::faster)})
    EXPECT_FALSE(Found(with_own(one)).significant());
}

TEST(Findings, WhatMayBeChanceOrHasTooFewRunsIsNotSignificant) {
  Comparison one = own(0.9, 0.85, 0.99, Difference::faster);
  EXPECT_TRUE(Found(with_own(one)).significant());
  one.p_adjusted = 0.2;
  EXPECT_FALSE(Found(with_own(one)).significant());
  EXPECT_FALSE(Found(two_transports(3, 0.62)).significant());
}

TEST(Findings, AStreamWithoutARateIsComparedByGoodput) {
  Report report = two_transports(12, 0.62);
  for (Case& one : report.cases) {
    one.params.workload = "stream";
    one.params.rate_per_s = Maybe<double>::none("saturating");
  }
  EXPECT_TRUE(has(sentence_in(report), " % higher goodput than tcp (stream, 64 B; "))
      << sentence_in(report);
}

TEST(Findings, CasesOfTwoSizesHaveTheirIds) {
  Report report = two_transports(12, 0.62);
  report.cases[1].params.transport = "tcp";
  report.cases[1].params.size_bytes = 1024;
  report.cases[1].id = "tcp/rr/1024B/c1";
  report.comparisons = {own(0.62, 0.59, 0.65, Difference::faster)};
  report.comparisons[0].candidate = report.cases[1].id;
  EXPECT_EQ(sentence_in(report),
            "tcp/rr/1024B/c1 has 38.0 % lower p50 latency than tcp/rr/64B/c1 (95 % interval 35.0 "
            "to 41.0 %, 16 blocks).");
}

TEST(Findings, TwoProgramsAreTheCandidateAndTheBaseline) {
  Report report = two_transports(12, 0.62);
  report.cases[1].params.transport = "tcp";
  report.cases[0].params.arm = Arm::baseline;
  report.cases[1].params.arm = Arm::candidate;
  report.cases[1].id = "tcp@candidate";
  EXPECT_TRUE(has(sentence_in(report),
                  "The candidate has 38.0 % lower p50 latency than the baseline (tcp, "
                  "rr, 64 B; "))
      << sentence_in(report);
}

TEST(Findings, UnpairedRunsAreTimeConfounded) {
  Report report = two_transports(12, 0.62);
  report.plan_effective["order"] = "random";
  const std::string sentence = sentence_in(report);
  EXPECT_TRUE(sentence.starts_with("Observed, but time-confounded: udp has ")) << sentence;
  EXPECT_FALSE(has(sentence, "block"));
}

}  // namespace
}  // namespace sockmark::report
