#include "reports/render/compare_text.h"

#include <gtest/gtest.h>

#include "reports/compare/compare_json.h"
#include "reports/json/load_json.h"
#include "reports/model/report_json.h"
#include "tests/reports/compare/compare_reports.h"
#include "tests/reports/render/expect_text.h"

namespace sockmark::report {
namespace {

CompareOutcome compared(const Report& report, const std::vector<std::string>& gates) {
  CompareOptions options;
  auto parsed = parse_gates(gates);
  EXPECT_TRUE(parsed);
  options.gates = *parsed;
  auto outcome = compare_by(report, "transport", {}, options);
  EXPECT_TRUE(outcome) << outcome.error().message;
  return *outcome;
}

// A stream against tcp: twelve times as fast, and a udp of which a run was excluded and one lost.
Report three_transports() {
  Report report = two_transports(12, 1.04, 0.03);
  report.cases.push_back(scaled_case("unix-stream", drifting(12, 0.08)));
  for (const std::size_t reliable : {0U, 2U}) {
    for (auto& run : report.cases[reliable].runs)
      run.loss->loss_ratio = Maybe<double>::none(kNotApplicable);
  }
  report.cases[0].params.socket_options = {{"SO_SNDBUF", 2'626'560}};
  report.cases[1].runs[4].invalid_reasons = {kEnvironmentChanged};
  report.cases[1].runs[4].valid = false;
  return report;
}

Report lossy() {
  Report report = two_transports(12, 1);
  for (auto& run : report.cases[1].runs)
    run.loss->loss_ratio = 0.0005 + 0.0001 * static_cast<double>(run.index % 3);
  return report;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

TEST(ComparisonTable, Gates) {
  expect_golden("comparison.txt",
                comparison_table(compared(three_transports(), {"p50:1.05", "p99:1.10", "loss"}),
                                 {.width = 120}));
}

TEST(ComparisonTable, WithoutGatesHasAdjustedPValues) {
  const std::string text = comparison_table(compared(three_transports(), {}), {.width = 120});
  EXPECT_TRUE(contains(text, "  p (BH)  ")) << text;
  EXPECT_TRUE(contains(text, "\n  p (BH): ")) << text;
  EXPECT_FALSE(contains(text, "  gate  ")) << text;
}

TEST(ComparisonTable, ColourAddsNothingButColour) {
  const CompareOutcome outcome = compared(lossy(), {"p50:1.05", "loss:0.0001"});
  const std::string plain = comparison_table(outcome, {.width = 80});
  std::string coloured = comparison_table(outcome, {.colour = true, .width = 80});
  EXPECT_TRUE(contains(coloured, "\x1b[1;31mfail\x1b[0m:")) << coloured;
  for (std::size_t start; (start = coloured.find('\x1b')) != coloured.npos;)
    coloured.erase(start, coloured.find('m', start) - start + 1);
  EXPECT_EQ(coloured, plain);
}

TEST(ComparisonTable, FewBlocksAndAFailureHaveReasons) {
  Report report = two_transports(4, 1.5);
  report.interrupted = true;
  report.cases[1].runs.pop_back();
  report::Run crashed;
  crashed.index = 3;
  crashed.invalid_reasons = {"connect udp://127.0.0.1:9: Connection refused"};
  report.cases[1].runs.push_back(crashed);
  const std::string text = comparison_table(compared(report, {"p50:1.05"}), {.width = 120});
  for (const char* line :
       {"\n    p99, goodput, cpu, loss: no interval: ", "\n    p50: inconclusive: 3 blocks",
        "\n  excluded: run 3 of udp/rr/64B/c1: failed: connect",
        "\n  invalid: udp/rr/64B/c1: ", "\ninvalid: "})
    EXPECT_TRUE(contains(text, line)) << line << '\n' << text;
}

TEST(ComparisonTable, TwoReports) {
  Report baseline = frame();
  baseline.cases = {scaled_case("tcp", drifting(10))};
  Report candidate = frame();
  candidate.cases = {scaled_case("tcp", drifting(10, 1.2))};
  candidate.environment.soft["compiler"] = "\"GNU 13\"";
  const CompareOptions options{.gates = default_gates()};
  auto outcome = compare_reports(baseline, candidate, options);
  ASSERT_TRUE(outcome);
  const std::string text = comparison_table(*outcome, {.width = 120});
  EXPECT_TRUE(contains(text, "tcp/rr/64B/c1, unpaired, 10 runs of each\n")) << text;
  EXPECT_TRUE(contains(text, "  +20.0 %  +16.1 to +24.0 %  differs, unpaired  ")) << text;
  EXPECT_TRUE(contains(text, "\n  differs: compiler: not recorded, \"GNU 13\"\n")) << text;
  candidate.environment.hard["cpus_online"] = "64";
  outcome = compare_reports(baseline, candidate, options);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(comparison_table(*outcome, {.width = 120}),
            "  must be equal: cpus_online: 2, 64\n"
            "  differs: compiler: not recorded, \"GNU 13\"\n"
            "not compared: the two reports are not comparable\n");
}

TEST(ComparisonTable, BlocksThatDoNotDifferHaveAReasonBeneath) {
  const std::string text = comparison_table(compared(two_transports(8, 1, 0), {}), {.width = 120});
  EXPECT_NE(text.find("p50, p99, goodput, cpu, loss: no detectable change: "), std::string::npos)
      << text;
}

TEST(ComparisonTable, UnpairedTablesSpeakOfRuns) {
  Report baseline = frame(), candidate = frame();
  baseline.cases = {scaled_case("tcp", drifting(12))};
  candidate.cases = {scaled_case("tcp", drifting(9, 1.02, 0.2))};
  const auto table_of = [&] {
    const auto outcome =
        compare_reports(baseline, candidate, {.gates = default_gates(), .accept_unpaired = true});
    EXPECT_TRUE(outcome);
    return outcome ? comparison_table(*outcome, {.width = 120}) : "";
  };
  const std::string text = table_of();
  EXPECT_NE(text.find("unpaired, 9 runs against 12\n"), std::string::npos) << text;
  EXPECT_NE(text.find("runs of each can detect"), std::string::npos) << text;
  EXPECT_EQ(text.find("block"), std::string::npos) << text;
  candidate.cases = {scaled_case("tcp", drifting(12, 1.02, 0.2))};
  EXPECT_NE(table_of().find("unpaired, 12 runs of each\n"), std::string::npos);
}

TEST(ComparisonTable, NothingThatAReportCallsItselfReachesTheTerminalAsControl) {
  Report report = two_transports(3, 1);
  report.cases[1].id = "udp\x1b[2J\n";
  report.cases[1].runs[0].invalid_reasons = {"\x1b]0;title\x07"};
  report.cases[1].runs[0].valid = false;
  report.cases[0].params.impair = "\x1b[31m";
  report.cases[1].params.impair = "\x1b[31m";
  report.stopping = Stopping{.stopped_by = OpenEnum<StoppedBy>("\x1b[0m"), .planned_looks = {}};
  const std::string text = comparison_table(compared(report, {"p50"}), {.width = 80});
  expect_printable_lines(text);
}

TEST(ComparisonDocument, IsJsonWithTheExitStatus) {
  const CompareOutcome outcome = compared(three_transports(), {"p50:1.05"});
  const ComparedSource source{.file = "report.json", .tool = {}, .hash_hard = "00"};
  const auto json = parse_json(to_json(outcome, source, source), kReportLimits);
  EXPECT_TRUE(json) << json.error().message;
}

TEST(ComparisonDocument, IsReadBackForOtherFormats) {
  CompareOutcome outcome = compared(three_transports(), {"p50:1.05"});
  outcome.invalid = {"a run failed"};
  outcome.hard_mismatches = {{.item = "cpus_online", .baseline = "2", .candidate = "4"}};
  const ComparedSource source{.file = "report.json", .tool = {}, .hash_hard = "00"};
  const auto read = comparison_from_json(to_json(outcome, source, source), "c.json");
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_TRUE(*read);
  ASSERT_EQ((**read).comparisons.size(), outcome.comparisons.size());
  EXPECT_EQ((**read).comparisons[0].estimate, outcome.comparisons[0].estimate);
  EXPECT_EQ((**read).invalid,
            (std::vector<std::string>{"a run failed", "not comparable: cpus_online: 2, 4"}));
  const auto report = comparison_from_json(to_json(two_transports(1, 1)));
  ASSERT_TRUE(report);
  EXPECT_FALSE(*report);
  const auto broken = comparison_from_json(R"({"$schema": "comparison-1.schema.json"})", "c.json");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().message, "c.json: candidate: missing");
}

}  // namespace
}  // namespace sockmark::report
