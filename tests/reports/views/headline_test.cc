#include "reports/views/headline.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/printable.h"
#include "reports/compare/default_comparison.h"
#include "reports/model/report_json.h"
#include "tests/reports/compare/compare_reports.h"
#include "tests/reports/render/hostile.h"

namespace sockmark::report {
namespace {

using Sentences = std::vector<std::string>;

Sentences headline_of(const Report& report) { return headline(report, default_comparison(report)); }

Sentences headline_of(const Report& baseline, const Report& candidate) {
  return headline(baseline, candidate, default_comparison(baseline, candidate));
}

bool contains(const Sentences& sentences, std::string_view words) {
  for (const std::string& sentence : sentences) {
    if (sentence.find(words) != sentence.npos) return true;
  }
  return false;
}

// A comparison of the report's own, of which everything but the effect is beside the point.
Comparison own(double estimate, double low, double high, Difference difference) {
  Comparison one = sample_comparison();
  one.estimate = estimate;
  one.interval = std::array{low, high};
  one.difference = difference;
  one.confidence = 0.95;
  one.gate = Maybe<GateVerdict>::none("none");
  one.p_adjusted = 0.001;
  return one;
}

Report with_own(Comparison one) {
  Report report = two_transports(12, 1);
  report.comparisons = {std::move(one)};
  return report;
}

// --- differences --------------------------------------------------------------------------------

TEST(Headline, ADifferenceIsToldWithItsMetricSizeAndInterval) {
  EXPECT_EQ(headline_of(with_own(own(0.62, 0.59, 0.65, Difference::faster))),
            Sentences{"udp answers in 38 % less time than tcp at 64 B (p50 over 16 blocks; 95 % "
                      "interval 35 to 41 %)."});
  EXPECT_EQ(headline_of(with_own(own(1.05, 1.012, 1.09, Difference::slower))),
            Sentences{"udp answers in 5.0 % more time than tcp at 64 B (p50 over 16 blocks; 95 % "
                      "interval 1.2 to 9.0 %)."});
  EXPECT_EQ(headline_of(with_own(own(2.4, 2.1, 2.75, Difference::slower))),
            Sentences{"udp takes 2.4 times as long as tcp at 64 B (p50 over 16 blocks; 95 % "
                      "interval 2.1 to 2.8)."});
}

TEST(Headline, NoEndOfAnIntervalIsRoundedToNothing) {
  EXPECT_EQ(headline_of(with_own(own(0.9, 0.8, 0.9996, Difference::faster))).front(),
            "udp answers in 10.000 % less time than tcp at 64 B (p50 over 16 blocks; 95 % interval "
            "0.040 to 20.000 %).");
}

TEST(Headline, TheEndsOfANarrowIntervalAreToldApart) {
  EXPECT_EQ(headline_of(with_own(own(0.6201, 0.6187, 0.6212, Difference::faster))).front(),
            "udp answers in 38.0 % less time than tcp at 64 B (p50 over 16 blocks; 95 % interval "
            "37.9 to 38.1 %).");
}

TEST(Headline, WhatIsComparedHereIsComparedByTransport) {
  const Sentences sentences = headline_of(two_transports(12, 0.62));
  ASSERT_EQ(sentences.size(), 1U);
  EXPECT_TRUE(
      sentences[0].starts_with("udp answers in 38.0 % less time than tcp at 64 B (p50 over 12 "
                               "blocks; 95 % interval 37.7 to "))
      << sentences[0];
}

TEST(Headline, AnIntervalThatContainsOneClaimsNothing) {
  for (const Difference word : {Difference::faster, Difference::slower, Difference::none_shown}) {
    const Sentences sentences = headline_of(with_own(own(0.98, 0.9, 1.1, word)));
    EXPECT_TRUE(sentences.front().starts_with(
        "No difference in p50 between tcp and udp at 64 B could be shown"))
        << sentences.front();
    EXPECT_FALSE(contains(sentences, "%  less")) << sentences.front();
  }
}

TEST(Headline, AnEstimateOutsideItsIntervalOrARatioBelowZeroClaimsNothing) {
  EXPECT_FALSE(
      contains(headline_of(with_own(own(0.5, 0.8, 0.9, Difference::faster))), "less time"));
  EXPECT_FALSE(contains(headline_of(with_own(own(-1, -2, -0.5, Difference::faster))), "time than"));
  EXPECT_FALSE(
      contains(headline_of(with_own(own(0.8, 0.9, 0.7, Difference::faster))), "less time"));
}

TEST(Headline, WhatOnlyOneLineOfManyShowsMayBeChance) {
  Comparison one = own(0.9, 0.85, 0.99, Difference::faster);
  one.p_adjusted = 0.2;
  const Sentences sentences = headline_of(with_own(one));
  EXPECT_TRUE(sentences.front().starts_with("No difference in p50")) << sentences.front();
  EXPECT_TRUE(
      contains(sentences, "; its interval shows one, which among so many lines may be chance"));
}

TEST(Headline, OfManyComparisonsThoseThatMayBeChanceAreCountedApart) {
  Report report = two_transports(12, 0.8);
  report.cases.push_back(scaled_case("unix-stream", swaying(12, 0.5)));
  report.comparisons = {own(0.8, 0.7, 0.9, Difference::faster),
                        own(0.8, 0.7, 0.9, Difference::faster)};
  report.comparisons[1].candidate = report.cases[2].id;
  report.comparisons[1].p_adjusted = 0.2;
  EXPECT_TRUE(contains(headline_of(report),
                       "in 1 of 2 comparisons from 16 runs each; in 1 other by the interval alone, "
                       "which among so many lines may be chance"));
  report.comparisons[0].p_adjusted = 0.2;
  EXPECT_TRUE(contains(headline_of(report), "; by the interval alone in 2, which among so many"));
}

TEST(Headline, TooFewRunsShowNothingAndTheFiguresAreObserved) {
  const Sentences sentences = headline_of(two_transports(3, 0.62));
  ASSERT_EQ(sentences.size(), 2U);
  EXPECT_EQ(sentences[0],
            "No difference in p50 between tcp and udp at 64 B could be shown from 3 runs each, too "
            "few for an interval.");
  EXPECT_EQ(sentences[1],
            "Observed: p50 at 64 B from 12.5 ms (udp) to 20.4 ms (tcp), medians of 3 runs.");
}

TEST(Headline, WhereNoneIsShownItIsSaidWhatWouldHaveBeenFound) {
  const Sentences sentences = headline_of(two_transports(12, 1));
  EXPECT_TRUE(contains(sentences, " would have been found nine times in ten."))
      << sentences.front();
}

TEST(Headline, OfManyComparisonsTheStrongestIsToldAndHowManyShowAny) {
  Report report = two_transports(12, 0.8);
  report.cases.push_back(scaled_case("unix-stream", swaying(12, 0.5)));
  report.cases.push_back(scaled_case("unix-dgram", swaying(12, 1, 0.05)));
  const Sentences sentences = headline_of(report);
  ASSERT_EQ(sentences.size(), 2U);
  EXPECT_TRUE(sentences[0].starts_with("unix-stream answers in 50.0 % less time than tcp"))
      << sentences[0];
  EXPECT_TRUE(sentences[1].starts_with(
      "A difference in p50 was shown in 2 of 3 comparisons from 12 runs each"))
      << sentences[1];
}

TEST(Headline, AStreamThatIsAsFastAsItCanBeIsToldByItsGoodput) {
  Report report = two_transports(12, 0.62);
  for (Case& one : report.cases) {
    one.params.workload = "stream";
    one.params.rate_per_s = Maybe<double>::none("saturating");
  }
  EXPECT_TRUE(headline_of(report).front().starts_with(
      "udp delivers 61 % more messages/s than tcp at 64 B (goodput over 12 blocks; 95 % "))
      << headline_of(report).front();
}

TEST(Headline, TwoProgramsAreTheCandidateAndTheBaseline) {
  Report report = two_transports(12, 0.62);
  report.cases[1].params.transport = "tcp";
  report.cases[0].params.arm = Arm::baseline;
  report.cases[1].params.arm = Arm::candidate;
  report.cases[1].id = "tcp@candidate";
  EXPECT_TRUE(headline_of(report).front().starts_with(
      "The candidate answers in 38.0 % less time than the baseline over tcp at 64 B"))
      << headline_of(report).front();
}

TEST(Headline, RunsThatNothingPairsAreTimeConfounded) {
  Report report = two_transports(12, 0.62);
  report.plan_effective["order"] = "random";
  EXPECT_TRUE(headline_of(report).front().starts_with(
      "Observed, but time-confounded (nothing pairs the runs): udp answers in"))
      << headline_of(report).front();
}

// --- what is wrong ------------------------------------------------------------------------------

TEST(Headline, GatesComeFirst) {
  Report report = with_own(own(1.2, 1.15, 1.25, Difference::slower));
  report.comparisons[0].gate = GateVerdict{.verdict = Gate::fail};
  EXPECT_EQ(headline_of(report).front(), "1 of 1 gate failed: p50 of udp/rr/64B/c1.");
  report.comparisons[0].gate->verdict = Gate::inconclusive;
  EXPECT_TRUE(
      headline_of(report).front().starts_with("Inconclusive: of 1 gate 0 passed, none failed"));
  report.comparisons[0].gate->verdict = Gate::pass;
  EXPECT_EQ(headline_of(report).front(), "The gate passed.");
}

TEST(Headline, InvalidRunsComeFirst) {
  Report report = two_transports(12, 0.62);
  report.cases[1].runs[3].valid = false;
  report.cases[1].runs[3].invalid_reasons = {"killed by signal 9"};
  const Sentences sentences = headline_of(report);
  EXPECT_EQ(sentences.front(), "1 of 24 runs is invalid: killed by signal 9.");
  EXPECT_TRUE(contains(sentences, "udp answers in 38.0 % less time"));
}

TEST(Headline, AComparisonOfTooManyInvalidRunsHasNoVerdict) {
  Report report = two_transports(12, 0.62);
  for (std::size_t i = 0; i < 6; ++i) {
    report.cases[1].runs[i].valid = false;
    report.cases[1].runs[i].latency = Maybe<Latency>::none("run_failed");
    report.cases[1].runs[i].throughput = Maybe<Throughput>::none("run_failed");
    report.cases[1].runs[i].invalid_reasons = {"failed: connect"};
  }
  const Sentences sentences = headline_of(report);
  EXPECT_TRUE(contains(sentences, "No verdict from these runs: ")) << sentences[1];
  EXPECT_FALSE(contains(sentences, "less time"));
}

TEST(Headline, NothingValidIsSaidAndNoFigureIsTold) {
  Report report = two_transports(2, 0.62);
  for (Case& one : report.cases) {
    for (auto& run : one.runs) {
      run.valid = false;
      run.invalid_reasons = {"generator_saturated"};
    }
  }
  EXPECT_EQ(
      headline_of(report),
      Sentences{"Nothing valid was measured: each of 4 runs is invalid: generator_saturated."});
}

TEST(Headline, AReportWithoutCasesSaysSo) {
  EXPECT_EQ(headline_of(Report{}), Sentences{"Nothing was measured."});
  Report report;
  report.interrupted = true;
  EXPECT_EQ(headline_of(report), Sentences{"Interrupted. Nothing was measured."});
}

// --- figures ------------------------------------------------------------------------------------

TEST(Headline, OneCaseIsToldByItsFigures) {
  Report report = two_transports(3, 1);
  report.cases.pop_back();
  EXPECT_EQ(
      headline_of(report),
      Sentences{
          "tcp at 64 B: p50 20.4 ms, p99 61.2 ms, goodput 49.0 k messages/s (medians of 3 runs)."});
}

TEST(Headline, AFigureThatIsUndefinedSaysWhy) {
  Report report = two_transports(1, 1);
  report.cases.pop_back();
  report.cases[0].runs[0].latency->response_time->p50_ns = Maybe<std::int64_t>::none(kSamples);
  report.cases[0].runs[0].latency->one_way = Maybe<Distribution>::none("clock_not_shared");
  EXPECT_EQ(headline_of(report),
            Sentences{"tcp at 64 B: p50 is undefined: too few samples for this percentile."});
}

TEST(Headline, CasesThatDifferInSomethingElseAreARange) {
  Report report = two_transports(3, 2);
  report.cases[1].params.transport = "tcp";
  report.cases[1].params.size_bytes = 1024;
  report.cases[1].id = "tcp/rr/1024B/c1";
  EXPECT_EQ(headline_of(report),
            Sentences{"Observed: p50 from 20.4 ms (tcp/rr/64B/c1) to 40.4 ms (tcp/rr/1024B/c1), "
                      "medians of 3 runs."});
}

TEST(Headline, ARangeIsOfOneKindOfFigure) {
  Report report;
  report.cases = {scaled_case("tcp", {1.0}), scaled_case("tcp", {1.0})};
  report.cases[0].params.workload = report.cases[1].params.workload = "stream";
  report.cases[1].params.rate_per_s = Maybe<double>::none("saturating");
  report.cases[1].id = "tcp/stream/64B/c1";
  const Sentences sentences = headline_of(report);
  EXPECT_FALSE(contains(sentences, " to ")) << sentences.front();
}

TEST(Headline, ASearchIsToldByItsRate) {
  Report report = sample_frame();
  report.searches = {sample_search()};
  EXPECT_EQ(headline_of(report),
            Sentences{"udp/rr/64B/c1, loss<=0.5%: holds up to 99.0 k messages/s."});
  report.searches[0].limit = RateLimit::generator;
  EXPECT_TRUE(contains(headline_of(report), "holds up to at least 99.0 k messages/s"));
  report.searches[0].lower_bound_per_s = Maybe<double>::none("none");
  EXPECT_TRUE(contains(headline_of(report), "no rate that was searched reaches the goal"));
}

// --- two reports --------------------------------------------------------------------------------

TEST(HeadlineOfTwoReports, ADifferenceIsObservedButTimeConfounded) {
  Report baseline = two_transports(12, 1), candidate = two_transports(12, 1);
  candidate.cases[0] = scaled_case("tcp", swaying(12, 0.62));
  const Sentences sentences = headline_of(baseline, candidate);
  EXPECT_TRUE(sentences.front().starts_with(
      "Observed, but time-confounded (nothing pairs the runs): the candidate answers in "))
      << sentences.front();
  EXPECT_TRUE(contains(sentences, "than the baseline over tcp at 64 B (p50; 95 % interval"));
  EXPECT_TRUE(contains(sentences, "A difference in p50 was shown in 1 of 2 comparisons"));
}

TEST(HeadlineOfTwoReports, WhatIsNotComparableIsNotCompared) {
  const Report baseline = two_transports(12, 1);
  Report candidate = baseline;
  candidate.environment.hard["cpu_model"] = "\"Another CPU\"";
  EXPECT_EQ(headline_of(baseline, candidate),
            Sentences{"Not compared: the two reports differ in cpu_model, which must be equal."});
}

TEST(HeadlineOfTwoReports, NothingInCommonHasNoVerdict) {
  Report candidate = two_transports(12, 1);
  for (Case& one : candidate.cases) one.id += "x";
  EXPECT_EQ(headline_of(two_transports(12, 1), candidate).front(),
            "No verdict from these runs: the two reports have no case in common.");
}

// --- whatever it holds --------------------------------------------------------------------------

TEST(Headline, OfHostileNamesIsPrintableAndShort) {
  for (const Sentences& sentences :
       {headline_of(hostile_report()), headline_of(hostile_report(), hostile_report())}) {
    ASSERT_FALSE(sentences.empty());
    EXPECT_LE(sentences.size(), 3U);
    for (const std::string& sentence : sentences) {
      EXPECT_EQ(sentence, printable(sentence));
      EXPECT_LE(columns_of(sentence), 500U);
    }
  }
}

TEST(Headline, IsAtMostThreeSentencesOfAnyReport) {
  for (const Report& report :
       {full_report(), failed_report(), sample_frame(), two_transports(2, 3)}) {
    const Sentences sentences = headline_of(report);
    EXPECT_GE(sentences.size(), 1U);
    EXPECT_LE(sentences.size(), 3U);
  }
}

}  // namespace
}  // namespace sockmark::report
