#include "reports/views/loss_notes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "reports/compare/default_comparison.h"
#include "reports/views/alerts.h"
#include "reports/views/summary_table.h"
#include "tests/reports/compare/compare_reports.h"

namespace sockmark::report {
namespace {

// An open loop of two runs that each lost 700 of 1000 messages at the responder's socket.
Report overflowing(double busy) {
  Report report = two_transports(2, 1);
  Case& one = report.cases[1];
  one.params.rate_per_s = 1'000.0;
  for (report::Run& run : one.runs) {
    run.loss->sent = 1'000;
    run.loss->lost = 700;
    run.loss->received = 300;
    run.loss->forward_lost = Maybe<std::uint64_t>::none("one_way");
    run.loss->attribution = LossAttribution{.receiver_socket = 700};
    run.resources.responder->cpu_ns =
        static_cast<std::int64_t>(busy * static_cast<double>(run.window.measure_ns));
  }
  return report;
}

TEST(SlowResponders, AFullReceiveBufferBehindABusyResponderIsNamed) {
  const Report report = overflowing(0.99);
  const std::string line =
      report.cases[1].id +
      ": the responder could not keep up: it read 60/s of 200/s, its CPU was busy 99 % of the "
      "time,\nand the kernel dropped 1400 of 2000 messages at its full receive buffer; lower "
      "--rate";
  EXPECT_EQ(slow_responders(report), std::vector<std::string>{line});
  const SummaryTable table = summary_table(report);
  EXPECT_NE(std::ranges::find(table.notes, line), table.notes.end());
  const auto alerts = alerts_of(report, default_comparison(report));
  const auto found = std::ranges::find_if(alerts, [](const Alert& alert) {
    return alert.text == "The responder did not keep up in 1 of 2 cases";
  });
  ASSERT_NE(found, alerts.end());
  std::string one_line = line;
  std::ranges::replace(one_line, '\n', ' ');
  EXPECT_EQ(found->details, std::vector<std::string>{one_line});
}

TEST(SlowResponders, ALargerBufferIsNoRemedyForABusyResponder) {
  const auto lines = slow_responders(overflowing(0.2));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(lines[0].ends_with("; lower --rate, or raise --rcvbuf")) << lines[0];
  EXPECT_TRUE(slow_responders(overflowing(0.99))[0].ends_with("; lower --rate"));
}

TEST(SlowResponders, OnlyLossAtTheRespondersSocketAndAtARateCounts) {
  Report report = overflowing(0.99);
  report.cases[1].params.rate_per_s = Maybe<double>::none("saturating");
  EXPECT_TRUE(slow_responders(report).empty());
  report = overflowing(0.99);
  // Round trips, lost on the way back.
  for (report::Run& run : report.cases[1].runs) run.loss->forward_lost = 5;
  EXPECT_TRUE(slow_responders(report).empty());
  report = overflowing(0.99);
  for (report::Run& run : report.cases[1].runs) run.loss->attribution->receiver_socket = 0;
  EXPECT_TRUE(slow_responders(report).empty());
}

TEST(WarmupLossNote, CountsTheMessagesOfAllRuns) {
  Report report = two_transports(2, 1);
  for (Case& one : report.cases) {
    for (report::Run& run : one.runs) run.stalls = Stalls{.lost_in_warmup = 0};
  }
  EXPECT_FALSE(warmup_loss_note(report));
  report.cases[1].runs[0].stalls->lost_in_warmup = 1;
  EXPECT_EQ(
      warmup_loss_note(report),
      report.cases[1].id +
          ": 1 message of the warm-up was lost;\nloss counts the messages of the window only");
  report.cases[0].runs[1].stalls->lost_in_warmup = 2;
  const auto note = warmup_loss_note(report);
  EXPECT_EQ(note, report.cases[0].id +
                      " and 1 more: 3 messages of the warm-up were lost;\nloss counts the messages "
                      "of the window only");
  const auto notes = summary_table(report).notes;
  EXPECT_NE(std::ranges::find(notes, *note), notes.end());
}

}  // namespace
}  // namespace sockmark::report
