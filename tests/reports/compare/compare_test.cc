#include "reports/compare/compare.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "reports/compare/compare_params.h"
#include "tests/reports/compare/compare_reports.h"

namespace sockmark::report {
namespace {

GateSpec gate(const char* text) {
  auto parsed = parse_gate(text);
  EXPECT_TRUE(parsed) << text;
  return *parsed;
}

CompareOptions gated(std::vector<GateSpec> gates) { return {.gates = std::move(gates)}; }

CompareOutcome by_transport(const Report& report, const CompareOptions& options = {}) {
  auto outcome = compare_by(report, "transport", {}, options);
  EXPECT_TRUE(outcome) << outcome.error().message;
  return *std::move(outcome);
}

const Comparison& find(const CompareOutcome& outcome, std::string_view metric) {
  for (const Comparison& one : outcome.comparisons) {
    if (one.metric == metric) return one;
  }
  ADD_FAILURE() << "no comparison of " << metric;
  return outcome.comparisons.front();
}

std::string all_reasons(const GateVerdict& verdict) {
  std::string all;
  for (const std::string& reason : verdict.reasons) all += reason + "\n";
  return all;
}

// --- blocks -------------------------------------------------------------------------------------

TEST(CompareBy, PairsRunsOfEqualIndex) {
  Report report = two_transports(8, 1.1, 0);
  // The order in which a report lists runs is of no importance: their index is.
  std::swap(report.cases[1].runs[0], report.cases[1].runs[5]);
  const CompareOutcome outcome = by_transport(report);
  EXPECT_EQ(outcome.design, Design::paired);
  const Comparison& p50 = find(outcome, "p50_ns");
  EXPECT_EQ(p50.blocks, 8U);
  ASSERT_EQ(p50.block_effects.size(), 8U);
  for (const double ratio : p50.block_effects) EXPECT_NEAR(ratio, 1.1, 1e-6);
  ASSERT_TRUE(p50.interval);
  EXPECT_NEAR((*p50.interval)[0], 1.1, 1e-6);
  EXPECT_NEAR((*p50.interval)[1], 1.1, 1e-6);
  EXPECT_EQ(p50.difference, Difference::slower);
}

TEST(CompareBy, DriftCommonToBothSidesHidesNothing) {
  const CompareOutcome outcome = by_transport(two_transports(12, 1.03));
  const Comparison& p50 = find(outcome, "p50_ns");
  EXPECT_NEAR(*p50.estimate, 1.03, 0.01);
  EXPECT_EQ(p50.difference, Difference::slower);
  EXPECT_LT(*p50.mde90, 0.02);
  EXPECT_DOUBLE_EQ(p50.confidence, 0.95);
}

// As between two clocks: nobody knows the order of two delays that differ by less.
TEST(CompareBy, OneWayDelaysWithinTheBoundsOfTheirClocksAreUndecided) {
  Report report = two_transports(12, 1.5);
  const auto bounded = [&](double share) {
    const CompareOutcome plain = by_transport(report);
    const Comparison& p50 = find(plain, "p50_ns");
    const double each = share * (*p50.candidate_median - *p50.baseline_median) / 2;
    Report copy = report;
    for (Case& one : copy.cases) {
      for (report::Run& run : one.runs) {
        run.latency->delay_kind = DelayKind::one_way;
        run.latency->bound_ns = static_cast<std::int64_t>(each);
      }
    }
    return by_transport(copy, gated({gate("p50:1.05")}));
  };
  const CompareOutcome known = bounded(0.5), unknown = bounded(1.5);
  EXPECT_EQ(find(known, "p50_ns").difference, Difference::slower);
  EXPECT_EQ(find(known, "p50_ns").gate->verdict, Gate::fail);
  EXPECT_EQ(find(unknown, "p50_ns").difference, Difference::none_shown);
  EXPECT_EQ(find(unknown, "p50_ns").gate->verdict, Gate::inconclusive);
  EXPECT_NE(all_reasons(*find(unknown, "p50_ns").gate).find("clocks"), std::string::npos);
}

TEST(CompareBy, ASequentialOrderPairsNothing) {
  Report report = two_transports(12, 1.5);
  report.plan_effective["order"] = "sequential";
  const CompareOutcome outcome = by_transport(report);
  EXPECT_EQ(outcome.design, Design::unpaired);
  const Comparison& p50 = find(outcome, "p50_ns");
  EXPECT_EQ(p50.difference, Difference::observed);
  EXPECT_TRUE(p50.block_effects.empty());
  EXPECT_EQ(p50.wilcoxon_p.reason(), "unpaired");
}

TEST(CompareBy, MoreOfAThroughputIsFaster) {
  const CompareOutcome outcome = by_transport(two_transports(12, 0.5));
  const Comparison& goodput = find(outcome, "goodput_messages_per_s");
  EXPECT_NEAR(*goodput.estimate, 2, 0.05);
  EXPECT_EQ(goodput.difference, Difference::faster);
  EXPECT_EQ(goodput.orientation, Orientation::more_is_better);
  EXPECT_GT((*goodput.interval)[0], 1);
  EXPECT_EQ(find(outcome, "p50_ns").difference, Difference::faster);
}

TEST(CompareBy, OneRunHasAnEstimateAndNoInterval) {
  const Comparison p50 = find(by_transport(two_transports(1, 1.2)), "p50_ns");
  EXPECT_NEAR(*p50.estimate, 1.2, 0.01);
  EXPECT_EQ(p50.interval.reason(), "too_few_blocks");
  EXPECT_EQ(p50.mde90.reason(), "too_few_blocks");
  EXPECT_EQ(p50.difference, Maybe<Difference>::none("too_few_blocks"));
}

TEST(CompareBy, NoLossAnywhereIsNoDifferenceAndPasses) {
  const CompareOutcome outcome = by_transport(two_transports(8, 1), gated({gate("loss:0.001")}));
  const Comparison& loss = find(outcome, "loss_ratio");
  EXPECT_EQ(loss.effect, EffectKind::difference);
  EXPECT_EQ(*loss.estimate, 0);
  EXPECT_EQ(loss.difference, Difference::none_shown);
  EXPECT_EQ(loss.mde90.reason(), "no_spread");
  EXPECT_EQ(loss.gate->verdict, Gate::pass);
  EXPECT_EQ(outcome.exit_status, 0);
}

TEST(CompareBy, ALossThatIsAddedFails) {
  Report report = two_transports(8, 1);
  for (auto& run : report.cases[1].runs) run.loss->loss_ratio = 0.005;
  const CompareOutcome outcome = by_transport(report, gated({gate("loss:0.001")}));
  EXPECT_NEAR(*find(outcome, "loss_ratio").estimate, 0.005, 1e-12);
  EXPECT_EQ(find(outcome, "loss_ratio").gate->verdict, Gate::fail);
  EXPECT_EQ(outcome.exit_status, 1);
}

// A lost message is infinitely late, so that who loses the slow ones does not win.
TEST(CompareBy, ComparesPercentilesOfWhatWasSent) {
  Report report = two_transports(8, 0.5);
  for (auto& run : report.cases[1].runs)
    run.latency->response_time_loss_as_infinite->p99_ns = Maybe<std::int64_t>::none(kLoss);
  const CompareOutcome outcome = by_transport(report, gated({gate("p99")}));
  EXPECT_EQ(find(outcome, "p99_ns").estimate.reason(), kLoss);
  EXPECT_EQ(find(outcome, "p99_ns").gate->verdict, Gate::inconclusive);
  EXPECT_EQ(find(outcome, "p50_ns").difference, Difference::faster);
}

TEST(CompareBy, ARunWithoutTheMetricIsNotLeftOut) {
  Report report = two_transports(12, 1.1);
  report.cases[1].runs[3].latency->response_time_loss_as_infinite->p50_ns =
      Maybe<std::int64_t>::none(kSamples);
  const CompareOutcome outcome = by_transport(report, gated({gate("p50")}));
  const Comparison& p50 = find(outcome, "p50_ns");
  EXPECT_EQ(p50.estimate.reason(), kSamples);
  EXPECT_TRUE(p50.baseline_median);
  EXPECT_FALSE(p50.candidate_median);
  EXPECT_EQ(p50.difference, Maybe<Difference>::none("samples"));
  EXPECT_EQ(p50.gate->verdict, Gate::inconclusive);
  EXPECT_EQ(outcome.exit_status, 3);
}

TEST(CompareBy, PlannedLooksTakeALittleOfTheLevel) {
  Report report = two_transports(10, 1.1);
  report.stopping = Stopping{.stopped_by = StoppedBy::precision, .planned_looks = {10, 16}};
  EXPECT_DOUBLE_EQ(find(by_transport(report), "p50_ns").confidence, 0.96);
  report.stopping = Stopping{.stopped_by = StoppedBy::fixed, .planned_looks = {10}};
  EXPECT_DOUBLE_EQ(find(by_transport(report), "p50_ns").confidence, 0.95);
}

TEST(CompareBy, WithoutGatesADifferenceIsAnAnswerWithAdjustedPValues) {
  const CompareOutcome outcome = by_transport(two_transports(12, 3));
  EXPECT_EQ(outcome.verdict, ComparisonVerdict::no_gate);
  EXPECT_EQ(outcome.exit_status, 0);
  const Comparison& p50 = find(outcome, "p50_ns");
  ASSERT_TRUE(p50.p_adjusted);
  EXPECT_GE(*p50.p_adjusted, *p50.p_value);
  EXPECT_EQ(
      find(by_transport(two_transports(12, 3), gated({gate("p50")})), "p50_ns").p_adjusted.reason(),
      "gates");
}

// --- gates --------------------------------------------------------------------------------------

TEST(Gates, ThresholdsAreStrict) {
  // Without jitter both ends of the interval are the ratio itself.
  const auto verdict = [](double factor, const char* text) {
    return find(by_transport(two_transports(8, factor, 0), gated({gate(text)})), "p50_ns")
        .gate->verdict;
  };
  EXPECT_EQ(verdict(1.04, "p50:1.05"), Gate::pass);
  EXPECT_EQ(verdict(1.06, "p50:1.05"), Gate::fail);
  EXPECT_EQ(verdict(0.5, "p50:1.05"), Gate::pass);
  Report equal = two_transports(8, 1, 0);
  for (std::size_t i = 0; i < 8; ++i) {
    equal.cases[0].runs[i] = scaled_run(i, 1);
    equal.cases[1].runs[i] = scaled_run(i, 2);
  }
  EXPECT_EQ(find(by_transport(equal, gated({gate("p50:2")})), "p50_ns").gate->verdict,
            Gate::inconclusive);
}

TEST(Gates, WorseIsLessOfAThroughput) {
  const auto verdict = [](double factor) {
    const auto outcome = by_transport(two_transports(8, factor, 0), gated({gate("goodput:1.05")}));
    return find(outcome, "goodput_messages_per_s").gate->verdict;
  };
  EXPECT_EQ(verdict(1.1), Gate::fail);
  EXPECT_EQ(verdict(0.9), Gate::pass);
}

TEST(Gates, SlowerMayPass) {
  const CompareOutcome outcome = by_transport(two_transports(12, 1.03), gated({gate("p50:1.10")}));
  EXPECT_EQ(find(outcome, "p50_ns").difference, Difference::slower);
  EXPECT_EQ(find(outcome, "p50_ns").gate->verdict, Gate::pass);
  EXPECT_EQ(outcome.verdict, ComparisonVerdict::pass);
}

TEST(Gates, AnIntervalAcrossTheMarginReportsTheBlocksNeeded) {
  const CompareOutcome outcome =
      by_transport(two_transports(8, 1.05, 0.05), gated({gate("p50:1.05")}));
  const GateVerdict& verdict = *find(outcome, "p50_ns").gate;
  EXPECT_EQ(verdict.verdict, Gate::inconclusive);
  EXPECT_NE(all_reasons(verdict).find("contains the margin"), std::string::npos);
  EXPECT_GT(*verdict.blocks_needed, 6U);
  EXPECT_EQ(outcome.exit_status, 3);
}

TEST(Gates, TooFewBlocksForThemAllIsInconclusive) {
  // One gate can fail with 6 blocks, four take 8.
  const std::vector<GateSpec> four = {gate("p50:1.05"), gate("p99:1.05"), gate("goodput:1.05"),
                                      gate("cpu:1.05")};
  EXPECT_EQ(by_transport(two_transports(6, 2, 0), gated({four[0]})).exit_status, 1);
  const CompareOutcome few = by_transport(two_transports(7, 2, 0), gated(four));
  EXPECT_EQ(few.exit_status, 3);
  EXPECT_EQ(*find(few, "p50_ns").gate->blocks_needed, 8U);
  EXPECT_EQ(by_transport(two_transports(8, 2, 0), gated(four)).exit_status, 1);
  EXPECT_EQ(by_transport(two_transports(5, 2, 0), gated({four[0]})).exit_status, 3);
}

TEST(Gates, HolmIsOverAllGatesOfAllCases) {
  Report report = two_transports(8, 2, 0);
  const CompareOutcome alone = by_transport(report, gated({gate("p50:1.05")}));
  EXPECT_DOUBLE_EQ(*find(alone, "p50_ns").gate->p_worse_holm, *find(alone, "p50_ns").gate->p_worse);
  Case more = scaled_case("unix-stream", drifting(8, 1, 0.01));
  report.cases.push_back(more);
  const CompareOutcome both = by_transport(report, gated({gate("p50:1.05")}));
  EXPECT_EQ(both.gates.total(), 2U);
  EXPECT_DOUBLE_EQ(*find(both, "p50_ns").gate->p_worse_holm,
                   2 * *find(both, "p50_ns").gate->p_worse);
}

TEST(Gates, TheTailOfAClosedLoopIsNotGated) {
  Report report = two_transports(8, 1, 0);
  for (Case& one : report.cases) one.params.rate_per_s = Maybe<double>::none("closed_loop");
  const CompareOutcome by_default = by_transport(report, gated(default_gates()));
  EXPECT_EQ(find(by_default, "p99_ns").gate.reason(), "closed_loop");
  EXPECT_EQ(find(by_default, "p50_ns").gate->verdict, Gate::pass);
  EXPECT_EQ(by_default.exit_status, 0);
  const CompareOutcome asked = by_transport(report, gated({gate("p99:1.10")}));
  EXPECT_EQ(find(asked, "p99_ns").gate->verdict, Gate::inconclusive);
  EXPECT_EQ(asked.exit_status, 3);
}

TEST(Gates, WhatTheTransportRulesOutIsNotGated) {
  Report report = two_transports(8, 1, 0);
  for (Case& one : report.cases) {
    for (auto& run : one.runs) run.loss->loss_ratio = Maybe<double>::none(kNotApplicable);
  }
  const CompareOutcome outcome = by_transport(report, gated({gate("p50"), gate("loss")}));
  EXPECT_EQ(find(outcome, "loss_ratio").gate.reason(), kNotApplicable);
  EXPECT_EQ(outcome.gates.total(), 1U);
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_EQ(by_transport(report, gated({gate("loss")})).exit_status, 3);
}

TEST(Gates, AShortRunDoesNotGateItsTail) {
  Report report = two_transports(8, 1, 0);
  report.cases[0].runs[2].latency->response_time->count = 9'999;
  const CompareOutcome outcome = by_transport(report, gated({gate("p50"), gate("p99")}));
  EXPECT_EQ(find(outcome, "p50_ns").gate->verdict, Gate::pass);
  EXPECT_EQ(find(outcome, "p99_ns").gate->verdict, Gate::inconclusive);
}

TEST(Gates, ThePolicyDecidesWhatInconclusiveMeans) {
  const Report report = two_transports(3, 1);
  for (const auto& [policy, status] :
       {std::pair(Inconclusive::own, 3), {Inconclusive::pass, 0}, {Inconclusive::fail, 1}}) {
    CompareOptions options = gated({gate("p50")});
    options.inconclusive = policy;
    const CompareOutcome outcome = by_transport(report, options);
    EXPECT_EQ(outcome.verdict, ComparisonVerdict::inconclusive);
    EXPECT_EQ(outcome.exit_status, status);
  }
}

TEST(Gates, AreParsedAndRefusedInOneLine) {
  EXPECT_DOUBLE_EQ(gate("p50:1.05").margin, 1.05);
  EXPECT_EQ(gate("p99_ns").metric->name, "p99_ns");
  EXPECT_DOUBLE_EQ(gate("p99").margin, 1.10);
  EXPECT_DOUBLE_EQ(gate("loss:0.001").bound(), 0.001);
  EXPECT_DOUBLE_EQ(gate("p50:1.05").bound(), std::log(1.05));
  EXPECT_EQ(gate("p50:5%").margin, 1.05);
  EXPECT_EQ(gate("p99:7%").margin, 1.07);
  EXPECT_EQ(gate("goodput:100%").margin, 2);
  EXPECT_EQ(gate("loss:0.1%").margin, 0.001);
  for (const char* bad : {"p50:0%", "p50:%", "p50:5%%", "p50:-5%", "loss:101%", "p50:nan%"})
    EXPECT_FALSE(parse_gate(bad)) << bad;
  for (const char* bad : {"", ":", "p50:", "p50:1", "p50:0.9", "p50:nan", "p50:inf", "p50:1.05x",
                          "p50:-2", "p50:1e9", "p51:1.05", "loss:0", "loss:1.5", "p50:1.05:2"}) {
    const auto parsed = parse_gate(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().message.find('\n'), std::string::npos);
  }
  const std::vector<std::string> twice = {"p50:1.05", "p50_ns:1.10"};
  EXPECT_FALSE(parse_gates(twice));
  ASSERT_EQ(default_gates().size(), 4U);
}

TEST(CompareBy, OneBlockSaysNothingOfHowManyItTakes) {
  const CompareOutcome outcome = by_transport(two_transports(1, 1.2), gated({gate("p50")}));
  const Comparison& p50 = find(outcome, "p50_ns");
  EXPECT_EQ(p50.gate->blocks_needed, Maybe<std::uint64_t>::none("too_few_blocks"));
  EXPECT_EQ(p50.gate->reasons, std::vector<std::string>{"1 block is too few for an interval"});
  const CompareOutcome two = by_transport(two_transports(2, 1.2), gated({gate("p50")}));
  EXPECT_TRUE(find(two, "p50_ns").gate->blocks_needed);
}

TEST(CompareBy, WithoutAnIntervalNothingIsSaidOfADifference) {
  const CompareOutcome few = by_transport(two_transports(3, 2));
  EXPECT_TRUE(find(few, "p50_ns").estimate);
  EXPECT_EQ(find(few, "p50_ns").difference, Maybe<Difference>::none("too_few_blocks"));
  Report report = two_transports(8, 2);
  for (Case& one : report.cases) {
    for (report::Run& run : one.runs) run.loss->loss_ratio = Maybe<double>::none(kNotApplicable);
  }
  EXPECT_EQ(find(by_transport(report), "loss_ratio").difference,
            Maybe<Difference>::none(kNotApplicable));
}

TEST(CompareReports, ReportsTheRunsOfEachSideAndWhichAreTooFew) {
  Report baseline = frame(), candidate = frame();
  baseline.cases = {scaled_case("tcp", drifting(3))};
  candidate.cases = {scaled_case("tcp", drifting(2))};
  const auto outcome = compare_reports(baseline, candidate, gated({gate("p50")}));
  ASSERT_TRUE(outcome);
  const Comparison& p50 = find(*outcome, "p50_ns");
  EXPECT_EQ(p50.baseline_runs, Maybe<std::uint64_t>(3));
  EXPECT_EQ(p50.candidate_runs, Maybe<std::uint64_t>(2));
  EXPECT_EQ(p50.interval.reason(), "too_few_runs");
  EXPECT_NE(all_reasons(*p50.gate).find("2 runs of a side are too few for an interval"),
            std::string::npos)
      << all_reasons(*p50.gate);
}

TEST(CompareBy, AReportWithoutCasesSaysSo) {
  const auto outcome = compare_by(frame(), "transport", {}, {});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, "there is no case to compare");
}

// --- doubtful runs ------------------------------------------------------------------------------

TEST(CompareRuns, ARunInAChangedEnvironmentTakesItsBlockWithIt) {
  Report report = two_transports(12, 1, 0);
  auto& changed = report.cases[1].runs[4];
  changed.valid = false;
  changed.invalid_reasons = {kEnvironmentChanged};
  const CompareOutcome outcome = by_transport(report, gated({gate("p50")}));
  EXPECT_EQ(find(outcome, "p50_ns").blocks, 11U);
  ASSERT_EQ(outcome.excluded_runs.size(), 2U);
  EXPECT_EQ(outcome.excluded_runs[0].case_id, report.cases[0].id);
  EXPECT_EQ(outcome.excluded_runs[1].case_id, report.cases[1].id);
  EXPECT_EQ(outcome.excluded_runs[1].index, 4U);
  EXPECT_EQ(outcome.excluded_runs[1].rule, kEnvironmentChanged);
  EXPECT_EQ(outcome.exit_status, 0);
}

TEST(CompareBy, APartialRunIsNoUnitOfTheComparison) {
  Report report = two_transports(8, 1.1, 0);
  const CompareOutcome whole = by_transport(report, gated({gate("p50:1.5")}));
  for (Case& one : report.cases) {
    one.params.duration_ns = 10'000'000'000;
    for (auto& run : one.runs) run.window.measure_ns = one.params.duration_ns;
  }
  auto partial = report.cases[1].runs.back();
  partial.index = 8;
  partial.valid = false;
  partial.invalid_reasons = {"interrupted: measured 1.3 s of 10 s"};
  partial.window.measure_ns = 1'300'000'000;
  report.cases[1].runs.push_back(partial);
  report.interrupted = true;
  for (const char* order : {"interleaved", "sequential"}) {
    report.plan_effective["order"] = order;
    const CompareOutcome outcome = by_transport(report, gated({gate("p50:1.5")}));
    EXPECT_TRUE(outcome.invalid.empty()) << order << ": " << outcome.invalid.front();
    EXPECT_EQ(find(outcome, "p50_ns").blocks, 8U);
    ASSERT_EQ(outcome.excluded_runs.size(), 1U);
    EXPECT_EQ(outcome.excluded_runs[0].rule, "interrupted");
    EXPECT_EQ(outcome.excluded_runs[0].index, 8U);
  }
  report.plan_effective["order"] = "interleaved";
  EXPECT_EQ(by_transport(report, gated({gate("p50:1.5")})).exit_status, whole.exit_status);
}

TEST(CompareRuns, MoreThanAFifthExcludedIsInvalid) {
  Report report = two_transports(10, 1, 0);
  const auto change = [&](std::size_t run) {
    report.cases[0].runs[run].valid = false;
    report.cases[0].runs[run].invalid_reasons = {kEnvironmentChanged};
  };
  change(0);
  change(1);
  EXPECT_EQ(by_transport(report, gated({gate("p50")})).exit_status, 0);
  change(2);
  const CompareOutcome outcome = by_transport(report, gated({gate("p50")}));
  EXPECT_EQ(outcome.verdict, ComparisonVerdict::invalid);
  EXPECT_EQ(outcome.exit_status, 4);
  EXPECT_EQ(by_transport(report).exit_status, 4) << "also where no gate was set";
}

// Its rule reads the latency: without those runs the slow side would look better.
TEST(CompareRuns, ASaturatedRunIsKeptAndIsACaveat) {
  Report report = two_transports(12, 1, 0);
  const auto saturate = [&](std::size_t run) {
    report.cases[1].runs[run].valid = false;
    report.cases[1].runs[run].generator->saturated = true;
    report.cases[1].runs[run].invalid_reasons = {"generator saturated: late by 9 ms at p99"};
  };
  saturate(0);
  const CompareOutcome one = by_transport(report, gated({gate("p50")}));
  EXPECT_EQ(find(one, "p50_ns").blocks, 12U);
  EXPECT_TRUE(one.excluded_runs.empty());
  EXPECT_EQ(find(one, "p50_ns").gate->verdict, Gate::inconclusive);
  EXPECT_EQ(one.exit_status, 3);
  for (std::size_t run = 1; run < 5; ++run) saturate(run);
  EXPECT_EQ(by_transport(report, gated({gate("p50")})).exit_status, 4);
}

TEST(CompareRuns, MoreThanAFifthOfUnsteadyRunsIsACaveat) {
  Report report = two_transports(10, 1, 0);
  for (std::size_t run = 0; run < 4; ++run) report.cases[0].runs[run].steady = false;
  EXPECT_EQ(by_transport(report, gated({gate("p50")})).exit_status, 0);
  report.cases[1].runs[0].steady = false;
  EXPECT_EQ(by_transport(report, gated({gate("p50")})).exit_status, 3);
}

TEST(CompareRuns, ACrashIsAFailureOfItsArm) {
  Report report = two_transports(12, 1, 0);
  report::Run crashed;
  crashed.index = 7;
  crashed.invalid_reasons = {"responder was killed by signal 11"};
  report.cases[1].runs[7] = crashed;
  const CompareOutcome outcome = by_transport(report, gated({gate("p50")}));
  EXPECT_EQ(find(outcome, "p50_ns").blocks, 11U);
  EXPECT_EQ(outcome.exit_status, 4);
  const std::string id = report.cases[1].id;
  EXPECT_EQ(outcome.invalid,
            std::vector{id + ": 1 of 12 runs failed: responder was killed by signal 11"});
}

TEST(CompareRuns, EachCaseListsTheProblemsOfItsOwnRuns) {
  Report report = two_transports(10, 1, 0);
  const auto spoil = [&](std::size_t one, std::size_t run, const char* reason) {
    report.cases[one].runs[run].valid = false;
    report.cases[one].runs[run].invalid_reasons = {reason};
  };
  spoil(0, 0, "nothing was sent within the window");
  spoil(0, 1, "generator saturated: late by 900 µs at p99, limit 100 µs");
  spoil(0, 2, "generator saturated: late by 1.2 ms at p99, limit 100 µs");
  spoil(1, 5, "generator saturated: late by 9 ms at p99, limit 100 µs");
  spoil(1, 6, "generator saturated: late by 9 ms at p99, limit 100 µs");
  const auto& cases = report.cases;
  EXPECT_EQ(by_transport(report).invalid,
            (std::vector{cases[0].id + ": 3 of 10 runs invalid: generator saturated: late by 900 "
                                       "µs at p99, limit 100 µs (2 of 3)",
                         cases[1].id + ": 2 of 10 runs invalid: generator saturated: late by 9 ms "
                                       "at p99, limit 100 µs"}));
}

TEST(CompareRuns, AProblemOfTheBaselineIsListedOnce) {
  Report report = two_transports(10, 1, 0);
  report.cases.push_back(scaled_case("unix-stream", drifting(10)));
  for (report::Run& run : report.cases[0].runs) {
    run.valid = false;
    run.invalid_reasons = {"nothing was sent within the window"};
  }
  const CompareOutcome outcome = by_transport(report);
  EXPECT_EQ(outcome.comparisons.size(), 10U);
  EXPECT_EQ(outcome.invalid.size(), 1U);
}

TEST(CompareRuns, ABrokenPromiseIsAFailureToo) {
  Report report = two_transports(12, 1, 0);
  report.cases[0].runs[1].integrity->stream_integrity_errors = 2;
  EXPECT_EQ(by_transport(report, gated({gate("p50")})).exit_status, 4);
}

TEST(CompareRuns, HalfABlockOfAnInterruptionIsListedAndNotCounted) {
  Report report = two_transports(4, 1, 0);
  report.interrupted = true;
  report.cases[1].runs.resize(2);
  const CompareOutcome outcome = by_transport(report);
  EXPECT_EQ(find(outcome, "p50_ns").blocks, 2U);
  EXPECT_EQ(outcome.excluded_runs.size(), 2U);
  EXPECT_TRUE(outcome.invalid.empty());
}

TEST(CompareRuns, ARunThatHasItsIndexTwiceIsRefused) {
  Report report = two_transports(4, 1, 0);
  report.cases[0].runs[1].index = 0;
  const auto outcome = compare_by(report, "transport", {}, {});
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().message.find("two runs with index 0"), std::string::npos);
}

