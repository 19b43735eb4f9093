// How the cases of charts are grouped, named and coloured.

#include <gtest/gtest.h>

#include <set>

#include "base/printable.h"
#include "reports/chart_data/chart_data.h"
#include "tests/reports/chart_data/chart_rows.h"

namespace sockmark::report {
namespace {

using Strings = std::vector<std::string>;

Strings groups_of(const ChartData& data) {
  Strings names;
  for (const ChartGroup& group : data.groups) names.push_back(group.name);
  return names;
}

Strings series_of(const ChartData& data) {
  Strings names;
  for (const ChartSeries& one : data.series) names.push_back(one.name);
  return names;
}

std::vector<std::pair<int, int>> styles_of(const ChartData& data) {
  std::vector<std::pair<int, int>> styles;
  for (const ChartSeries& one : data.series) styles.emplace_back(one.colour, one.dash);
  return styles;
}

Case of_size(std::uint64_t bytes, const char* transport = "tcp") {
  Case one = chart_case(transport);
  one.params.size_bytes = bytes;
  return one;
}

Case of_arm(const char* transport, Arm arm) {
  Case one = chart_case(transport);
  one.params.arm = arm;
  return one;
}

TEST(ChartSubjects, TransportsAreTheSeriesOfAGroupAndHaveColoursOfTheirOwn) {
  const ChartData data = chart_data(chart_report(
      {chart_case("unix-dgram"), chart_case("tcp"), chart_case("udp6"), chart_case("memory")}));
  EXPECT_EQ(groups_of(data), Strings{"rr 64 B"});
  EXPECT_EQ(data.groups[0].file, "rr-64B");
  EXPECT_EQ(series_of(data), (Strings{"unix-dgram", "tcp", "udp6", "memory"}));
  EXPECT_EQ(styles_of(data), (std::vector<std::pair<int, int>>{{5, 0}, {0, 0}, {3, 0}, {6, 0}}));
  EXPECT_EQ(data.title, "rr 64 B over unix-dgram, tcp, udp6, memory");
}

TEST(ChartSubjects, TransportHasItsColourWhateverElseIsInTheReport) {
  for (const auto& cases :
       {std::vector{chart_case("udp"), chart_case("tcp")}, std::vector{chart_case("udp")}}) {
    const ChartData data = chart_data(chart_report(cases));
    EXPECT_EQ(data.series[0].name, "udp");
    EXPECT_EQ(data.series[0].colour, 2);
  }
}

TEST(ChartSubjects, AddressesOfOneTransportDifferInTheirDashes) {
  Case here = chart_case("tcp"), there = chart_case("tcp");
  here.params.address = "tcp://127.0.0.1:0";
  there.params.address = "tcp://10.0.0.2:7";
  const ChartData data = chart_data(chart_report({here, there}));
  EXPECT_EQ(series_of(data), (Strings{"tcp://127.0.0.1:0", "tcp://10.0.0.2:7"}));
  EXPECT_EQ(styles_of(data), (std::vector<std::pair<int, int>>{{0, 0}, {0, 1}}));
}

TEST(ChartSubjects, OfOneTransportWhatVariesIsTheSeries) {
  const ChartData data = chart_data(chart_report({of_size(64), of_size(1024), of_size(1 << 20)}));
  EXPECT_EQ(groups_of(data), Strings{"rr"});
  EXPECT_EQ(series_of(data), (Strings{"64 B", "1 KiB", "1 MiB"}));
  EXPECT_EQ(styles_of(data), (std::vector<std::pair<int, int>>{{0, 0}, {1, 0}, {2, 0}}));
}

TEST(ChartSubjects, BeyondThePaletteColoursAreDashed) {
  std::vector<Case> cases;
  for (std::uint64_t i = 0; i < 10; ++i) cases.push_back(of_size(100 + i));
  const auto styles = styles_of(chart_data(chart_report(cases)));
  ASSERT_EQ(styles.size(), 10U);
  EXPECT_EQ(styles[7], std::pair(7, 0));
  EXPECT_EQ(styles[8], std::pair(0, 1));
  EXPECT_EQ(styles[9], std::pair(1, 1));
}

TEST(ChartSubjects, WhatElseVariesTellsGroupsApart) {
  std::vector<Case> cases;
  for (const std::uint64_t connections : {1U, 4U}) {
    for (const char* transport : {"tcp", "udp"}) {
      cases.push_back(chart_case(transport));
      cases.back().params.connections = connections;
    }
  }
  const ChartData data = chart_data(chart_report(cases));
  EXPECT_EQ(groups_of(data), (Strings{"rr 64 B, 1 connection", "rr 64 B, 4 connections"}));
  EXPECT_EQ(data.groups[1].file, "rr-64B-4connections");
  EXPECT_EQ(series_of(data), (Strings{"tcp", "udp"}));
}

TEST(ChartSubjects, ImpairedCasesAreNotInOneChartWithOthers) {
  Case impaired = chart_case("udp");
  impaired.params.impair = "loss=1%";
  const ChartData data = chart_data(chart_report({chart_case("tcp"), impaired}));
  EXPECT_EQ(groups_of(data), (Strings{"rr 64 B, unimpaired", "rr 64 B, loss=1%"}));
  const ChartData all = chart_data(chart_report({impaired}));
  EXPECT_EQ(groups_of(all), Strings{"rr 64 B, loss=1%"});
  EXPECT_EQ(series_of(all), Strings{"udp"});
}

TEST(ChartSubjects, WhatFollowsFromTheRateIsNotSaidBesideIt) {
  const ChartData data = chart_data(
      chart_report({chart_case("tcp"), chart_case("udp"), at_rate(chart_case("tcp"), 20'000),
                    at_rate(chart_case("udp"), 20'000)}));
  EXPECT_EQ(groups_of(data), (Strings{"rr 64 B, closed loop", "rr 64 B, 20 k/s"}));
}

// A stream in both directions, with 70 messages/s to the generator.
Case both_ways(const char* transport) {
  Case one = chart_case(transport, {sample_run(0, 20'000, 50, 64)});
  one.params.workload = "stream";
  one.params.direction = "both";
  one.runs[0].reverse = reverse_of(one.runs[0]);
  one.runs[0].reverse->throughput.goodput_messages_per_s = 70;
  return one;
}

TEST(ChartSubjects, BothDirectionsOfAStreamAreSeriesOfOneColour) {
  const ChartData data = chart_data(chart_report({both_ways("tcp"), both_ways("udp")}));
  EXPECT_EQ(groups_of(data), Strings{"stream 64 B, both"});
  EXPECT_EQ(series_of(data),
            (Strings{"tcp (forward)", "tcp (reverse)", "udp (forward)", "udp (reverse)"}));
  EXPECT_EQ(styles_of(data), (std::vector<std::pair<int, int>>{{0, 0}, {0, 1}, {2, 0}, {2, 1}}));
  const Rows rows(data, "throughput");
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows.number(0, "goodput_messages_per_s"), 50);
  EXPECT_EQ(rows.text(1, "series"), "tcp (reverse)");
  EXPECT_EQ(rows.number(1, "goodput_messages_per_s"), 70);
}

TEST(ChartSubjects, DirectionsOfOneTransportAreInOneChart) {
  Case forward = chart_case("tcp", {sample_run(0, 20'000, 50, 64)});
  forward.params.workload = "stream";
  forward.params.direction = "forward";
  const ChartData data = chart_data(chart_report({forward, both_ways("tcp")}));
  EXPECT_EQ(groups_of(data), Strings{"stream 64 B"});
  EXPECT_EQ(series_of(data), (Strings{"forward", "both (forward)", "both (reverse)"}));
}

TEST(ChartSubjects, WhatARunHasOnceIsNotDrawnTwice) {
  const ChartData data = chart_data(chart_report({both_ways("tcp")}));
  const Rows cpu(data, "cpu"), over_time(data, "over_time"), lag(data, "lag");
  EXPECT_EQ(cpu.text(2, "series"), "tcp (reverse)");
  EXPECT_EQ(cpu.text(2, "reason"), "of both streams together, with the other one");
  const std::size_t reverse = over_time.where("series", "tcp (reverse)");
  ASSERT_EQ(reverse + 1, over_time.size());
  EXPECT_EQ(over_time.text(reverse, "reason"),
            "the course of a run is that of the stream to the responder");
  EXPECT_GT(lag.number(lag.where("series", "tcp (reverse)"), "lag_ns"), 0);
}

TEST(ChartSubjects, AGroupSaysWhatLatencyIsInIt) {
  // As a run has it: the response time of a stream ends with the arrival.
  Case stream = chart_case("tcp", {run_from(1, 10)});
  stream.params.workload = "stream";
  stream.runs[0].latency->delay_kind = DelayKind::one_way;
  stream.runs[0].latency->one_way = stream.runs[0].latency->response_time;
  Case connect = chart_case("tcp", {run_from(1, 10)});
  connect.params.workload = "connect";
  const ChartData data = chart_data(chart_report(
      {chart_case("tcp", {run_from(1, 10)}), at_rate(chart_case("udp", {run_from(1, 10)}), 1000),
       stream, at_rate(stream, 1000), connect}));
  ASSERT_EQ(groups_of(data),
            (Strings{"rr 64 B, closed loop", "rr 64 B, 1 k/s", "stream 64 B, saturating",
                     "stream 64 B, 1 k/s", "connect 64 B, closed loop"}));
  EXPECT_EQ(
      data.groups[0].latency,
      "round trip in a closed loop, which omits the messages that a stall kept from being sent");
  EXPECT_EQ(data.groups[1].latency, "round trip from when a message was due");
  EXPECT_EQ(data.groups[2].latency, "one-way delay under saturation, mostly time in queues");
  EXPECT_EQ(data.groups[3].latency, "one-way delay from when a message was due");
  EXPECT_TRUE(data.groups[4].latency.starts_with("connecting and one round trip"));
}

TEST(ChartSubjects, ArmsShareAColourAndTheBaselineIsDashed) {
  const ChartData data =
      chart_data(chart_report({of_arm("tcp", Arm::candidate), of_arm("udp", Arm::candidate),
                               of_arm("tcp", Arm::baseline), of_arm("udp", Arm::baseline)}));
  EXPECT_EQ(series_of(data),
            (Strings{"tcp (baseline)", "tcp (candidate)", "udp (baseline)", "udp (candidate)"}));
  EXPECT_EQ(styles_of(data), (std::vector<std::pair<int, int>>{{0, 1}, {0, 0}, {2, 1}, {2, 0}}));
}

TEST(ChartSubjects, TwoReportsAreSidesToo) {
  const Report one = chart_report({chart_case("tcp")});
  const ChartData data = chart_data(one, one);
  EXPECT_EQ(groups_of(data), Strings{"rr 64 B"});
  EXPECT_EQ(series_of(data), (Strings{"tcp (baseline)", "tcp (candidate)"}));
  EXPECT_EQ(styles_of(data), (std::vector<std::pair<int, int>>{{0, 1}, {0, 0}}));
  EXPECT_EQ(data.title, "rr 64 B over tcp: candidate against baseline");
}

TEST(ChartSubjects, WhereOnlyTheRateVariesItIsTheSeriesAndAlongTheRatesTheTransport) {
  const ChartData data =
      chart_data(chart_report({at_rate(chart_case("udp", {run_from(1, 100)}), 1000),
                               at_rate(chart_case("udp", {run_from(1, 100)}), 5000)}));
  EXPECT_EQ(Rows(data, "percentiles").text(0, "group"), "rr 64 B");
  EXPECT_EQ(Rows(data, "percentiles").text(0, "series"), "1 k/s");
  EXPECT_EQ(Rows(data, "rates").text(0, "series"), "udp");
  EXPECT_EQ(series_of(data), (Strings{"1 k/s", "5 k/s", "udp"}));
}

TEST(ChartSubjects, NoTwoCasesShareAPlace) {
  const ChartData data =
      chart_data(chart_report({chart_case("udp"), chart_case("udp"), chart_case("udp")}));
  EXPECT_EQ(series_of(data), (Strings{"udp", "udp #2", "udp #3"}));
}

TEST(ChartSubjects, NamesAreTextAsTheReportHasItWithoutWhatBreaksALine) {
  Case hostile = chart_case("<script>\"alert('\u202E\u0645\u0631\u062D\u0628\u0627\x1b[2J')\"\n");
  Case longer = chart_case(std::string(10'000, 'x'));
  hostile.id += std::string("\0\x7F", 2);
  const ChartData data = chart_data(chart_report({hostile, longer}));
  EXPECT_EQ(data.series[0].name, "<script>\"alert('\u0645\u0631\u062D\u0628\u0627[2J')\"");
  EXPECT_EQ(columns_of(data.series[1].name), 40U);
  for (const std::string& name : Rows(data, "percentiles").texts("case")) {
    EXPECT_EQ(printable(name), name);
    EXPECT_LE(columns_of(name), 80U);
  }
}

TEST(ChartSubjects, FilesAreUniqueWhereCaseIsIgnoredAndStayInTheirFolder) {
  std::vector<Case> cases(4, chart_case("tcp"));
  cases[0].params.workload = "../../RR";
  cases[1].params.workload = "..//..//rr";
  cases[2].params.workload = "\u202E";
  cases[3].params.workload = std::string(200, 'A');
  const ChartData data = chart_data(chart_report(cases));
  ASSERT_EQ(data.groups.size(), 4U);
  EXPECT_EQ(data.groups[0].file, "RR-64B");
  EXPECT_EQ(data.groups[1].file, "rr-64B-2");
  EXPECT_EQ(data.groups[2].file, "64B");
  EXPECT_LE(data.groups[3].file.size(), 60U);
}

}  // namespace
}  // namespace sockmark::report
