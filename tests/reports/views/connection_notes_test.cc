#include "reports/views/connection_notes.h"

#include <gtest/gtest.h>

#include "reports/model/summary.h"
#include "tests/reports/compare/compare_reports.h"

namespace sockmark::report {
namespace {

Report of_tcp(std::uint64_t retransmits) {
  Report report = two_transports(3, 0.5);
  for (Case& one : report.cases) {
    for (auto& run : one.runs) {
      Tcp tcp;
      tcp.retransmits = retransmits;
      run.tcp = tcp;
    }
  }
  return report;
}

TEST(ConnectionNotes, AreAbsentWithoutAnythingToSay) {
  EXPECT_FALSE(has_retransmits(two_transports(2, 0.5)));
  EXPECT_FALSE(has_retransmits(of_tcp(0)));
  EXPECT_TRUE(connection_notes(of_tcp(0)).empty());
  EXPECT_EQ(retransmits_text(two_transports(2, 0.5).cases[0]), "-");
  EXPECT_EQ(retransmits_text(of_tcp(0).cases[0]), "0");
}

TEST(ConnectionNotes, RetransmitsAreTheMedianOverTheValidRuns) {
  Report report = of_tcp(5);
  Case& one = report.cases[0];
  one.runs[0].tcp->retransmits = 0;
  one.runs[1].tcp->retransmits = 8;
  EXPECT_TRUE(has_retransmits(report));
  EXPECT_EQ(retransmits_text(one), "5");
  one.runs[2].valid = false;
  EXPECT_EQ(retransmits_text(one), "0");
  for (auto& run : one.runs) run.valid = false;
  EXPECT_EQ(retransmits_text(one), "5");
}

TEST(ConnectionNotes, TimeoutsOfOneNamespaceAreCountedOnce) {
  Report report = of_tcp(5);
  NetworkCounters counters;
  counters.tcp_timeouts = 2;
  report.cases[0].runs[0].network = Network{.generator = counters, .responder = counters};
  const auto notes = connection_notes(report);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("its timer expired 2 times"), std::string::npos) << notes[0];
}

TEST(ConnectionNotes, SayWhoHeldAStream) {
  Report report = of_tcp(0);
  Case& one = report.cases[0];
  one.params.workload = "stream";
  for (auto& run : one.runs) {
    run.window.measure_ns = 1'000'000'000;
    run.tcp->limited_by_receiver_ns = 640'000'000;
    run.tcp->limited_by_send_buffer_ns = 199'000'000;
  }
  const auto notes = connection_notes(report);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("receiver's window for 64 % of the time"), std::string::npos) << notes[0];
  one.params.workload = "rr";
  EXPECT_TRUE(connection_notes(report).empty());
}

TEST(ConnectionNotes, NameTheCaseWithTheMostUnequalConnections) {
  Report report = two_transports(2, 0.5);
  for (auto& run : report.cases[0].runs) run.fairness = Fairness{.jain_index = 0.91};
  EXPECT_TRUE(connection_notes(report).empty());
  for (auto& run : report.cases[1].runs) run.fairness = Fairness{.jain_index = 0.5};
  const auto notes = connection_notes(report);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_TRUE(notes[0].starts_with(report.cases[1].id)) << notes[0];
  EXPECT_NE(notes[0].find("0.50"), std::string::npos) << notes[0];
}

TEST(ConnectionNotes, ExplainTwoSpeedsOfSpinningTcp) {
  Report report = of_tcp(0);
  Case& one = report.cases[0];
  const auto run = one.runs[0];
  one.runs.clear();
  for (int i = 0; i < 10; ++i) {
    one.runs.push_back(run);
    one.runs.back().tcp->segments_per_message = 1.0;
    one.runs.back().latency->response_time->p50_ns = i % 2 == 0 ? 13'000 + i : 20'000 + i;
  }
  ASSERT_TRUE(bool{groups_of(one)});
  EXPECT_TRUE(connection_notes(report).empty());
  one.params.wait = "spin";
  const auto notes = connection_notes(report);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("1 segments per message"), std::string::npos) << notes[0];
}

}  // namespace
}  // namespace sockmark::report