// --- parameters ---------------------------------------------------------------------------------

TEST(CompareBy, ComparesOnlyCasesThatDifferInNothingElse) {
  Report report = two_transports(3, 1);
  Case large = scaled_case("tcp", drifting(3));
  large.id = "tcp/rr/64KiB/c1";
  large.params.size_bytes = 65'536;
  report.cases.push_back(large);
  const CompareOutcome outcome = by_transport(report);
  for (const Comparison& one : outcome.comparisons) {
    EXPECT_EQ(one.baseline, report.cases[0].id);
    EXPECT_EQ(one.candidate, report.cases[1].id);
  }
  ASSERT_EQ(outcome.notes.size(), 1U);
  EXPECT_NE(outcome.notes[0].find("tcp/rr/64KiB/c1"), std::string::npos);
  auto by_size = compare_by(report, "size", "65536", {});
  ASSERT_TRUE(by_size) << by_size.error().message;
  EXPECT_EQ(by_size->comparisons[0].baseline, "tcp/rr/64KiB/c1");
  EXPECT_EQ(by_size->comparisons[0].candidate, report.cases[0].id);
}

TEST(CompareBy, AnOpenLoopIsComparedWithAClosedOneByRate) {
  Report report = frame();
  report.cases = {scaled_case("tcp", drifting(3)), scaled_case("tcp", drifting(3))};
  report.cases[1].id += "/closed";
  report.cases[1].params.rate_per_s = Maybe<double>::none("closed_loop");
  report.cases[1].params.arrivals = Maybe<std::string>::none("closed_loop");
  report.cases[1].params.depth = Maybe<std::uint64_t>(4);
  report.cases[0].params.depth = Maybe<std::uint64_t>::none("open_loop");
  const auto outcome = compare_by(report, "rate", "closed_loop", {});
  ASSERT_TRUE(outcome) << outcome.error().message;
}

