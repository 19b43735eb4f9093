#include "reports/views/generators_table.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace sockmark::report {
namespace {

// Of one generator, which sent and whose p50 was this.
Run run_with(std::uint64_t sent, std::int64_t p50_ns, bool valid = true) {
  GeneratorPart part;
  part.number = 2;
  part.host = "blue";
  part.sent = sent;
  Distribution distribution;
  distribution.p50_ns = p50_ns;
  part.response_time = distribution;
  Run run;
  run.valid = part.valid = valid;
  run.generators = Generators{.skew_ns = 0, .parts = {part}};
  return run;
}

TEST(GeneratorsTable, HasTheMedianOfTheValidRuns) {
  Report report;
  report.cases.push_back({.id = "udp/rr/64B/c6/g3", .params = {}, .runs = {}, .summary = {}});
  auto& runs = report.cases[0].runs;
  runs = {run_with(400, 300'000), run_with(200, 100'000), run_with(7, 9, false)};
  const auto rows = generator_rows(report).rows;
  ASSERT_EQ(rows.size(), 1U);
  const auto& cells = rows[0].cells;
  EXPECT_EQ((std::vector<std::string>{cells[0], cells[1], cells[2], cells[3], cells[4]}),
            (std::vector<std::string>{"2", "blue", "1 run", "300", "200 µs"}))
      << "of an even number, the mean of the middle two";
}

}  // namespace
}  // namespace sockmark::report
