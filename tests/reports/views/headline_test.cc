#include "reports/views/headline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/printable.h"
#include "reports/compare/default_comparison.h"
#include "reports/model/summary.h"
#include "tests/reports/render/expect_text.h"
#include "tests/reports/render/hostile.h"
#include "tests/reports/sample_report.h"
#include "tests/reports/views/own_comparison.h"

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

// --- reports ------------------------------------------------------------------------------------

Report with_gate(Gate verdict) {
  Report report = with_own(own(1.2, 1.15, 1.25, Difference::slower));
  report.comparisons[0].gate = GateVerdict{.verdict = verdict};
  return report;
}

Report with_an_invalid_run() {
  Report report = two_transports(12, 0.62);
  report.cases[1].runs[3].valid = false;
  report.cases[1].runs[3].invalid_reasons = {"killed by signal 9"};
  return report;
}

Report without_valid_runs() {
  Report report = two_transports(2, 0.62);
  for (Case& one : report.cases) {
    for (auto& run : one.runs) {
      run.valid = false;
      run.invalid_reasons = {"generator_saturated"};
    }
  }
  return report;
}

Report with_half_of_the_runs() {
  Report report = two_transports(12, 0.62);
  for (std::size_t i = 0; i < 6; ++i) {
    report.cases[1].runs[i].valid = false;
    report.cases[1].runs[i].latency = Maybe<Latency>::none("run_failed");
    report.cases[1].runs[i].throughput = Maybe<Throughput>::none("run_failed");
    report.cases[1].runs[i].invalid_reasons = {"failed: connect"};
  }
  return report;
}

// Two differences of which `chance` may be chance.
Report with_two(std::size_t chance) {
  Report report = two_transports(12, 0.8);
  report.cases.push_back(scaled_case("unix-stream", drifting(12, 0.5)));
  report.comparisons = {own(0.8, 0.7, 0.9, Difference::faster),
                        own(0.8, 0.7, 0.9, Difference::faster)};
  report.comparisons[1].candidate = report.cases[2].id;
  for (std::size_t i = 0; i < chance; ++i) report.comparisons[1 - i].p_adjusted = 0.2;
  return report;
}

Report with_three() {
  Report report = two_transports(12, 0.8);
  report.cases.push_back(scaled_case("unix-stream", drifting(12, 0.5)));
  report.cases.push_back(scaled_case("unix-dgram", drifting(12, 1, 0.05)));
  return report;
}

Report one_case() {
  Report report = two_transports(3, 1);
  report.cases.pop_back();
  return report;
}

Report with_undefined_latency() {
  Report report = one_case();
  report.cases[0].runs.resize(1);
  report.cases[0].runs[0].latency->response_time->p50_ns = Maybe<std::int64_t>::none(kSamples);
  report.cases[0].runs[0].latency->one_way = Maybe<Distribution>::none("clock_not_shared");
  return report;
}

Report of_two_sizes() {
  Report report = two_transports(3, 2);
  report.cases[1].params.transport = "tcp";
  report.cases[1].params.size_bytes = 1024;
  report.cases[1].id = "tcp/rr/1024B/c1";
  return report;
}

Report searched(RateLimit limit) {
  Report report = sample_frame();
  report.searches = {sample_search()};
  report.searches[0].limit = limit;
  return report;
}

Report interrupted(Report report) {
  report.interrupted = true;
  return report;
}

// --- the words ----------------------------------------------------------------------------------

TEST(Headline, WordsAreInTheGoldenFile) {
  Report chance = with_own(own(0.9, 0.85, 0.99, Difference::faster));
  chance.comparisons[0].p_adjusted = 0.2;
  Report three_searches = searched(RateLimit::path);
  three_searches.searches.resize(3, three_searches.searches[0]);
  three_searches.searches[1].lower_bound_per_s = Maybe<double>::none("none");
  Report other_latency = two_transports(12, 1);
  other_latency.cases[0] = scaled_case("tcp", drifting(12, 0.62));
  Report other_machine = two_transports(12, 1);
  other_machine.environment.hard["cpu_model"] = "\"Another CPU\"";
  Report other_cases = two_transports(12, 1);
  for (Case& one : other_cases.cases) one.id += "x";
  const std::pair<const char*, Sentences> samples[] = {
      {"one difference", headline_of(two_transports(12, 0.62))},
      {"no difference", headline_of(two_transports(12, 1))},
      {"may be chance", headline_of(chance)},
      {"too few runs", headline_of(two_transports(3, 0.62))},
      {"three comparisons", headline_of(with_three())},
      {"one of two may be chance", headline_of(with_two(1))},
      {"both may be chance", headline_of(with_two(2))},
      {"gate failed", headline_of(with_gate(Gate::fail))},
      {"gate inconclusive", headline_of(with_gate(Gate::inconclusive))},
      {"gate passed", headline_of(with_gate(Gate::pass))},
      {"invalid run", headline_of(with_an_invalid_run())},
      {"too many invalid runs", headline_of(with_half_of_the_runs())},
      {"no valid run", headline_of(without_valid_runs())},
      {"nothing measured", headline_of(Report{})},
      {"interrupted", headline_of(interrupted(one_case()))},
      {"interrupted at once", headline_of(interrupted(Report{}))},
      {"one case", headline_of(one_case())},
      {"undefined latency", headline_of(with_undefined_latency())},
      {"two sizes", headline_of(of_two_sizes())},
      {"search", headline_of(searched(RateLimit::path))},
      {"search limited by the generator", headline_of(searched(RateLimit::generator))},
      {"three searches", headline_of(three_searches)},
      {"two reports", headline_of(two_transports(12, 1), other_latency)},
      {"two machines", headline_of(two_transports(12, 1), other_machine)},
      {"no case in common", headline_of(two_transports(12, 1), other_cases)}};
  std::string text;
  for (const auto& [name, sentences] : samples) {
    text += fmt::format("{}\n", name);
    for (const std::string& sentence : sentences) text += fmt::format("  {}\n", sentence);
  }
  expect_golden("headline.txt", text);
}