TEST(CompareBy, NamesWhatThereIsInstead) {
  const Report report = two_transports(3, 1);
  const auto message = [&](std::string_view parameter, const std::optional<std::string>& baseline) {
    const auto outcome = compare_by(report, parameter, baseline, {});
    EXPECT_FALSE(outcome) << parameter;
    return outcome ? std::string() : outcome.error().message;
  };
  EXPECT_NE(message("colour", {}).find("what varies is transport"), std::string::npos);
  EXPECT_NE(message("size", {}).find("the same in every case"), std::string::npos);
  EXPECT_NE(message("transport", "sctp").find("there are tcp, udp"), std::string::npos);
  EXPECT_FALSE(compare_by(Report{}, "transport", {}, {}));
}

TEST(CompareBy, ArmsNeedNoNameOfTheBaseline) {
  Report report = frame("interleaved");
  for (const Arm arm : {Arm::candidate, Arm::baseline}) {
    Case one = scaled_case("tcp", drifting(8, arm == Arm::candidate ? 1.2 : 1.0));
    one.params.arm = arm;
    one.id += "@" + std::string(name_of(arm));
    report.cases.push_back(one);
  }
  const auto outcome = compare_by(report, "arm", {}, gated({gate("p50")}));
  ASSERT_TRUE(outcome) << outcome.error().message;
  const CompareOutcome& found = *outcome;
  EXPECT_EQ(found.comparisons[0].baseline, report.cases[1].id);
  EXPECT_EQ(found.exit_status, 1);
  EXPECT_TRUE(found.notes.empty()) << found.notes[0];
}

