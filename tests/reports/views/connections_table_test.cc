#include "reports/views/connections_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace sockmark::report {
namespace {

using Cells = std::vector<std::string>;

ConnectionFigures connection(std::uint64_t number, std::uint64_t messages, std::int64_t p99_ns,
                             std::uint64_t retransmits = 0) {
  return {.number = number,
          .messages = messages,
          .bytes = 64 * messages,
          .p50_ns = p99_ns / 2,
          .p99_ns = p99_ns,
          .retransmits = retransmits};
}

Run run_with(std::vector<ConnectionFigures> connections, double jain_index = 1, bool valid = true) {
  Run run;
  run.valid = valid;
  run.window.measure_ns = 1'000'000'000;
  run.connections = std::move(connections);
  run.fairness = Fairness{.jain_index = jain_index};
  return run;
}

Report report_of(std::vector<Run> runs) {
  Report report;
  report.cases.emplace_back();
  report.cases[0].id = "tcp/rr/64B/c2";
  report.cases[0].runs = std::move(runs);
  return report;
}

template <class Row>
Cells cells_of(const Row& row) {
  return {row.cells.begin(), row.cells.end()};
}

TEST(ConnectionTable, HasMediansOverTheValidRunsTheSlowestFirst) {
  const auto table = connection_table(
      report_of({run_with({connection(0, 100, 20'000), connection(1, 900, 40'000, 3)}, 0.9),
                 run_with({connection(0, 200, 10'000), connection(1, 700, 60'000, 5)}, 0.8),
                 run_with({connection(0, 300, 30'000), connection(1, 800, 50'000, 4)}, 0.7),
                 run_with({connection(0, 9, 9), connection(1, 9, 9)}, 0.1, false)}));
  ASSERT_EQ(table.groups.size(), 1U);
  EXPECT_EQ(table.groups[0].title, "tcp/rr/64B/c2 (Jain's index 0.800)");
  ASSERT_EQ(table.groups[0].rows.size(), 2U);
  EXPECT_EQ(cells_of(table.groups[0].rows[0]),
            (Cells{"1", "800", "51.2 kB", "25.0 µs", "50.0 µs", "4"}));
  EXPECT_EQ(cells_of(table.groups[0].rows[1]),
            (Cells{"0", "200", "12.8 kB", "10.0 µs", "20.0 µs", "0"}));
  EXPECT_EQ(table.groups[0].note, "");
}

TEST(ConnectionTable, SaysWhichConnectionsHaveNoRowAndWhereTheyAre) {
  std::vector<ConnectionFigures> connections;
  for (std::uint64_t i = 0; i < 40; ++i) connections.push_back(connection(i, 100 + i, 1000));
  for (auto& one : connections) {
    one.p50_ns = one.p99_ns = Maybe<std::int64_t>::none("clock_not_shared");
    one.retransmits = Maybe<std::uint64_t>::none("not_applicable");
  }
  std::ranges::reverse(connections);
  const auto table = connection_table(report_of({run_with(connections)}));
  ASSERT_EQ(table.groups.size(), 1U);
  ASSERT_EQ(table.groups[0].rows.size(), kConnectionRowsMax);
  EXPECT_EQ(cells_of(table.groups[0].rows[0]), (Cells{"0", "100", "6.40 kB", "-", "-", "-"}));
  EXPECT_EQ(table.groups[0].note,
            "16 of 40 connections, those with the fewest messages; the report has all of them "
            "(connections of each run)");
}

TEST(ConnectionTable, ACaseThatWasNotAskedForItHasNone) {
  Report report = report_of({report::Run{}});
  EXPECT_TRUE(connection_table(report).groups.empty());
  EXPECT_TRUE(tcp_table(report).rows.empty());
  EXPECT_FALSE(has_connection_tables(report));
}

TEST(TcpTable, HasARowForEachCaseOverTcp) {
  std::vector<report::Run> runs;
  for (const std::uint64_t scale : {1U, 3U, 2U}) {
    report::Run run = run_with({});
    Tcp tcp;
    tcp.retransmits = 10 * scale;
    tcp.retransmits_in_window = scale;
    tcp.rtt_ns = static_cast<std::int64_t>(20'000 * scale);
    tcp.rtt_min_ns = 15'000;
    tcp.congestion_window = 10;
    tcp.delivery_rate_bytes_per_s = Maybe<std::uint64_t>::none("application_limited");
    tcp.limited_by_receiver_ns = static_cast<std::int64_t>(100'000'000 * scale);
    tcp.limited_by_send_buffer_ns = 2'000'000'000;  // of a window of a second
    tcp.segments_per_message = 1.25;
    run.tcp = tcp;
    runs.push_back(run);
  }
  Report report = report_of(std::move(runs));
  report.cases.emplace_back();  // over another transport
  const auto table = tcp_table(report);
  ASSERT_EQ(table.rows.size(), 1U);
  EXPECT_EQ(cells_of(table.rows[0]), (Cells{"tcp/rr/64B/c2", "20", "2", "40.0 µs", "15.0 µs", "10",
                                            "-", "20 %", "100 %", "1.25"}));
  EXPECT_TRUE(has_connection_tables(report));
}

}  // namespace
}  // namespace sockmark::report
