#include "reports/render/text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/printable.h"
#include "tests/reports/render/expect_text.h"
#include "tests/reports/sample_report.h"

namespace sockmark::report {
namespace {

Case closed_loop(Case one) {
  one.params.rate_per_s = Maybe<double>::none("closed_loop");
  one.params.arrivals = Maybe<std::string>::none("closed_loop");
  return one;
}

Case reliable(Case one) {
  for (Run& run : one.runs) run.loss->loss_ratio = Maybe<double>::none(kNotApplicable);
  return one;
}

// Two sizes and a stream, three transports, one case that failed in part.
Report matrix() {
  Report report = sample_frame();
  const auto add = [&](Case one) { report.cases.push_back(closed_loop(std::move(one))); };
  add(reliable(sample_case("tcp", "rr", 64, 21'300, 46'000)));
  add(sample_case("udp", "rr", 64, 18'250, 52'400));
  add(reliable(sample_case("unix-stream", "rr", 64, 9'870, 99'500)));
  add(reliable(sample_case("tcp", "rr", 65'536, 88'000, 11'100)));
  add(reliable(sample_case("unix-stream", "rr", 65'536, 61'000, 16'000)));
  Case stream = reliable(sample_case("tcp", "stream", 1'000, 3'200'000, 1'250'000));
  stream.runs[0].latency->response_time = Maybe<Distribution>::none(kNotApplicable);
  stream.runs[0].latency->one_way->p99_ns = Maybe<std::int64_t>::none(kSamples);
  add(stream);
  return report;
}

// Invalid runs, one that is not steady, a late generator, an interruption.
Report troubled() {
  Report report = matrix();
  report.interrupted = true;
  report.warnings = {
      {"governor", "the CPU governor is powersave", "cpupower frequency-set -g performance"}};
  report.cases[0].params.transport = "tcp\x1b[2J";
  report.cases[0].runs[0].steady = false;
  report.cases[0].runs[0].unsteady_reasons = {"trend", "warmup"};
  report.cases[1].runs[0].generator->lag_warning = true;
  Case& udp = report.cases[1];
  udp.runs.push_back(sample_run(1, 25'000, 40'000, 64));
  udp.runs.push_back(sample_run(2, 19'000, 50'000, 64));
  udp.runs[1].valid = false;
  udp.runs[1].invalid_reasons = {"generator_saturated", "send lag p99 of 10 ms"};
  Case& unix_stream = report.cases[2];
  unix_stream.runs[0].valid = false;
  unix_stream.runs[0].invalid_reasons = {"failed: connect unix-stream:/tmp/x: Connection refused"};
  return report;
}

// How many lines begin with this.
auto lines_with(const std::string& text, std::string_view begin) {
  return std::ranges::count_if(lines_of(text),
                               [&](const std::string& line) { return line.starts_with(begin); });
}

TEST(SummaryText, WhatIsWrongIsMarkedAndExplained) {
  expect_golden("table.txt", text_table(troubled(), {.width = 120}));
}

TEST(SummaryText, EveryCaseHasARowOfTheSameWidth) {
  const auto lines = lines_of(text_table(matrix(), {.width = 120}));
  std::size_t rows = 0;
  for (const std::string& line : lines) {
    if (!line.starts_with("  rr ") && !line.starts_with("  stream ")) continue;
    EXPECT_EQ(columns_of(line), columns_of(lines[2])) << line;  // below the conditions
    ++rows;
  }
  EXPECT_EQ(rows, matrix().cases.size());
}

TEST(SummaryText, ANarrowTerminalHasALineAboveEachGroup) {
  const std::string text = text_table(matrix(), {.width = 80});
  EXPECT_EQ(lines_with(text, "  transport"), 1);
  EXPECT_EQ(lines_with(text, "rr, 64 B"), 1);
  EXPECT_EQ(lines_with(text, "rr, 64 KiB"), 1);
  EXPECT_EQ(lines_with(text, "stream, 1000 B"), 1);
}

TEST(SummaryText, TheBestOfAGroupIsColoured) {
  const std::string text = text_table(matrix(), {.colour = true, .width = 120});
  EXPECT_NE(text.find("\x1b[1;32m9.87 µs\x1b[0m"), text.npos) << text;
  EXPECT_NE(text.find(" 21.30 µs "), text.npos) << text;
}

TEST(SummaryText, ParametersThatVaryAreColumns) {
  Report report = matrix();
  report.cases.resize(2);
  report.cases[1].params.transport = "tcp";
  report.cases[1].params.connections = 16;
  report.cases[1].params.rate_per_s = 12'500.0;
  EXPECT_EQ(lines_with(text_table(report, {.width = 140}),
                       "  workload  size  rate         conns  transport"),
            1)
      << text_table(report, {.width = 140});
  EXPECT_EQ(lines_with(text_table(report, {.width = 80}), "rr, 64 B, 12.5 k/s, 16 connections"), 1)
      << text_table(report, {.width = 80});
}

TEST(SummaryText, TwoProgramsHaveAColumn) {
  Report report = matrix();
  report.cases.resize(2);
  report.cases[1] = report.cases[0];
  report.cases[0].params.arm = Arm::baseline;
  report.cases[1].params.arm = Arm::candidate;
  const std::string text = text_table(report, {.width = 140});
  EXPECT_EQ(lines_with(text, "  workload  size  transport  arm "), 1) << text;
  EXPECT_EQ(lines_with(text, "  rr        64 B  tcp        baseline "), 1) << text;
  EXPECT_EQ(lines_with(text, "  rr        64 B  tcp        candidate"), 1) << text;
  report.cases.pop_back();
  EXPECT_EQ(text_table(report, {.width = 140}).find(" arm "), std::string::npos);
}

TEST(SummaryText, ReasonsThatDifferInTheirFiguresAloneAreOneLine) {
  Report report = matrix();
  Case& udp = report.cases[1];
  for (const char* reason :
       {"late by 9 ms at p99", "late by 800 µs at p99", "late by 12.5 ms at p99",
        "killed by signal 9", "killed by signal 11"}) {
    udp.runs.push_back(sample_run(udp.runs.size(), 25'000, 40'000, 64));
    udp.runs.back().valid = false;
    udp.runs.back().invalid_reasons = {reason};
  }
  const std::string text = text_table(report, {.width = 120});
  EXPECT_NE(text.find("    5 of 6 runs invalid:\n"
                      "      late by 9 ms at p99 (and 2 similar reasons with other values)\n"
                      "      killed by signal 9\n"
                      "      killed by signal 11\n"),
            std::string::npos)
      << text;
}

TEST(SummaryText, RowsFitTheWidth) {
  for (const int width : {80, 100, 120}) {
    for (const std::string& line : lines_of(text_table(troubled(), {.width = width}))) {
      if (line.starts_with("    ")) continue;  // a reason
      EXPECT_LE(columns_of(line), static_cast<std::size_t>(width));
    }
  }
}

TEST(SummaryText, ATailThatWasNotAskedForGivesWayToANarrowTerminal) {
  EXPECT_NE(text_table(troubled(), {.width = 120}).find(" p99.9 "), std::string::npos);
  EXPECT_EQ(text_table(troubled(), {.width = 80}).find(" p99.9 "), std::string::npos);
  const TableOptions asked{.percentiles = {50, 99.9}};
  EXPECT_NE(text_table(troubled(), {.width = 60}, asked).find(" p99.9 "), std::string::npos);
}

TEST(SummaryText, ColourAddsNothingButColour) {
  const std::string plain = text_table(troubled(), {.width = 120});
  std::string coloured = text_table(troubled(), {.colour = true, .width = 120});
  for (std::size_t start; (start = coloured.find('\x1b')) != coloured.npos;) {
    coloured.erase(start, coloured.find('m', start) - start + 1);
  }
  EXPECT_EQ(coloured, plain);
  EXPECT_EQ(plain.find('\x1b'), plain.npos);
}

TEST(SummaryText, HostileNamesCannotReachTheTerminal) {
  const std::string hostile = "\x1b[2J\xE2\x80\xAE\nx";
  Report report = matrix();
  for (Case& one : report.cases) {
    one.params.transport = one.params.workload = one.params.wait = hostile;
    one.params.arrivals = hostile;
    one.runs[0].valid = false;
    one.runs[0].invalid_reasons = {hostile};
    one.runs[0].latency = Maybe<Latency>::none(hostile);
  }
  report.cases[0].params.arrivals = "other";
  report.cases[0].params.wait = "other";
  report.cases[0].runs[0].valid = true;
  report.warnings = {{hostile, hostile, hostile}};
  const std::string text = text_table(report, {.width = 100});
  EXPECT_EQ(text.find('\x1b'), text.npos);
  EXPECT_EQ(text.find("\xE2\x80\xAE"), text.npos);
  EXPECT_NE(text.find("[2Jx"), text.npos);
}

TEST(SummaryText, SmallLossIsNotShownAsNone) {
  Report report = matrix();
  report.cases.resize(2);
  report.cases[0].runs[0].loss->loss_ratio = 0.0;
  report.cases[1].runs[0].loss->loss_ratio = 1.5e-7;
  const std::string text = text_table(report, {.width = 120});
  EXPECT_NE(text.find(" 0.000015 %"), text.npos) << text;
  EXPECT_NE(text.find(" 0.000000 %"), text.npos) << text;
}

TEST(SummaryText, ReportWithoutCasesSaysSo) {
  EXPECT_EQ(text_table(Report{}), "no case was measured\n");
}

}  // namespace
}  // namespace sockmark::report