// Each server has its own address, which is no other thing to compare; the transport stays one.
TEST(CompareBy, AServerIsComparedWithAnotherOfItsTransport) {
  Report report = two_transports(3, 1);
  report.cases = {report.cases[0], report.cases[0], report.cases[1]};
  report.cases[1].id = "tcp://127.0.0.1:7/rr/64B/c1/echo";
  report.cases[1].params.transport = report.cases[0].params.transport;
  report.cases[1].params.address = std::string("tcp://127.0.0.1:7");
  report.cases[1].params.responder = std::string("echo");
  report.cases[2].params.responder = std::string("echo");
  const auto outcome = compare_by(report, "responder", "sockmark", {});
  ASSERT_TRUE(outcome) << outcome.error().message;
  ASSERT_FALSE(outcome->comparisons.empty());
  for (const Comparison& one : outcome->comparisons) {
    EXPECT_EQ(one.baseline, report.cases[0].id);
    EXPECT_EQ(one.candidate, report.cases[1].id);
    EXPECT_EQ(one.unequal, std::vector<std::string>());
  }
}

TEST(CompareBy, ListsTheOtherDifferingFields) {
  Report report = two_transports(3, 1);
  for (auto& run : report.cases[0].runs) run.loss->loss_ratio = Maybe<double>::none(kNotApplicable);
  report.cases[0].params.socket_options = {{"SO_SNDBUF", 1}, {"TCP_NODELAY", 1}};
  report.cases[1].params.socket_options = {{"SO_SNDBUF", 2}};
  const CompareOutcome outcome = by_transport(report);
  EXPECT_EQ(outcome.comparisons[0].unequal,
            (std::vector<std::string>{"promises: reliable and ordered, none", "SO_SNDBUF: 1, 2"}))
      << "UDP has no TCP_NODELAY";
}

