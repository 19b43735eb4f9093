#include "reports/views/load_table.h"

#include <gtest/gtest.h>

#include "reports/model/params_text.h"
#include "reports/model/summary.h"
#include "reports/render/text.h"
#include "tests/reports/sample_report.h"

namespace sockmark::report {
namespace {

Case beside(const std::string& load, std::int64_t p50_ns) {
  Case one = sample_case("udp", "rr", 64, p50_ns, 1000);
  one.params.requested_options["background"] = load;
  if (load != "none") one.id += "/background-" + load;
  for (Run& run : one.runs) {
    run.latency->responsiveness_rpm = 60e9 / static_cast<double>(p50_ns);
    if (load == "none") continue;
    run.background = Background{.transport = "tcp",
                                .connections = 4,
                                .direction = "forward",
                                .size_bytes = 1000,
                                .forward = BackgroundStream{.goodput_bytes_per_s = 2.5e6},
                                .reverse = Maybe<BackgroundStream>::none("other_direction")};
  }
  return one;
}

Report loaded() {
  Report report = sample_frame();
  report.cases = {beside("stream:tcp:4:forward", 5'000'000), beside("none", 100'000)};
  summarise(report);
  return report;
}

TEST(LoadTable, IsEmptyWithoutALoad) {
  Report report = sample_frame();
  report.cases = {beside("none", 100'000)};
  EXPECT_TRUE(load_rows(report).rows.empty());
  EXPECT_TRUE(load_rows(sample_frame()).rows.empty());
}

TEST(LoadTable, HasIdleFirstAndTheRatiosToIt) {
  const auto table = load_rows(loaded());
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.rows[0].id, table.rows[1].id);
  EXPECT_EQ(table.rows[0].id.find("background"), std::string::npos);
  const auto& idle = table.rows[0].cells;
  EXPECT_EQ(idle[0], "idle");
  EXPECT_EQ(idle[1], "100 µs");
  EXPECT_EQ(idle[2], "-");
  EXPECT_EQ(idle[5], "600 k");
  const auto& forward = table.rows[1].cells;
  EXPECT_EQ(forward[0], "4 × tcp, forward");
  EXPECT_EQ(forward[1], "5.00 ms");
  EXPECT_EQ(forward[2], "50.0");
  EXPECT_EQ(forward[5], "12.0 k");
  EXPECT_EQ(forward[6], "2.50 MB");
  EXPECT_EQ(forward[7], "-");
  EXPECT_EQ(load_rows(loaded(), true).rows[1].cells[6], "20.0 Mbit");
}

TEST(LoadTable, WithoutAnIdleCaseHasNoRatio) {
  Report report = loaded();
  report.cases.pop_back();
  const auto table = load_rows(report);
  ASSERT_EQ(table.rows.size(), 1U);
  EXPECT_EQ(table.rows[0].cells[1], "5.00 ms");
  EXPECT_EQ(table.rows[0].cells[2], "-");
}

TEST(LoadTable, GroupsCasesThatDifferInTheLoadOnly) {
  Report report = loaded();
  report.cases.push_back(beside("none", 100'000));
  report.cases.back().params.connections = 2;
  report.cases.push_back(beside("stream:tcp:4:both", 100'000));
  report.cases.push_back(beside("stream:tcp:4:reverse", 100'000));
  const auto groups = load_groups(report);
  ASSERT_EQ(groups.size(), 1U) << "an idle case alone is no group";
  std::vector<std::string> loads;
  for (const Case* one : groups[0].cases) loads.push_back(load_text(one->params));
  EXPECT_EQ(loads, (std::vector<std::string>{"idle", "4 × tcp, forward", "4 × tcp, reverse",
                                             "4 × tcp, both"}));
}

TEST(LoadTable, IsBelowTheTableOfCases) {
  const std::string text = text_table(loaded());
  EXPECT_NE(text.find("× idle"), std::string::npos) << text;
  EXPECT_NE(text.find("4 × tcp, forward"), std::string::npos) << text;
}

}  // namespace
}  // namespace sockmark::report
