#include "reports/views/listen_queue_note.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "reports/views/summary_table.h"
#include "tests/reports/compare/compare_reports.h"

namespace sockmark::report {
namespace {

Report with_overflows(std::uint64_t first, std::uint64_t second) {
  Report report = two_transports(2, 0.5);
  report.environment.soft.erase("net.core.somaxconn");
  report.cases[0].runs[1].listen_queue = ListenQueue{.overflows = first, .drops = first};
  report.cases[1].runs[0].listen_queue = ListenQueue{.overflows = second, .drops = second};
  return report;
}

TEST(ListenQueueNote, IsThereOnlyIfAQueueWasFull) {
  EXPECT_FALSE(listen_queue_note(two_transports(2, 0.5)));
  EXPECT_FALSE(listen_queue_note(with_overflows(0, 0)));
}

TEST(ListenQueueNote, NamesTheCaseTheNumberAndTheLimit) {
  Report report = with_overflows(433, 0);
  const std::string text =
      report.cases[0].id +
      ": the accept queue of the responder was full 433 times;\n"
      "the kernel drops such connections, and the client tries again after 1 s";
  EXPECT_EQ(listen_queue_note(report), text);
  report.environment.soft["net.core.somaxconn"] = "8";
  EXPECT_EQ(listen_queue_note(report),
            text + "\n(net.core.somaxconn is 8; raise it with: sysctl -w net.core.somaxconn=4096)");
  report.environment.soft["net.core.somaxconn"] = "4096";
  EXPECT_EQ(listen_queue_note(report), text + "\n(net.core.somaxconn is 4096)");
  report.environment.soft["net.core.somaxconn"] = "\"evil\"";
  EXPECT_EQ(listen_queue_note(report), text);
  report.cases[1].runs[1].listen_queue = ListenQueue{.overflows = 1, .drops = 1};
  EXPECT_TRUE(listen_queue_note(report)->starts_with(report.cases[0].id +
                                                     " and 1 more: the accept queue of the "
                                                     "responder was full 434 times"));
}

TEST(ListenQueueNote, IsBelowTheTable) {
  const Report report = with_overflows(0, 1);
  const auto note = listen_queue_note(report);
  ASSERT_TRUE(note);
  EXPECT_NE(note->find("was full once;"), std::string::npos);
  const auto notes = summary_table(report).notes;
  EXPECT_NE(std::ranges::find(notes, *note), notes.end());
}

}  // namespace
}  // namespace sockmark::report