TEST(CompareBy, AnOptionIsAQuestionOfItsOwn) {
  Report report = two_transports(3, 1);
  report.cases[1].params = report.cases[0].params;
  report.cases[0].params.socket_options = {{"SO_RCVBUF", 1}, {"TCP_NODELAY", 1}};
  report.cases[1].params.socket_options = {{"SO_RCVBUF", 2}, {"TCP_NODELAY", 0}};
  report.cases[1].params.requested_options = {{"nodelay", "off"}};
  const auto outcome = compare_by(report, "nodelay", "on", {});
  ASSERT_TRUE(outcome) << outcome.error().message;
  ASSERT_FALSE((*outcome).comparisons.empty());
  EXPECT_EQ((*outcome).comparisons[0].baseline, report.cases[0].id);
  EXPECT_EQ((*outcome).comparisons[0].unequal, std::vector<std::string>{"SO_RCVBUF: 1, 2"});
  report.cases[1].params.requested_options["congestion"] = "bbr";
  EXPECT_FALSE(compare_by(report, "nodelay", "on", {}));
}

// --- two reports --------------------------------------------------------------------------------

Report one_transport(std::size_t runs, double factor, double jitter = 0.01) {
  Report report = frame();
  report.cases = {scaled_case("tcp", drifting(runs, factor, jitter))};
  return report;
}

