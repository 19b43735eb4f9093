#include "bench/run/live_comparison.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/reports/compare/compare_reports.h"

namespace sockmark {
namespace {

// tcp and udp at each of `sizes` message sizes, without a difference and with little noise.
report::Report pairs(std::size_t sizes, std::size_t blocks) {
  auto report = report::frame();
  for (std::size_t i = 0; i < sizes; ++i) {
    for (const std::string transport : {"tcp", "udp"}) {
      auto one = report::scaled_case(transport, report::drifting(blocks, 1, 0.001));
      one.params.size_bytes = 64 + i;
      one.id += std::to_string(i);
      report.cases.push_back(one);
    }
  }
  return report;
}

LiveComparison until_precise() {
  Question question{.by = "transport", .baseline = "tcp", .options = {}, .until_precise = true};
  question.options.gates = report::parse_gates(std::vector<std::string>{"p50:1.2"}).value();
  return {question, 40};
}

TEST(LiveComparisonTest, StopsAtTheFirstPreciseLook) {
  auto comparison = until_precise();
  EXPECT_FALSE(comparison.enough(pairs(20, 9), 9));
  EXPECT_TRUE(comparison.enough(pairs(20, 10), 10));
}

// 10 blocks decide at most 20 gates at the level of interim looks.
TEST(LiveComparisonTest, PassesOverALookWithTooFewBlocksForItsGates) {
  auto comparison = until_precise();
  EXPECT_FALSE(comparison.enough(pairs(21, 10), 10));
  auto report = pairs(21, 16);
  ASSERT_TRUE(comparison.enough(report, 16));
  const auto outcome = comparison.finish(report, false);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->verdict, report::ComparisonVerdict::pass);
}

}  // namespace
}  // namespace sockmark
