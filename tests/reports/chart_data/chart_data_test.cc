// The tables that charts are drawn from, against values worked out by hand, and what holds for all
// of them whatever the report says. Names and colours: chart_subjects_test.cc.

#include "reports/chart_data/chart_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "reports/chart_data/charts_json.h"
#include "reports/model/reasons.h"
#include "reports/model/reverse_stream.h"
#include "tests/reports/chart_data/chart_rows.h"
#include "tests/reports/exports/export_sample.h"

namespace sockmark::report {
namespace {

using Numbers = std::vector<double>;
using Strings = std::vector<std::string>;

// --- percentiles --------------------------------------------------------------------------------

TEST(ChartPercentiles, AreThoseOfTheRunsMedianedNotAveraged) {
  // 1 to 1000, 101 to 1100, 901 to 1900: the medians are 500, 600 and 1400, their mean is 833.
  const ChartData data = chart_data(chart_report(
      {chart_case("tcp", {run_from(1, 1000), run_from(101, 1000), run_from(901, 1000)})}));
  const Rows rows(data, "percentiles");
  const std::size_t p50 = rows.where("label", "p50");
  EXPECT_EQ(rows.number(p50, "quantile"), 0.5);
  EXPECT_NEAR(rows.number(p50, "nines"), 0.30103, 1e-6);
  EXPECT_EQ(rows.number(p50, "latency_ns"), 600);
  EXPECT_EQ(rows.number(p50, "low_ns"), 500);
  EXPECT_EQ(rows.number(p50, "high_ns"), 1400);
  EXPECT_EQ(rows.number(p50, "runs"), 3);
  EXPECT_TRUE(rows.empty(p50, "reason"));
  EXPECT_EQ(rows.number(rows.where("label", "p90"), "latency_ns"), 1000);
  EXPECT_EQ(rows.number(rows.where("label", "min"), "latency_ns"), 101);
}

TEST(ChartPercentiles, AreEvenInNinesAndEndWithTheMaximum) {
  const ChartData data = chart_data(chart_report({chart_case("tcp", {run_from(1, 1000)})}));
  const Rows rows(data, "percentiles");
  // To two nines, which a thousand messages carry: an eighth apart, and p50, p75 and p95.
  ASSERT_EQ(rows.size(), 2 * 8 + 1 + 3 + 1U);
  EXPECT_TRUE(std::ranges::is_sorted(rows.numbers("nines")));
  EXPECT_TRUE(std::ranges::is_sorted(rows.numbers("latency_ns")));
  const std::size_t last = rows.size() - 1;
  EXPECT_EQ(rows.text(last - 1, "label"), "p99");
  EXPECT_EQ(rows.number(last - 1, "latency_ns"), 990);
  EXPECT_EQ(rows.number(last - 1, "nines"), 2);
  EXPECT_EQ(rows.text(last, "label"), "max");
  EXPECT_EQ(rows.number(last, "quantile"), 1);
  EXPECT_EQ(rows.number(last, "latency_ns"), 1000);
  EXPECT_NEAR(rows.number(last, "nines"), 3, 1e-9);  // one of a thousand
}

TEST(ChartPercentiles, AreThoseThatTheReportQuotes) {
  std::vector<std::int64_t> times;
  for (int i = 0; i < 20'000; ++i) times.push_back(15'000 + std::int64_t{i} * i / 7);
  const auto run = run_of(times);
  const Distribution& quoted = *run.latency->response_time;
  const ChartData data = chart_data(chart_report({chart_case("tcp", {run})}));
  const Rows rows(data, "percentiles");
  const std::pair<const char*, const Maybe<std::int64_t>&> known[] = {
      {"p50", quoted.p50_ns}, {"p75", quoted.p75_ns}, {"p90", quoted.p90_ns},
      {"p95", quoted.p95_ns}, {"p99", quoted.p99_ns}, {"p99.9", quoted.p99_9_ns}};
  for (const auto& [label, value] : known) {
    const std::size_t row = rows.where("label", label);
    ASSERT_LT(row, rows.size()) << label;
    EXPECT_EQ(rows.number(row, "latency_ns"), static_cast<double>(*value)) << label;
  }
  EXPECT_EQ(rows.where("label", "p99.99"), rows.size());  // 20 000 messages do not carry it
  EXPECT_FALSE(quoted.p99_99_ns);
}

TEST(ChartPercentiles, GoAsFarAsEveryRunHasSamples) {
  const ChartData data =
      chart_data(chart_report({chart_case("tcp", {run_from(1, 1000), run_from(1, 100)})}));
  const Rows rows(data, "percentiles");
  EXPECT_EQ(rows.text(rows.size() - 2, "label"), "p90");
  EXPECT_EQ(rows.number(rows.size() - 2, "runs"), 2);
}

TEST(ChartPercentiles, OfAnInvalidRunAreNotThere) {
  const ChartData data = chart_data(chart_report(
      {chart_case("tcp", {run_from(1001, 1000), invalid_run("generator_saturated")})}));
  const Rows rows(data, "percentiles");
  EXPECT_EQ(rows.number(rows.where("label", "p50"), "low_ns"), 1500);
  EXPECT_EQ(rows.number(0, "runs"), 1);
}

TEST(ChartPercentiles, WhatIsBeyondTheHistogramsRangeCountsAsMessages) {
  auto run = run_from(1, 1000);
  run.latency->response_time->overflow = 1000;
  run.latency->response_time->max_ns = Maybe<std::int64_t>::none(kOverflow);
  const ChartData data = chart_data(chart_report({chart_case("tcp", {run})}));
  const Rows rows(data, "percentiles");
  EXPECT_EQ(rows.text(rows.size() - 1, "label"), "p50");  // beyond it nothing is known
  EXPECT_EQ(rows.number(rows.size() - 1, "latency_ns"), 1000);
  EXPECT_EQ(Rows(data, "distribution").numbers("fraction").back(), 0.5);
}

TEST(ChartPercentiles, WithoutAFigureACaseHasARowWithTheReason) {
  auto unreadable = run_from(1, 100);
  unreadable.latency->response_time->histogram_v2 = "HISTFAAAAA==";
  auto silent = run_from(1, 0);
  const ChartData data = chart_data(
      chart_report({chart_case("tcp", {unreadable, run_from(1, 100)}), chart_case("udp", {silent}),
                    chart_case("memory", {invalid_run("x")}), chart_case("tcp6")}));
  for (const char* table : {"percentiles", "distribution"}) {
    const Rows rows(data, table);
    EXPECT_EQ(rows.texts("series"), (Strings{"tcp", "udp", "memory", "tcp6"}));
    EXPECT_EQ(rows.texts("reason"),
              (Strings{"its histogram cannot be read", "no message of the window was received",
                       "no valid run", "no valid run"}));
    EXPECT_TRUE(rows.empty(0, "latency_ns"));
  }
}

// --- distribution -------------------------------------------------------------------------------

TEST(ChartDistribution, IsTheShareOfAllRunsMessagesThatWereAsFast) {
  const ChartData data =
      chart_data(chart_report({chart_case("tcp", {run_of({10, 20}), run_of({20, 40})})}));
  const Rows rows(data, "distribution");
  EXPECT_EQ(rows.numbers("latency_ns"), (Numbers{10, 10, 20, 40}));
  EXPECT_EQ(rows.numbers("fraction"), (Numbers{0, 0.25, 0.75, 1}));
}

TEST(ChartDistribution, StaysSmallAndRises) {
  std::vector<std::int64_t> times;
  for (int i = 1; i < 50'000; ++i) times.push_back(std::int64_t{i} * i);
  const ChartData data = chart_data(chart_report({chart_case("tcp", {run_of(times)})}));
  const Rows rows(data, "distribution");
  EXPECT_GT(rows.size(), 100U);
  EXPECT_LE(rows.size(), 150U);
  const Numbers latencies = rows.numbers("latency_ns"), fractions = rows.numbers("fraction");
  EXPECT_TRUE(std::ranges::is_sorted(latencies));
  EXPECT_TRUE(std::ranges::is_sorted(fractions));
  EXPECT_EQ(fractions.back(), 1);
  // Every step is a hundredth, or what lies in one counter.
  for (std::size_t i = 1; i < fractions.size(); ++i)
    EXPECT_LE(fractions[i] - fractions[i - 1], 0.011);
}

// --- rates --------------------------------------------------------------------------------------

Run run_with(std::int64_t first_ns, double goodput) {
  Run run = run_from(first_ns, 1000);
  run.throughput =
      Throughput{.goodput_messages_per_s = goodput, .goodput_bytes_per_s = 1, .delivery_ratio = {}};
  return run;
}

TEST(ChartRates, AreOfCasesThatDifferInTheirRateOnly) {
  const ChartData data = chart_data(
      chart_report({at_rate(chart_case("tcp", {run_with(101, 4999), run_with(1, 4990)}), 5000),
                    at_rate(chart_case("tcp", {run_with(1, 1000)}), 1000),
                    at_rate(chart_case("udp", {invalid_run("x")}), 1000),
                    at_rate(chart_case("udp", {run_with(501, 4900)}), 5000),
                    chart_case("tcp", {run_with(1, 30'000)})}));
  const Rows rows(data, "rates");
  EXPECT_EQ(rows.texts("series"),
            (Strings{"tcp", "tcp", "tcp", "tcp", "udp", "udp", "udp", "udp"}));
  EXPECT_EQ(rows.texts("group"), Strings(8, "rr 64 B"));
  EXPECT_EQ(rows.texts("percentile"),
            (Strings{"p50", "p50", "p99", "p99", "p50", "p50", "p99", "p99"}));
  EXPECT_EQ(rows.texts("source"), Strings(8, "runs"));
  EXPECT_EQ(rows.number(0, "rate_per_s"), 1000);
  EXPECT_EQ(rows.number(1, "rate_per_s"), 5000);
  EXPECT_EQ(rows.number(1, "goodput_messages_per_s"), 4990);  // the lower of two is their median
  EXPECT_EQ(rows.number(1, "latency_ns"), 500);
  EXPECT_EQ(rows.number(1, "high_ns"), 600);
  EXPECT_EQ(rows.number(2, "latency_ns"), 990);
  EXPECT_TRUE(rows.empty(4, "latency_ns"));
  EXPECT_EQ(rows.text(4, "reason"), "no valid run");
  EXPECT_EQ(rows.number(5, "latency_ns"), 1000);
  // A group of its own in the list, beside those with a rate.
  EXPECT_EQ(data.groups.back().name, "rr 64 B");
}

TEST(ChartRates, OfOneRateThereIsNothingToDraw) {
  const ChartData data = chart_data(
      chart_report({at_rate(chart_case("tcp"), 1000), at_rate(chart_case("udp"), 1000)}));
  EXPECT_EQ(Rows(data, "rates").size(), 0U);
  EXPECT_EQ(Rows(data, "rates").why_empty(), "Nothing was measured at more than one rate.");
}

TEST(ChartRates, HaveTheTrialsOfSearchesMedianedByRate) {
  Report report;
  RateSearch search;
  search.id = "udp/rr/64B/c1";
  search.params = chart_case("udp").params;
  const auto trial = [](double rate, bool valid, Maybe<std::int64_t> p99) {
    return Trial{.rate_per_s = rate,
                 .duration_ns = 1,
                 .valid = valid,
                 .saturated = {},
                 .loss_ratio = {},
                 .p99_ns = std::move(p99)};
  };
  search.trials = {trial(2000, true, 90),
                   trial(1000, true, 30),
                   trial(2000, true, 70),
                   trial(2000, true, 80),
                   trial(2000, false, 1),
                   trial(4000, false, 1),
                   trial(8000, true, Maybe<std::int64_t>::none(kLoss))};
  report.searches = {search};
  const ChartData data = chart_data(report);
  const Rows rows(data, "rates");
  EXPECT_EQ(rows.numbers("rate_per_s"), (Numbers{1000, 2000, 4000, 8000}));
  EXPECT_EQ(rows.number(1, "latency_ns"), 80);
  EXPECT_EQ(rows.number(1, "runs"), 3);
  EXPECT_EQ(rows.text(2, "reason"), "no valid trial");
  EXPECT_EQ(rows.text(3, "reason"),
            "the percentile is that of a lost message, which has no latency");
  EXPECT_EQ(rows.text(0, "source"), "search");
  EXPECT_EQ(rows.text(0, "series"), "udp");
  EXPECT_EQ(data.title, "rr 64 B over udp");
}

// --- over time ----------------------------------------------------------------------------------

// A second of equal sub-windows, so many messages in each.
Run run_in_steps(const std::vector<std::uint64_t>& messages) {
  Run run = run_from(1, 1000);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    SeriesPoint point{.t_s = static_cast<double>(i) / static_cast<double>(messages.size()),
                      .messages = messages[i],
                      .p50_ns = {},
                      .p99_ns = {},
                      .max_ns = {}};
    if (messages[i] > 0) {
      point.p50_ns = static_cast<std::int64_t>(10 + i);
      point.p99_ns = static_cast<std::int64_t>(20 + i);
      point.max_ns = static_cast<std::int64_t>(30 + i);
    }
    run.series.push_back(point);
  }
  return run;
}

TEST(ChartOverTime, HasTheSubWindowsOfEveryRunAlsoOfInvalidOnes) {
  auto invalid = run_in_steps({100, 0, 50, 25});
  invalid.valid = false;
  invalid.index = 1;
  const ChartData data =
      chart_data(chart_report({chart_case("tcp", {run_in_steps({10, 20, 30, 40}), invalid})}));
  const Rows rows(data, "over_time");
  EXPECT_EQ(rows.numbers("run"), (Numbers{0, 0, 0, 0, 1, 1, 1, 1}));
  EXPECT_EQ(rows.numbers("messages_per_s"), (Numbers{40, 80, 120, 160, 400, 0, 200, 100}));
  EXPECT_EQ(rows.number(3, "t_s"), 0.75);
  EXPECT_EQ(rows.number(3, "p50_ns"), 13);
  EXPECT_EQ(rows.number(3, "max_ns"), 33);
  EXPECT_TRUE(rows.empty(5, "p50_ns"));
  EXPECT_EQ(rows.cell(0, "valid"), ChartCell(true));
  EXPECT_EQ(rows.cell(4, "valid"), ChartCell(false));
}

TEST(ChartOverTime, LongRunIsToldInFewerAndLongerSteps) {
  // 150 sub-windows are joined by threes: the sums, the largest, and the medians of percentiles.
  std::vector<std::uint64_t> messages(150, 10);
  messages[1] = 40;
  const ChartData data = chart_data(chart_report({chart_case("tcp", {run_in_steps(messages)})}));
  const Rows rows(data, "over_time");
  ASSERT_EQ(rows.size(), 50U);
  EXPECT_NEAR(rows.number(0, "messages_per_s"), 60 / 0.02, 1e-6);
  EXPECT_NEAR(rows.number(1, "messages_per_s"), 30 / 0.02, 1e-6);
  EXPECT_EQ(rows.number(0, "p50_ns"), 11);
  EXPECT_EQ(rows.number(0, "p99_ns"), 21);
  EXPECT_EQ(rows.number(0, "max_ns"), 32);
  EXPECT_EQ(rows.number(1, "t_s"), 0.02);
}

TEST(ChartOverTime, RetransmitsOfJoinedSubWindowsAreAdded) {
  std::vector<std::uint64_t> messages(150, 10);
  auto run = run_in_steps(messages);
  for (std::size_t i = 0; i < run.series.size(); ++i) {
    run.series[i].tcp = report::TcpFigures{.retransmits = i};
  }
  run.series[4].tcp = Maybe<report::TcpFigures>();
  const ChartData data = chart_data(
      chart_report({chart_case("tcp", {run}), chart_case("udp", {run_in_steps(messages)})}));
  const Rows rows(data, "over_time");
  EXPECT_EQ(rows.number(0, "retransmits"), 0 + 1 + 2);
  EXPECT_EQ(rows.number(1, "retransmits"), 3 + 5);
  EXPECT_TRUE(rows.empty(50, "retransmits"));
}

TEST(ChartOverTime, RunThatFailedHasARowWithTheReason) {
  report::Run failed;
  failed.invalid_reasons = {"failed: connect: refused"};
  const ChartData data = chart_data(chart_report({chart_case("tcp", {failed}), chart_case("udp")}));
  EXPECT_EQ(Rows(data, "over_time").texts("reason"),
            (Strings{"no run reached its measurement", "no run"}));
}

TEST(ChartEvents, StallsAreSubWindowsInWhichNothingArrivedNeighboursAsOne) {
  const ChartData data =
      chart_data(chart_report({chart_case("tcp", {run_in_steps({0, 900, 0, 0, 0, 900, 900, 0})})}));
  const Rows rows(data, "events");
  EXPECT_EQ(rows.texts("kind"), Strings(3, "stall"));
  EXPECT_EQ(rows.numbers("t_s"), (Numbers{0, 0.25, 0.875}));
  EXPECT_EQ(rows.numbers("until_s"), (Numbers{0.125, 0.625, 1}));
  EXPECT_EQ(rows.text(1, "text"), "nothing arrived for 0.375 s");
}

TEST(ChartEvents, NothingIsAStallWhereFewMessagesAreExpectedOrNoneArrived) {
  const ChartData data = chart_data(chart_report({chart_case("tcp", {run_in_steps({9, 0, 8, 10})}),
                                                  chart_case("udp", {run_in_steps({0, 0})})}));
  EXPECT_EQ(Rows(data, "events").size(), 0U);
  EXPECT_EQ(Rows(data, "events").why_empty(), "All runs were valid, and none had a stall.");
}

TEST(ChartEvents, InvalidRunIsOneWithItsReasons) {
  auto run = invalid_run("late by 9 ms");
  run.invalid_reasons.emplace_back("late by 12 ms");  // the same with another figure
  run.invalid_reasons.emplace_back("said\n\"no\"");
  run.index = 7;
  const ChartData data = chart_data(chart_report({chart_case("tcp", {run})}));
  const Rows rows(data, "events");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows.text(0, "kind"), "invalid");
  EXPECT_EQ(rows.number(0, "run"), 7);
  EXPECT_EQ(rows.number(0, "t_s"), 0);
  EXPECT_EQ(rows.number(0, "until_s"), 1);
  EXPECT_EQ(rows.text(0, "text"), "late by 9 ms; said\"no\"");
}

// --- faults -------------------------------------------------------------------------------------

Run run_with_faults(double lost, double duplicated, CountsByLength extents) {
  Run run = run_from(1, 1000);
  run.loss = Loss{};
  run.loss->loss_ratio = lost;
  run.duplication = Duplication{};
  run.duplication->duplication_fraction = duplicated;
  run.reordering = Reordering{};
  run.reordering->reordered_ratio = 0.5;
  run.reordering->extent_histogram = std::move(extents);
  return run;
}

TEST(ChartFaults, AreMedianLowestAndHighestOfTheRuns) {
  const ChartData data = chart_data(chart_report(
      {chart_case("udp", {run_with_faults(0.04, 0, {}), run_with_faults(0.01, 0.125, {}),
                          run_with_faults(0.02, 0.25, {})})}));
  const Rows rows(data, "faults");
  EXPECT_EQ(rows.texts("kind"), (Strings{"lost", "duplicated", "reordered"}));
  EXPECT_EQ(rows.numbers("ratio"), (Numbers{0.02, 0.125, 0.5}));
  EXPECT_EQ(rows.numbers("low_ratio"), (Numbers{0.01, 0, 0.5}));
  EXPECT_EQ(rows.numbers("high_ratio"), (Numbers{0.04, 0.25, 0.5}));
}

TEST(ChartFaults, WhereATransportRulesThemOutTheyHaveNoFigureAndSayWhy) {
  auto run = run_with_faults(0, 0, {});
  run.loss->loss_ratio = Maybe<double>::none(kNotApplicable);
  run.reordering->extent_histogram = Maybe<CountsByLength>::none(kNotApplicable);
  const ChartData data = chart_data(chart_report({chart_case("tcp", {run})}));
  const std::string reason = "not applicable to this transport";
  EXPECT_TRUE(Rows(data, "faults").empty(0, "ratio"));
  EXPECT_EQ(Rows(data, "faults").text(0, "reason"), reason);
  EXPECT_EQ(Rows(data, "faults").number(1, "ratio"), 0);  // none is a figure
  EXPECT_EQ(Rows(data, "extents").texts("reason"), Strings{reason});
}

TEST(ChartExtents, AreSummedOverTheRunsAndJoinedWhereTheyAreFar) {
  const ChartData data = chart_data(chart_report(
      {chart_case("udp", {run_with_faults(0, 0, {{3, 4}, {16, 1}, {17, 1}, {32, 1}, {33, 2}}),
                          run_with_faults(0, 0, {{3, 6}, {64, 1}})}),
       chart_case("udp6", {run_with_faults(0, 0, {})})}));
  const Rows rows(data, "extents");
  EXPECT_EQ(rows.texts("label"), (Strings{"3", "16", "17-32", "33-64", ""}));
  EXPECT_EQ(rows.number(2, "extent"), 17);
  EXPECT_EQ(rows.number(2, "extent_to"), 32);
  EXPECT_EQ(rows.number(0, "messages"), 10);
  EXPECT_EQ(rows.number(0, "share"), 10.0 / 16);
  EXPECT_EQ(rows.number(3, "messages"), 3);
  EXPECT_EQ(rows.text(4, "reason"), "nothing was reordered");
}

TEST(ChartExtents, StayFewWhateverAReportHolds) {
  CountsByLength many;
  for (std::uint64_t i = 0; i < 5000; ++i)
    many[i * i * i] = std::numeric_limits<std::uint64_t>::max();
  many[std::numeric_limits<std::uint64_t>::max()] = 1;
  many[(std::uint64_t{1} << 63) + 1] = 1;
  const ChartData data = chart_data(chart_report(
      {chart_case("udp", {run_with_faults(0, 0, many), run_with_faults(0, 0, many)})}));
  EXPECT_LE(Rows(data, "extents").size(), 65U);
}

// --- costs --------------------------------------------------------------------------------------

TEST(ChartCpu, IsOfEachEnd) {
  std::vector<report::Run> runs(2, run_from(1, 100));
  for (std::size_t i = 0; i < 2; ++i) {
    runs[i].resources.generator = EndResources{};
    runs[i].resources.generator->cpu_ns_per_message = 1000.0 + 500 * static_cast<double>(i);
    runs[i].resources.responder = Maybe<EndResources>::none("remote");
  }
  const ChartData data = chart_data(chart_report({chart_case("tcp", runs)}));
  const Rows rows(data, "cpu");
  EXPECT_EQ(rows.texts("end"), (Strings{"generator", "responder"}));
  EXPECT_EQ(rows.number(0, "cpu_ns_per_message"), 1000);
  EXPECT_EQ(rows.number(0, "high_ns"), 1500);
  EXPECT_TRUE(rows.empty(1, "cpu_ns_per_message"));
  EXPECT_EQ(rows.text(1, "reason"), "remote");
}

TEST(ChartLag, IsThatOfTheGeneratorAndAClosedLoopHasNone) {
  auto open = run_from(1, 100), closed = run_from(1, 100);
  open.generator = Generator{};
  open.generator->lag = sample_distribution(900);
  closed.generator = Generator{};
  closed.generator->lag = Maybe<Distribution>::none("closed_loop");
  const ChartData data =
      chart_data(chart_report({chart_case("tcp", {open}), chart_case("udp", {closed})}));
  const Rows rows(data, "lag");
  EXPECT_EQ(rows.texts("percentile"), (Strings{"p50", "p99", "max", "p50", "p99", "max"}));
  EXPECT_EQ(rows.number(0, "lag_ns"), 900);
  EXPECT_EQ(rows.number(1, "lag_ns"), 2700);
  EXPECT_EQ(rows.text(3, "reason"), "a closed loop has no schedule");
}

TEST(ChartOverhead, IsTheReportsAndWithoutAFloorEmpty) {
  Report report =
      chart_report({chart_case("tcp", {run_from(1, 100)}), chart_case("udp", {run_from(1, 100)})});
  EXPECT_NE(Rows(chart_data(report), "overhead").why_empty().find("--floor"), std::string::npos);
  report.cases[0].runs[0].floor = Floor{};
  report.cases[0].overhead = Overhead{
      .metric = "p50_ns", .blocks = 6, .overhead_ratio = 1.05, .interval = std::array{1.01, 1.09}};
  const ChartData data = chart_data(report);
  const Rows rows(data, "overhead");
  EXPECT_EQ(rows.number(0, "overhead_ratio"), 1.05);
  EXPECT_EQ(rows.number(0, "low"), 1.01);
  EXPECT_EQ(rows.number(0, "high"), 1.09);
  EXPECT_EQ(rows.text(1, "reason"), "the floor was not measured");
}

// --- comparisons --------------------------------------------------------------------------------

TEST(ChartComparisons, AreTheReportsOwnAndOnlyRatios) {
  Report report = chart_report({chart_case("tcp"), chart_case("udp")});
  report.comparisons = {sample_comparison(), sample_comparison(), sample_comparison()};
  report.comparisons[1].effect = EffectKind::difference;
  report.comparisons[2].interval = decltype(Comparison::interval)::none(kTooFewBlocks);
  const ChartData data = chart_data(report);
  const Rows rows(data, "comparisons");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows.text(0, "series"), "udp");
  EXPECT_EQ(rows.text(0, "label"), "udp/rr/64B/c1 against tcp/rr/64B/c1");
  EXPECT_EQ(rows.number(0, "ratio"), 1.05);
  EXPECT_EQ(rows.number(0, "low"), 1.01);
  EXPECT_EQ(rows.number(0, "high"), 1.09);
  EXPECT_EQ(rows.text(0, "verdict"), "slower");
  EXPECT_EQ(rows.text(0, "gate"), "inconclusive");
  EXPECT_EQ(rows.number(0, "margin"), 1.05);
  EXPECT_EQ(rows.text(0, "orientation"), "less_is_better");
  EXPECT_TRUE(rows.empty(0, "reason"));
  EXPECT_EQ(rows.number(1, "ratio"), 1.05);
  EXPECT_TRUE(rows.empty(1, "low"));
  EXPECT_EQ(rows.text(1, "reason"), "no interval: too few blocks of runs");
}

TEST(ChartComparisons, ThatMayBeChanceAreToldAsEverywhere) {
  Report report = chart_report({chart_case("tcp"), chart_case("udp")});
  report.comparisons = {sample_comparison()};
  report.comparisons[0].p_adjusted = 0.2;
  const ChartData data = chart_data(report);
  const Rows rows(data, "comparisons");
  EXPECT_EQ(rows.text(0, "verdict"), "may_be_chance");
  EXPECT_EQ(rows.number(0, "p_adjusted"), 0.2);
}

// So many that the p-value of a line stays small among many lines.
Case in_blocks(const char* transport, double faster) {
  Case one = chart_case(transport);
  for (std::uint64_t block = 0; block < 10; ++block) {
    Run run = run_with(1, 1000 * faster + static_cast<double>(block));
    run.index = block;
    one.runs.push_back(run);
  }
  return one;
}

TEST(ChartComparisons, AreMadeOfTransportsWhereTheReportHasNone) {
  Report report = chart_report({in_blocks("tcp", 1), in_blocks("udp", 2)});
  report.plan_effective["order"] = "interleaved";
  const ChartData data = chart_data(report);
  const Rows rows(data, "comparisons");
  const std::size_t row = rows.where("metric", "goodput_messages_per_s");
  ASSERT_LT(row, rows.size());
  EXPECT_NEAR(rows.number(row, "ratio"), 2, 0.01);
  EXPECT_GT(rows.number(row, "low"), 1.9);
  EXPECT_EQ(rows.text(row, "verdict"), "faster");
  EXPECT_EQ(rows.text(row, "orientation"), "more_is_better");
}

TEST(ChartComparisons, OfTwoReportsAreOfTheCandidatesCases) {
  const Report baseline = chart_report({in_blocks("tcp", 1)}),
               candidate = chart_report({in_blocks("tcp", 2)});
  const ChartData data = chart_data(baseline, candidate);
  const Rows rows(data, "comparisons");
  const std::size_t row = rows.where("metric", "goodput_messages_per_s");
  ASSERT_LT(row, rows.size());
  EXPECT_EQ(rows.text(row, "series"), "tcp (candidate)");
  EXPECT_EQ(rows.text(row, "verdict"), "difference_observed_time_confounded");
  EXPECT_EQ(rows.text(row, "label"), "tcp/rr/64B/c1");
  EXPECT_NEAR(rows.number(row, "ratio"), 2, 0.01);
}

TEST(ChartComparisons, ThatCannotBeMadeAreASentence) {
  const auto why = [](const ChartData& data) { return Rows(data, "comparisons").why_empty(); };
  const Report one = chart_report({in_blocks("tcp", 1)});
  EXPECT_EQ(why(chart_data(one)), "No two cases differ only in their transport.");
  Report other = one;
  other.environment.hard["cpu_model"] = "\"another\"";
  EXPECT_NE(why(chart_data(one, other)).find("cpu_model"), std::string::npos);
  EXPECT_NE(why(chart_data(one, chart_report({in_blocks("udp", 1)}))).find("no case in common"),
            std::string::npos);
  // Nobody waits for intervals of thousands of pairs that were not asked for.
  Report large;
  for (int i = 0; i < 200; ++i) {
    large.cases.push_back(chart_case(i % 2 == 0 ? "tcp" : "udp"));
    large.cases.back().params.size_bytes = static_cast<std::uint64_t>(64 + i / 2);
    large.cases.back().runs.resize(40, run_from(1, 10));
  }
  EXPECT_NE(why(chart_data(large)).find("sockmark compare"), std::string::npos);
}

// --- all of them --------------------------------------------------------------------------------

Report large_report() {
  Report report;
  for (int i = 0; i < 200; ++i) {
    const char* transports[] = {"tcp", "udp", "unix-stream", "unix-dgram"};
    Case one =
        sample_case(transports[i % 4], "rr", static_cast<std::uint64_t>(64 + i / 4), 20'000, 1);
    one.runs.clear();
    for (std::uint64_t run = 0; run < 3; ++run) {
      one.runs.push_back(run_in_steps(std::vector<std::uint64_t>(20, 100)));
      one.runs.back().index = run;
    }
    report.cases.push_back(one);
  }
  return report;
}

Report not_finite_report() {
  Report report = full_report();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  report.cases.push_back(report.cases[0]);
  Case& one = report.cases[0];
  one.params.rate_per_s = nan;
  report.cases[1].params.rate_per_s = infinity;
  Run& run = one.runs[0];
  run.valid = true;
  run.throughput->goodput_messages_per_s = nan;
  run.loss->loss_ratio = infinity;
  run.duplication->duplication_fraction = -infinity;
  run.resources.generator->cpu_ns_per_message = nan;
  run.series[0].t_s = nan;
  run.series[1].messages = std::numeric_limits<std::uint64_t>::max();
  run.window.measure_ns = std::numeric_limits<std::int64_t>::min();
  run.index = std::numeric_limits<std::uint64_t>::max();
  run.latency->response_time->overflow = std::numeric_limits<std::uint64_t>::max();
  run.latency->response_time->max_ns = std::numeric_limits<std::int64_t>::min();
  one.overhead->overhead_ratio = nan;
  report.searches[0].trials.push_back({.rate_per_s = nan,
                                       .duration_ns = 1,
                                       .valid = true,
                                       .saturated = {},
                                       .loss_ratio = {},
                                       .p99_ns = 1});
  report.searches[0].trials.push_back({.rate_per_s = infinity,
                                       .duration_ns = 1,
                                       .valid = true,
                                       .saturated = {},
                                       .loss_ratio = {},
                                       .p99_ns = 1});
  report.comparisons[0].estimate = infinity;
  report.comparisons[0].interval = std::array{nan, nan};
  report.comparisons[0].gate->margin = nan;
  report.comparisons[0].metric = std::string("\0\xFF<b>", 5);
  return report;
}

struct Sample {
  const char* name;
  Report (*make)();
};

// --- buffers ------------------------------------------------------------------------------------

Case with_buffer(const char* sndbuf, std::int64_t first_ns, const char* transport = "tcp") {
  Case one = chart_case(transport, {run_from(first_ns, 1000)});
  one.runs[0].throughput = Throughput{};
  one.runs[0].throughput->goodput_bytes_per_s = static_cast<double>(10 * first_ns);
  if (sndbuf != nullptr) one.params.requested_options["sndbuf"] = sndbuf;
  return one;
}

TEST(ChartBuffers, AreInTheOrderOfTheirSizesTheDefaultLast) {
  const ChartData data = chart_data(chart_report(
      {with_buffer(nullptr, 400), with_buffer("262144", 300), with_buffer("16384", 100)}));
  const Rows rows(data, "buffers");
  EXPECT_EQ(rows.texts("label"), (Strings{"16 KiB", "256 KiB", "default"}));
  EXPECT_EQ(rows.texts("series"), (Strings{"tcp", "tcp", "tcp"}));
  EXPECT_EQ(rows.texts("option"), (Strings{"sndbuf", "sndbuf", "sndbuf"}));
  EXPECT_EQ(rows.numbers("place"), (Numbers{0, 1, 2}));
  EXPECT_EQ(rows.numbers("goodput_bytes_per_s"), (Numbers{1000, 3000, 4000}));
  EXPECT_EQ(rows.numbers("p50_ns"), (Numbers{599, 799, 899}));
  EXPECT_EQ(rows.number(0, "buffer_bytes"), 16384);
  EXPECT_TRUE(rows.empty(2, "buffer_bytes"));
  const auto line = std::ranges::find(data.series, "tcp", &ChartSeries::name);
  ASSERT_NE(line, data.series.end());
  EXPECT_EQ(line->dash, 0);
}

TEST(ChartBuffers, LinesOfOneChartHaveOneAxis) {
  const ChartData data = chart_data(
      chart_report({with_buffer("16384", 100), with_buffer("65536", 200),
                    with_buffer("32768", 150, "udp"), with_buffer("65536", 250, "udp")}));
  const Rows rows(data, "buffers");
  EXPECT_EQ(rows.texts("series"), (Strings{"tcp", "tcp", "udp", "udp"}));
  EXPECT_EQ(rows.numbers("place"), (Numbers{0, 2, 1, 2}));
}

TEST(ChartBuffers, WithOneSizeThereAreNone) {
  for (const auto& cases :
       {std::vector{with_buffer("16384", 100), with_buffer("16384", 100, "udp")},
        std::vector{with_buffer(nullptr, 100)}}) {
    const ChartData data = chart_data(chart_report(cases));
    EXPECT_EQ(Rows(data, "buffers").size(), 0U);
    EXPECT_EQ(Rows(data, "buffers").why_empty(),
              "No two cases differ only in the size of a buffer.");
  }
}

class EveryReport : public testing::TestWithParam<Sample> {
 protected:
  Report report_ = GetParam().make();
};
INSTANTIATE_TEST_SUITE_P(Charts, EveryReport,
                         testing::Values(Sample{"full", full_report},
                                         Sample{"failed", failed_report},
                                         Sample{"exported", exported_report},
                                         Sample{"large", large_report},
                                         Sample{"not_finite", not_finite_report},
                                         Sample{"without_a_case", sample_frame}),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

TEST_P(EveryReport, HasEveryTableAndEveryRowACellForEachColumn) {
  const ChartData data = chart_data(report_);
  Strings names;
  for (const ChartTable& table : data.tables) {
    names.emplace_back(table.name);
    EXPECT_EQ(table.rows.empty(), !table.why_empty.empty()) << table.name;
    EXPECT_EQ(table.columns[0].name, "group");
    EXPECT_EQ(table.columns[1].name, "series");
    EXPECT_EQ(table.columns[2].name, "case");
    EXPECT_EQ(table.columns.back().name, table.name == "events" ? "text" : "reason");
    for (const ChartRow& row : table.rows)
      ASSERT_EQ(row.size(), table.columns.size()) << table.name;
  }
  EXPECT_EQ(names, (Strings{"percentiles", "distribution", "rates", "buffers", "over_time",
                            "events", "load", "faults", "extents", "comparisons", "throughput",
                            "cpu", "lag", "overhead"}));
}

TEST_P(EveryReport, NoNumberIsNotFiniteAndAPlaceIsListed) {
  const ChartData data = chart_data(report_);
  const auto listed = [](const auto& list, const ChartCell& name) {
    return std::ranges::any_of(
        list, [&](const auto& one) { return one.name == std::get<std::string>(name); });
  };
  for (const ChartTable& table : data.tables) {
    for (const ChartRow& row : table.rows) {
      ASSERT_TRUE(listed(data.groups, row[0]) && listed(data.series, row[1])) << table.name;
      for (const ChartCell& cell : row) {
        const auto* number = std::get_if<double>(&cell);
        ASSERT_TRUE(number == nullptr || std::isfinite(*number)) << table.name;
      }
    }
  }
}

TEST_P(EveryReport, EveryCaseIsInEveryTableThatIsAboutCases) {
  const ChartData data = chart_data(report_);
  for (const char* table :
       {"percentiles", "distribution", "over_time", "faults", "extents", "cpu", "lag"}) {
    std::set<std::pair<std::string, std::string>> places;
    const Rows rows(data, table);
    for (std::size_t row = 0; row < rows.size(); ++row)
      places.insert({rows.text(row, "group"), rows.text(row, "series")});
    // Where both ends send, the two streams have a place each.
    const auto both = std::ranges::count_if(report_.cases, has_both_streams);
    EXPECT_EQ(places.size(), report_.cases.size() + static_cast<std::size_t>(both)) << table;
  }
}

TEST_P(EveryReport, IsTheSameValidJsonEveryTimeAlsoBesideItself) {
  for (const std::string& text :
       {charts_json(chart_data(report_)), charts_json(chart_data(report_, report_))}) {
    EXPECT_TRUE(nlohmann::json::accept(text));
    EXPECT_TRUE(text.ends_with("}\n"));
  }
  EXPECT_EQ(to_charts(report_), charts_json(chart_data(report_)));
}

TEST(Charts, OfTwoHundredCasesStaySmall) { EXPECT_LT(to_charts(large_report()).size(), 8U << 20); }

TEST(Charts, AreWrittenAsTheyAre) {
  const auto json =
      nlohmann::json::parse(to_charts(chart_report({chart_case("<tcp>", {run_of({10})})})));
  EXPECT_EQ(json.at("schema_version"), kChartsSchemaVersion);
  EXPECT_EQ(json.at("groups")[0].at("file"), "rr-64B");
  EXPECT_EQ(json.at("series")[0], (nlohmann::json{{"name", "<tcp>"}, {"colour", 6}, {"dash", 0}}));
  const auto& table = json.at("tables").at("distribution");
  EXPECT_EQ(table.at("columns")[3],
            (nlohmann::json{{"name", "latency_ns"}, {"title", "Latency"}, {"unit", "ns"}}));
  EXPECT_EQ(table.at("rows")[1],
            nlohmann::json::parse(R"(["rr 64 B", "<tcp>", "<tcp>/rr/64B/c1", 10, 1.0, null])"));
  EXPECT_FALSE(table.contains("why_empty"));
  EXPECT_TRUE(json.at("tables").at("rates").contains("why_empty"));
}

TEST(Charts, TableOfAnotherNameIsNone) { EXPECT_EQ(chart_data(Report{}).table("pie"), nullptr); }

}  // namespace
}  // namespace sockmark::report