CompareOutcome reports(const Report& baseline, const Report& candidate,
                       const CompareOptions& options = gated(default_gates())) {
  auto outcome = compare_reports(baseline, candidate, options);
  EXPECT_TRUE(outcome) << outcome.error().message;
  return *std::move(outcome);
}

TEST(CompareReports, AReportDoesNotDifferFromItself) {
  const Report report = one_transport(12, 1);
  const CompareOutcome outcome = reports(report, report);
  EXPECT_EQ(outcome.design, Design::unpaired);
  for (const Comparison& one : outcome.comparisons) {
    EXPECT_EQ(one.difference, Difference::none_shown) << one.metric;
    EXPECT_NEAR(*one.estimate, one.effect == EffectKind::ratio ? 1 : 0, 1e-9) << one.metric;
  }
  EXPECT_EQ(outcome.exit_status, 3) << "a gate over unpaired runs is inconclusive";
  EXPECT_TRUE(outcome.soft_mismatches.empty());
}

TEST(CompareReports, ADifferenceIsConfoundedWithTimeUnlessThatIsAccepted) {
  const Report baseline = one_transport(10, 1);
  const Report candidate = one_transport(10, 1.5);
  const CompareOutcome unpaired = reports(baseline, candidate);
  const Comparison& p50 = find(unpaired, "p50_ns");
  EXPECT_EQ(p50.difference, Difference::observed);
  EXPECT_EQ(p50.gate->verdict, Gate::inconclusive);
  EXPECT_EQ(unpaired.exit_status, 3);

  CompareOptions options = gated({gate("p50:1.10"), gate("goodput:1.10")});
  options.accept_unpaired = true;
  EXPECT_EQ(reports(baseline, candidate, options).exit_status, 1);
  EXPECT_EQ(reports(baseline, baseline, options).exit_status, 0);
  EXPECT_EQ(reports(candidate, baseline, options).exit_status, 0);
}