// --- which sentences ----------------------------------------------------------------------------

TEST(Headline, TheStrongestOfManyDifferencesAndTheirNumber) {
  const Sentences sentences = headline_of(with_three());
  ASSERT_EQ(sentences.size(), 2U);
  EXPECT_TRUE(sentences[0].starts_with("unix-stream has 50.0 %")) << sentences[0];
  EXPECT_TRUE(sentences[1].starts_with("2 of 3 ")) << sentences[1];
}

TEST(Headline, WithoutASignificantDifferenceHasTheFigures) {
  const Sentences sentences = headline_of(two_transports(3, 0.62));
  ASSERT_EQ(sentences.size(), 2U);
  EXPECT_TRUE(contains(sentences, "12.5 ms (udp) to 20.4 ms (tcp)")) << sentences[1];
}

TEST(Headline, SaysWhyADifferenceIsNotSignificant) {
  Report chance = with_own(own(0.9, 0.85, 0.99, Difference::faster));
  chance.comparisons[0].p_adjusted = 0.2;
  for (const auto& [report, words] :
       {std::pair{chance,
                  "; 16 runs each; significant only before adjusting for multiple comparisons)"},
        std::pair{two_transports(3, 0.62), "; 3 runs each; too few for an interval)"},
        std::pair{two_transports(12, 1), "; 12 runs each; smallest detectable change "}})
    EXPECT_TRUE(headline_of(report).front().find(words) != std::string::npos) << words;
}

TEST(Headline, WhatIsWrongComesFirst) {
  const Sentences sentences = headline_of(with_an_invalid_run());
  ASSERT_EQ(sentences.size(), 2U);
  EXPECT_TRUE(sentences[0].starts_with("1 of 24 runs")) << sentences[0];
  EXPECT_TRUE(sentences[1].starts_with("udp has 38.0 %")) << sentences[1];
}

TEST(Headline, AFailedGateComesFirst) {
  EXPECT_TRUE(
      headline_of(with_gate(Gate::fail)).front().starts_with("1 of 1 gate failed: p50 of "));
}

TEST(Headline, OfTooManyInvalidRunsHasNoDifference) {
  EXPECT_FALSE(contains(headline_of(with_half_of_the_runs()), "udp has"));
  EXPECT_EQ(headline_of(without_valid_runs()).size(), 1U);
}

TEST(Headline, GoodputAndLatencyAreNotOneRange) {
  Report report;
  report.cases = {scaled_case("tcp", {1.0}), scaled_case("tcp", {1.0})};
  report.cases[0].params.workload = report.cases[1].params.workload = "stream";
  report.cases[1].params.rate_per_s = Maybe<double>::none("saturating");
  report.cases[1].id = "tcp/stream/64B/c1";
  EXPECT_FALSE(contains(headline_of(report), " to "));
}

TEST(Headline, OfAnyReportIsPrintableAndShort) {
  const Report hostile = hostile_report();
  for (const Sentences& sentences :
       {headline_of(hostile), headline_of(hostile, hostile), headline_of(full_report()),
        headline_of(failed_report()), headline_of(sample_frame()), headline_of(of_two_sizes())}) {
    EXPECT_GE(sentences.size(), 1U);
    EXPECT_LE(sentences.size(), 3U);
    for (const std::string& sentence : sentences) {
      EXPECT_EQ(sentence, printable(sentence));
      EXPECT_LE(columns_of(sentence), 500U);
    }
  }
}

TEST(Headline, TheFigureOfAStreamIsThatOfItsDirection) {
  Report report = sample_frame();
  report.cases = {sample_case("tcp", "stream", 64, 100'000, 1000)};
  Case& both = report.cases[0];
  both.params.direction = "both";
  for (report::Run& run : both.runs) {
    run.reverse = reverse_of(run);
    run.reverse->latency.response_time->p50_ns = 7'000'000;
  }
  summarise(report);
  EXPECT_TRUE(contains(headline_of(report), "from 100 µs (tcp, forward) to 7.00 ms (tcp, reverse)"))
      << fmt::format("{}", fmt::join(headline_of(report), " "));
}

}  // namespace
}  // namespace sockmark::report
