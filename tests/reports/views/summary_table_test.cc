#include "reports/views/summary_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/summary.h"
#include "tests/reports/compare/compare_reports.h"
#include "tests/reports/render/hostile.h"

namespace sockmark::report {
namespace {

Report two_sizes() {
  Report report = two_transports(2, 0.5);
  report.cases.push_back(scaled_case("tcp", {2, 2}));
  report.cases.back().params.size_bytes = 1024;
  return report;
}

TEST(SummaryTable, CasesThatDifferInTheTransportAloneAreAGroup) {
  const Report report = two_sizes();
  const SummaryTable table = summary_table(report);
  ASSERT_EQ(table.groups.size(), 2U);
  EXPECT_EQ(table.groups[0].rows.size(), 2U);
  EXPECT_EQ(table.groups[0].rows[1].transport, "udp");
  EXPECT_EQ(table.groups[0].rows[1].source, &report.cases[1]);
  EXPECT_EQ(table.groups[1].rows.size(), 1U);
  EXPECT_FALSE(table.has_arms);
}

TEST(SummaryTable, KeysAreWorkloadSizeAndWhatVaries) {
  Report report = two_sizes();
  SummaryTable table = summary_table(report);
  EXPECT_EQ(table.keys, (std::vector<std::string_view>{"workload", "size"}));
  EXPECT_EQ(table.groups[0].title, "rr, 64 B");
  EXPECT_EQ(table.groups[1].keys, (std::vector<std::string>{"rr", "1 KiB"}));
  report.cases[2].params.connections = 4;
  table = summary_table(report);
  EXPECT_EQ(table.keys, (std::vector<std::string_view>{"workload", "size", "conns"}));
  EXPECT_EQ(table.groups[0].title, "rr, 64 B, 1 connection");
  EXPECT_EQ(table.groups[1].title, "rr, 1 KiB, 4 connections");
}

TEST(SummaryTable, ARequestedOptionIsAColumn) {
  Report report = two_transports(2, 0.5);
  report.cases[1].params = report.cases[0].params;
  report.cases[1].params.requested_options = {{"sndbuf", "65536"}, {"nodelay", "off"}};
  const SummaryTable table = summary_table(report);
  EXPECT_EQ(table.keys, (std::vector<std::string_view>{"workload", "size", "nodelay", "sndbuf"}));
  ASSERT_EQ(table.groups.size(), 2U);
  EXPECT_EQ(table.groups[0].title, "rr, 64 B, nodelay on, sndbuf default");
  EXPECT_EQ(table.groups[1].title, "rr, 64 B, nodelay off, sndbuf 64 KiB");
}

TEST(SummaryTable, TheRateHasItsMessagesPerSystemCallIfTheyAreSeveral) {
  Report report = two_transports(3, 0.5);
  const auto rate = [&](double per_call) {
    for (report::Run& run : report.cases[0].runs) run.load->messages_per_send_call = per_call;
    return summary_table(report).groups[0].rows[0].values[4].text;
  };
  const std::string alone = rate(1);
  EXPECT_EQ(alone.find("call"), std::string::npos) << alone;
  EXPECT_EQ(rate(0.5), alone);
  EXPECT_EQ(rate(256), alone + " (256/call)");
  EXPECT_EQ(rate(15.97), alone + " (16/call)");
}

TEST(SummaryTable, AStreamForwardHasNoDirectionUnlessAnotherCaseHas) {
  Report report = two_transports(2, 0.5);
  for (Case& one : report.cases) {
    one.params.workload = "stream";
    one.params.direction = "forward";
  }
  EXPECT_EQ(summary_table(report).groups[0].title, "stream, 64 B");
  report.cases[1].params.direction = "reverse";
  const SummaryTable table = summary_table(report);
  ASSERT_EQ(table.groups.size(), 2U);
  EXPECT_EQ(table.groups[0].title, "stream, forward, 64 B");
  EXPECT_EQ(table.groups[1].title, "stream, reverse, 64 B");
}

TEST(SummaryTable, EachDirectionOfBothHasARowOfItsOwnFigures) {
  Report report = two_transports(2, 0.5);
  Case& both = report.cases[0];
  both.params.direction = "both";
  for (report::Run& run : both.runs) {
    run.reverse = reverse_of(run);
    run.reverse->latency.response_time->p50_ns = 7'000'000;
    run.reverse->throughput.goodput_messages_per_s = 7;
    run.reverse->loss.loss_ratio = 0.07;
  }
  report.cases[1].params.direction = "reverse";
  const SummaryTable table = summary_table(report);
  EXPECT_EQ(table.keys, (std::vector<std::string_view>{"workload", "direction", "size"}));
  ASSERT_EQ(table.groups.size(), 2U);
  ASSERT_EQ(table.groups[0].rows.size(), 2U);
  const SummaryRow &forward = table.groups[0].rows[0], &reverse = table.groups[0].rows[1];
  EXPECT_EQ(forward.transport, "tcp, forward");
  EXPECT_EQ(reverse.transport, "tcp, reverse");
  EXPECT_EQ(reverse.source, &both);
  EXPECT_EQ(reverse.values[0].text, "7.00 ms");
  EXPECT_NE(forward.values[0].text, reverse.values[0].text);
  EXPECT_TRUE(reverse.values[4].text.starts_with("7")) << "messages/s: " << reverse.values[4].text;
  EXPECT_FALSE(forward.values[4].text.starts_with("7")) << forward.values[4].text;
  EXPECT_EQ(reverse.values[6].text, "-") << "CPU time is that of all messages, in the row above";
  EXPECT_EQ(reverse.values[6].footnote, 0U);
  EXPECT_TRUE(reverse.values[7].text.starts_with("7")) << "loss: " << reverse.values[7].text;
  EXPECT_EQ(table.groups[1].rows[0].transport, "udp");
  EXPECT_EQ(table.groups[1].keys[1], "reverse");
}

TEST(SummaryTable, AOneWayDelayBelowTheBoundOfTheClocksIsNotQuoted) {
  Report report = two_transports(2, 0.5);
  const auto with_bound = [&](double of_p50) {
    for (Case& one : report.cases) {
      for (report::Run& run : one.runs) {
        run.latency->delay_kind = DelayKind::one_way;
        const auto p50 =
            static_cast<double>(*report.cases[1].runs[0].latency->response_time->p50_ns);
        run.latency->bound_ns = static_cast<std::int64_t>(of_p50 * p50);
      }
    }
    return summary_table(report);
  };
  const SummaryTable below = with_bound(1.5);
  EXPECT_TRUE(below.groups[0].rows[1].values[0].text.starts_with("< "));
  EXPECT_FALSE(below.groups[0].rows[0].values[0].text.starts_with("< "));
  EXPECT_FALSE(below.groups[0].rows[1].values[0].best) << "the difference is within the bounds";
  EXPECT_FALSE(below.groups[0].rows[1].values[3].text.starts_with("< ")) << "a rate has no clock";
  const SummaryTable above = with_bound(0.01);
  EXPECT_FALSE(above.groups[0].rows[1].values[0].text.starts_with("< "));
  EXPECT_TRUE(above.groups[0].rows[1].values[0].best);
  bool noted = false;
  for (const std::string& note : above.notes) noted |= note.starts_with("one-way delay to ±");
  EXPECT_TRUE(noted);
}

TEST(SummaryTable, WhatWasDoneOnPurposeIsToldWhereverThereIsAny) {
  Report report = two_transports(2, 0.5);
  for (Case& one : report.cases) one.params.impair = "loss=1%";
  EXPECT_EQ(summary_table(report).groups[0].title, "rr, 64 B, loss=1%");
  report.cases[0].params.impair = Maybe<std::string>::none("none");
  report.cases[0].params.server_pause = ServerPause{.every_ns = 1'000'000'000, .for_ns = 5'000'000};
  report.cases[0].params.server_work_ns = 1500;
  const SummaryTable table = summary_table(report);
  EXPECT_EQ(table.keys, (std::vector<std::string_view>{"workload", "size", "faults", "responder"}));
  ASSERT_EQ(table.groups.size(), 2U);
  EXPECT_EQ(table.groups[0].title, "rr, 64 B, pauses of 5 ms every 1 s, 1.5 µs of work");
  EXPECT_EQ(table.groups[1].title, "rr, 64 B, loss=1%");
}

TEST(SummaryTable, RowsThatDifferInWhatNoColumnShowsBearTheirIds) {
  Report report = two_transports(2, 0.5);
  report.cases.push_back(report.cases[1]);
  report.cases[2].params.duration_ns *= 2;
  report.cases[2].id = "udp/longer";
  const SummaryTable table = summary_table(report);
  ASSERT_EQ(table.groups.size(), 1U);
  EXPECT_EQ(table.groups[0].rows[0].transport, "tcp");
  EXPECT_EQ(table.groups[0].rows[1].transport, report.cases[1].id);
  EXPECT_EQ(table.groups[0].rows[2].transport, "udp/longer");
}

TEST(SummaryTable, TheBestOfAColumnIsMarkedWhereThereIsAnybodyToBeat) {
  const SummaryTable table = summary_table(two_sizes());
  const auto best = [](const SummaryRow& row) {
    std::string text;
    for (const SummaryCell& cell : row.values) text += cell.best ? '*' : '.';
    return text;
  };
  // p50, p99, p99.9, max, msg/s, bytes/s, CPU/msg, loss: udp takes half as long.
  EXPECT_EQ(best(table.groups[0].rows[0]), "........");
  EXPECT_EQ(best(table.groups[0].rows[1]), "***.***.");
  EXPECT_EQ(best(table.groups[1].rows[0]), "........");
  // As fast as it goes, latency is the length of a queue.
  Report stream = two_sizes();
  for (Case& one : stream.cases) {
    one.params.workload = "stream";
    one.params.rate_per_s = Maybe<double>::none("saturating");
  }
  EXPECT_EQ(best(summary_table(stream).groups[0].rows[1]), "....***.");
}

TEST(SummaryTable, WhatIsUndefinedHasANumberedReason) {
  Report report = two_sizes();
  for (auto& run : report.cases[0].runs) run.loss->loss_ratio = Maybe<double>::none(kNotApplicable);
  for (auto& run : report.cases[2].runs) {
    run.valid = false;
    run.throughput = Maybe<Throughput>::none("run_failed");
    run.latency = Maybe<Latency>::none("run_failed");
    run.loss = Maybe<Loss>::none("run_failed");
    run.resources = {};
  }
  const SummaryTable table = summary_table(report);
  EXPECT_EQ(table.footnotes,
            (std::vector<std::string>{"not applicable to this transport", "no valid run"}));
  EXPECT_EQ(table.groups[0].rows[0].values.back().text, "-");
  EXPECT_EQ(table.groups[0].rows[0].values.back().footnote, 1U);
  EXPECT_EQ(table.groups[0].rows[1].values.back().footnote, 0U);
  for (const SummaryCell& cell : table.groups[1].rows[0].values) EXPECT_EQ(cell.footnote, 2U);
}

TEST(SummaryTable, MedianOfSomeRunsIsShownWithTheirNumberAndIsNeverBest) {
  Report report = two_transports(3, 0.5);
  const SummaryTable whole = summary_table(report);
  const std::size_t p99 = 1;
  ASSERT_TRUE(whole.groups[0].rows[1].values[p99].best);
  report.cases[1].runs[2].latency->response_time->p99_ns = Maybe<std::int64_t>::none(kSamples);
  const SummaryTable table = summary_table(report);
  const SummaryCell& cell = table.groups[0].rows[1].values[p99];
  Report of_two = report;
  of_two.cases[1].runs.pop_back();
  EXPECT_EQ(cell.text, summary_table(of_two).groups[0].rows[1].values[p99].text);
  ASSERT_EQ(cell.footnote, 1U);
  EXPECT_EQ(table.footnotes.front(),
            "median of 2 of 3 valid runs; in the others: too few samples for this percentile");
  for (const SummaryRow& row : table.groups[0].rows) EXPECT_FALSE(row.values[p99].best);
  // The summary, and with it every comparison of cases, stays undefined.
  EXPECT_EQ(summarise(report.cases[1], metric("p99_ns")).reason(), kSamples);
}

TEST(SummaryTable, WhatInvalidRunsMeasuredIsShownButIsNeverBest) {
  Report report = two_sizes();
  const SummaryTable valid = summary_table(report);
  for (auto& run : report.cases[0].runs) run.valid = false;
  const SummaryTable table = summary_table(report);
  const SummaryRow& row = table.groups[0].rows[0];
  EXPECT_TRUE(row.only_invalid());
  EXPECT_EQ(row.values[0].text, valid.groups[0].rows[0].values[0].text);
  for (const SummaryCell& cell : row.values) EXPECT_FALSE(cell.best);
  EXPECT_NE(
      std::ranges::find(table.notes, "without a valid run, values are those of the invalid runs"),
      table.notes.end());
  // One valid run is enough: the others are left out.
  report.cases[0].runs[0].valid = true;
  EXPECT_FALSE(summary_table(report).groups[0].rows[0].only_invalid());
}

TEST(SummaryTable, RunsInTwoGroupsAreTold) {
  Report report = two_sizes();
  const report::Run run = report.cases[0].runs[0];
  report.cases[0].runs.clear();
  for (const std::int64_t p50_ns :
       {13'000, 20'000, 13'100, 19'900, 13'200, 13'000, 20'100, 13'100}) {
    report.cases[0].runs.push_back(run);
    report.cases[0].runs.back().latency->response_time->p50_ns = p50_ns;
  }
  EXPECT_EQ(summary_table(report).groups[0].rows[0].groups,
            "two groups of runs: p50 13.1 µs in 5, 20.0 µs in 3");
  EXPECT_EQ(summary_table(report).groups[0].rows[1].groups, "");
}

TEST(SummaryTable, InterferenceIsCountedExplainedAndKeepsTheValues) {
  Report report = two_sizes();
  report.cases[0].runs[0].interference_reasons = {"the generator was late by 900 µs at p99"};
  const SummaryTable table = summary_table(report);
  const SummaryRow& row = table.groups[0].rows[0];
  EXPECT_EQ(row.interfered, 1U);
  EXPECT_EQ(row.why_interfered,
            (std::vector<std::string>{"the generator was late by 900 µs at p99"}));
  EXPECT_EQ(row.invalid, 0U);
  EXPECT_EQ(table.notes.front(),
            "interference: latencies are upper bounds of those on a quiet machine");
}

TEST(SummaryTable, AStallSaysForHowLong) {
  Report report = two_sizes();
  report::Run& run = report.cases[0].runs[0];
  run.steady = false;
  run.unsteady_reasons = {"stall"};
  run.window.measure_ns = 1'000'000'000;
  run.stalls = Stalls{.total_ns = 944'000'000,
                      .longest_ns = 900'000'000,
                      .waiting_for_lost_ns = 930'000'000,
                      .lost_in_warmup = 1};
  const std::vector<std::string> text{
      "stall (of 1000 ms: nothing arrived for 944 ms, waited 930 ms for unanswered messages, "
      "1 unanswered in the warm-up)"};
  EXPECT_EQ(summary_table(report).groups[0].rows[0].why_unsteady, text);
  // An invalid run has it among its reasons.
  run.valid = false;
  run.invalid_reasons = {"nothing was sent within the window"};
  const SummaryTable table = summary_table(report);
  const SummaryRow& row = table.groups[0].rows[0];
  EXPECT_EQ(row.why_invalid.front(), "nothing was sent within the window");
  EXPECT_EQ(row.why_invalid.back(), text.front());
}

TEST(SummaryTable, InvalidAndUnsteadyRunsAreCountedAndExplained) {
  Report report = two_sizes();
  Case& tcp = report.cases[0];
  tcp.runs[0].valid = false;
  tcp.runs[0].steady = false;  // an invalid run is not called unsteady as well
  tcp.runs[0].invalid_reasons = {"killed by signal 9"};
  tcp.runs[1].steady = false;
  tcp.runs[1].unsteady_reasons = {"trend", "trend", "backlog"};
  const SummaryTable table = summary_table(report);
  const SummaryRow& row = table.groups[0].rows[0];
  EXPECT_EQ(row.invalid, 1U);
  EXPECT_EQ(row.why_invalid, std::vector<std::string>{"killed by signal 9"});
  EXPECT_EQ(row.unsteady, 1U);
  EXPECT_EQ(row.why_unsteady,
            (std::vector<std::string>{"trend (the p50 rose or fell)", "backlog (a queue grew)"}));
}

TEST(SummaryTable, RowsOfTwoProgramsAreToldApart) {
  Report report = two_transports(2, 0.5);
  report.cases[0].params.arm = Arm::baseline;
  report.cases[1].params.arm = Arm::candidate;
  EXPECT_TRUE(summary_table(report).has_arms);
  report.cases[0].params.arm = Arm::candidate;
  EXPECT_FALSE(summary_table(report).has_arms);
}

TEST(SummaryTable, AnAddressThatTheUserNamedIsTheName) {
  Report report = two_transports(2, 0.5);
  report.cases[0].params.address = "tcp://127.0.0.1:9";
  report.cases[1].params.address = "";
  const SummaryTable table = summary_table(report);
  EXPECT_EQ(table.groups[0].rows[0].transport, "tcp://127.0.0.1:9");
  EXPECT_EQ(table.groups[0].rows[1].transport, "udp");
}

TEST(SummaryTable, OfNoCaseHasNoGroupAndNoNote) {
  const SummaryTable table = summary_table(Report{});
  EXPECT_TRUE(table.groups.empty());
  EXPECT_TRUE(table.notes.empty());
  EXPECT_FALSE(table.columns.empty());
}

TEST(SummaryTable, NamesAreCutAndPrintable) {
  const Report report = hostile_report();
  const SummaryTable table = summary_table(report);
  ASSERT_EQ(table.groups.size(), 1U);
  for (const SummaryRow& row : table.groups[0].rows) {
    EXPECT_LE(row.transport.size(), 80U);
    EXPECT_EQ(row.transport.find('\x1b'), std::string::npos);
    EXPECT_EQ(row.why_invalid.size(), 1U);
    EXPECT_EQ(row.why_invalid[0].find('\n'), std::string::npos);
  }
}

TEST(SummaryTable, HasThePercentilesThatWereAskedFor) {
  Report report = two_sizes();
  const auto headers = [&](const TableOptions& options) {
    const SummaryTable table = summary_table(report, options);
    return std::vector<std::string>(table.columns.begin(), std::ranges::find(table.columns, "max"));
  };
  EXPECT_EQ(headers({.percentiles = {50, 99.99}}), (std::vector<std::string>{"p50", "p99.99"}));
  for (Case& one : report.cases) {
    for (report::Run& run : one.runs)
      run.latency->response_time->p99_9_ns = Maybe<std::int64_t>::none(kSamples);
  }
  EXPECT_EQ(headers({}), (std::vector<std::string>{"p50", "p99"}));
  report.cases[2].runs[0].latency->response_time->p99_9_ns = 123'456;
  EXPECT_EQ(headers({}), (std::vector<std::string>{"p50", "p99", "p99.9"}));
}

TEST(SummaryTable, ShowsBitsWhereTheyWereAskedFor) {
  Report report = two_sizes();
  for (Case& one : report.cases) {
    for (report::Run& run : one.runs) run.throughput->goodput_bytes_per_s = 1.25e9;
  }
  const auto cell_of = [&](const TableOptions& options, const char* header) {
    const SummaryTable table = summary_table(report, options);
    const auto at = std::ranges::find(table.columns, header) - table.columns.begin();
    return table.groups[0].rows[0].values[static_cast<std::size_t>(at)].text;
  };
  EXPECT_EQ(cell_of({}, "bytes/s"), "1.25 GB");
  EXPECT_EQ(cell_of({.percentiles = {}, .bits = true}, "bits/s"), "10.0 Gbit");
}

TEST(SummaryTable, NumbersHaveAtMostFourDigits) {
  Report report = two_transports(1, 1.0);
  const auto set = [&](std::size_t index, std::int64_t p50, std::int64_t max) {
    Distribution& latency = *report.cases[index].runs[0].latency->response_time;
    latency.p50_ns = p50;
    latency.max_ns = max;
  };
  const auto text = [&](std::size_t row, std::string_view header) {
    const SummaryTable table = summary_table(report);
    const auto at = std::ranges::find(table.columns, header) - table.columns.begin();
    return table.groups[0].rows[row].values[static_cast<std::size_t>(at)].text;
  };
  set(0, 12'300, 161'000'000);
  set(1, 15'600, 2'236'000);
  EXPECT_EQ(text(0, "p50"), "12.3 µs");
  EXPECT_EQ(text(0, "max"), "161.0 ms") << "a unit of its own, as microseconds were too long";
  EXPECT_EQ(text(1, "max"), "2.24 ms");
  set(0, 12'300, 61'000'000'000);
  EXPECT_EQ(text(0, "max"), "61.0 s") << "too long beside 2 ms";
}

}  // namespace
}  // namespace sockmark::report