TEST(CompareReports, MachinesThatDifferAreRefusedByName) {
  const Report baseline = one_transport(10, 1);
  Report candidate = baseline;
  candidate.environment.hard["cpus_online"] = "4";
  candidate.environment.hard.erase("cpu_governor");
  CompareOptions options = gated(default_gates());
  options.accept_unpaired = true;
  const CompareOutcome outcome = reports(baseline, candidate, options);
  EXPECT_EQ(outcome.verdict, ComparisonVerdict::refused);
  EXPECT_EQ(outcome.exit_status, 4);
  EXPECT_TRUE(outcome.comparisons.empty());
  EXPECT_EQ(
      outcome.hard_mismatches,
      (std::vector<Mismatch>{{"cpu_governor", "null", "not recorded"}, {"cpus_online", "2", "4"}}));
}

TEST(CompareReports, SoftMismatchesAreListed) {
  const Report baseline = one_transport(10, 1);
  Report candidate = baseline;
  candidate.environment.soft["compiler"] = "\"GNU 13\"";
  candidate.environment.information["clock_read_ns"] = "99";
  const CompareOutcome outcome = reports(baseline, candidate);
  EXPECT_EQ(outcome.soft_mismatches,
            (std::vector<Mismatch>{{"compiler", "not recorded", "\"GNU 13\""}}));
}

TEST(CompareReports, TheSameCaseMeasuredOtherwiseIsRefused) {
  const Report baseline = one_transport(10, 1);
  Report longer = baseline;
  longer.cases[0].params.duration_ns *= 2;
  ASSERT_EQ(reports(baseline, longer).hard_mismatches.size(), 1U);
  EXPECT_EQ(reports(baseline, longer).hard_mismatches[0].item,
            "duration_ns of " + baseline.cases[0].id);
  Report buffers = baseline;
  buffers.cases[0].params.socket_options["SO_RCVBUF"] = 1;
  EXPECT_EQ(reports(baseline, buffers).exit_status, 4);
  buffers.cases[0].params.socket_options = baseline.cases[0].params.socket_options;
  buffers.cases[0].params.socket_options["TCP_CONGESTION"] = "bbr";
  EXPECT_TRUE(reports(baseline, buffers).hard_mismatches.empty())
      << "recorded by one of two versions";
  buffers.cases[0].params.requested_options["congestion"] = "bbr";
  ASSERT_EQ(reports(baseline, buffers).hard_mismatches.size(), 1U);
  Report pinned = baseline;
  Report unpinned = baseline;
  pinned.generator_process = sample_process(1);
  unpinned.generator_process = sample_process(2);
  unpinned.generator_process->affinity = {0};
  EXPECT_EQ(reports(pinned, unpinned).hard_mismatches[0].item, "generator.affinity");
}

// Two reports of tcp, by the value of a requested option.
Report with_congestion(const char* value, double factor) {
  Report report = frame();
  report.cases = {scaled_case("tcp", drifting(8, factor))};
  report.cases[0].id += std::string("/congestion-") + value;
  report.cases[0].params.requested_options["congestion"] = value;
  return report;
}

TEST(CompareReportsBy, CasesThatDifferInTheParameterAloneAreCompared) {
  const Report cubic = with_congestion("cubic", 1);
  Report candidate = with_congestion("bbr", 1.5);
  candidate.cases.push_back(with_congestion("reno", 2).cases[0]);
  Case deep = with_congestion("bbr", 3).cases[0];
  deep.id += "/deep";
  deep.params.depth = 7;
  candidate.cases.push_back(deep);
  const auto outcome = compare_reports_by(cubic, candidate, "congestion", {}, {});
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(*outcome->parameter, "congestion");
  EXPECT_EQ(*outcome->baseline_value, "cubic");
  EXPECT_EQ(outcome->design, Design::unpaired);
  std::vector<double> estimates;
  for (const Comparison& one : outcome->comparisons) {
    if (one.metric == "p50_ns") estimates.push_back(*one.estimate);
  }
  ASSERT_EQ(estimates.size(), 2U);
  EXPECT_NEAR(estimates[0], 1.5, 0.05);
  EXPECT_NEAR(estimates[1], 2, 0.05);
  EXPECT_EQ(outcome->notes, std::vector{deep.id + " has no counterpart in the baseline's report"});
}

TEST(CompareReportsBy, ErrorsNameTheParameterAndTheValue) {
  const Report cubic = with_congestion("cubic", 1), bbr = with_congestion("bbr", 1);
  const auto why = [&](const Report& candidate, const char* parameter,
                       const std::optional<std::string>& value) {
    const auto outcome = compare_reports_by(cubic, candidate, parameter, value, {});
    return outcome ? std::string() : outcome.error().message;
  };
  EXPECT_EQ(why(cubic, "congestion", {}),
            "congestion is the same in every case; no parameter varies between its cases");
  EXPECT_EQ(why(bbr, "congestion", "bbr"), "no case has congestion \"bbr\"; there are cubic");
  Report deep = bbr;
  deep.cases[0].params.depth = 7;
  EXPECT_EQ(why(deep, "congestion", {}),
            "no case of the candidate differs in congestion alone from a case of the baseline with "
            "cubic");
  EXPECT_EQ(compare_reports(cubic, bbr, {}).error().message,
            "the two reports have no case in common: congestion is cubic in the baseline and bbr "
            "in the candidate; --by congestion compares them");
}

TEST(CompareReportsBy, MachinesThatDifferAreRefused) {
  Report bbr = with_congestion("bbr", 1);
  bbr.environment.hard["kernel"] = "another";
  const auto outcome = compare_reports_by(with_congestion("cubic", 1), bbr, "congestion", {}, {});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->verdict, ComparisonVerdict::refused);
  EXPECT_TRUE(outcome->comparisons.empty());
}

TEST(CompareReports, AMissingCaseKeepsTheRestFromPassing) {
  Report baseline = one_transport(10, 1, 0);
  Report candidate = baseline;
  CompareOptions options = gated({gate("p50:1.5")});
  options.accept_unpaired = true;
  ASSERT_EQ(reports(baseline, candidate, options).exit_status, 0);
  baseline.cases.push_back(scaled_case("udp", drifting(10)));
  EXPECT_EQ(reports(baseline, candidate, options).exit_status, 3);
  EXPECT_EQ(reports(candidate, baseline, options).exit_status, 0) << "a new case is no harm";
  candidate.cases[0].id = "other";
  EXPECT_FALSE(compare_reports(baseline, candidate, options));
}

TEST(CompareReports, ExcludedRunsSayOfWhichReport) {
  const Report baseline = one_transport(10, 1);
  Report candidate = baseline;
  candidate.cases[0].runs[3].valid = false;
  candidate.cases[0].runs[3].invalid_reasons = {kEnvironmentChanged};
  const CompareOutcome outcome = reports(baseline, candidate);
  ASSERT_EQ(outcome.excluded_runs.size(), 1U) << "nothing pairs it with a run of the other";
  EXPECT_EQ(*outcome.excluded_runs[0].report, Arm::candidate);
}

// --- reports that are not to be trusted ---------------------------------------------------------

TEST(CompareHostile, AnyNumberGivesAReasonOrAFigure) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const double values[] = {std::nan(""), kInfinity, -kInfinity, 0,      -1,   1e308, 1e-308,
                           5e-324,       -1e308,    1e149,      1e-100, 1e59, 1e-59};
  const auto finite = [](const Maybe<double>& value) { return !value || std::isfinite(*value); };
  for (const bool paired : {true, false}) {
    for (const double a : values) {
      for (const double b : values) {
        Report report = two_transports(8, 1);
        report.plan_effective["order"] = paired ? "interleaved" : "sequential";
        for (auto& run : report.cases[0].runs) run.loss->loss_ratio = a;
        report.cases[0].runs[0].throughput->goodput_messages_per_s = a;
        report.cases[1].runs[1].throughput->goodput_messages_per_s = b;
        report.cases[1].runs[1].loss->loss_ratio = b;
        report.cases[1].runs[2].latency->response_time_loss_as_infinite->p50_ns = -1;
        CompareOptions options = gated({gate("p50"), gate("goodput"), gate("loss")});
        options.accept_unpaired = true;
        const CompareOutcome outcome = by_transport(report, options);
        for (const Comparison& one : outcome.comparisons) {
          EXPECT_TRUE(finite(one.estimate) && finite(one.mde90) && finite(one.p_value));
          EXPECT_TRUE(finite(one.hodges_lehmann) && finite(one.baseline_median));
          if (one.interval) {
            EXPECT_TRUE(std::isfinite((*one.interval)[0]) && std::isfinite((*one.interval)[1]));
          }
        }
        EXPECT_EQ(find(outcome, "p50_ns").estimate.reason(), "not_positive");
      }
    }
  }
}

TEST(CompareHostile, ThousandsOfRunsAreRefusedBeforeTheyAreCompared) {
  Report report = two_transports(1, 1);
  auto run = report.cases[0].runs[0];
  run.latency->response_time->histogram_v2.clear();
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    run.index = i;
    report.cases[0].runs.push_back(run);
  }
  const auto outcome = compare_by(report, "transport", {}, {});
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().message.find("at most 1000"), std::string::npos);
}

TEST(CompareHostile, RunsWithoutAnySectionAreNoFigures) {
  Report report = two_transports(3, 1);
  for (Case& one : report.cases) {
    for (auto& run : one.runs) {
      report::Run empty;
      empty.index = run.index;
      run = empty;
    }
  }
  const CompareOutcome outcome = by_transport(report, gated({gate("p50")}));
  EXPECT_EQ(find(outcome, "p50_ns").estimate.reason(), "no_run");
  EXPECT_EQ(outcome.exit_status, 4);
}

}  // namespace
}  // namespace sockmark::report
