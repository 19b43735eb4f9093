#include "reports/views/search_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "base/printable.h"
#include "tests/reports/render/expect_text.h"
#include "tests/reports/sample_report.h"

namespace sockmark::report {
namespace {

RateSearch nothing_found(std::string goal) {
  RateSearch search = sample_search();
  search.goal = std::move(goal);
  for (auto* rate : {&search.lower_bound_per_s, &search.upper_bound_per_s,
                     &search.conditional_throughput_per_s}) {
    *rate = Maybe<double>::none("not_found");
  }
  return search;
}

// One search for each way in which one ends.
Report endings() {
  Report report = sample_frame();
  report.searches.push_back(sample_search());

  report.searches.push_back(nothing_found("loss<=0"));
  report.searches.back().upper_bound_per_s = 500.0;

  RateSearch capped = sample_search();
  capped.id = "unix-stream/rr/64B/c1/hybrid";
  capped.goal = "p99<=1ms";
  capped.limit = RateLimit::generator;
  capped.lower_bound_per_s = capped.conditional_throughput_per_s = 1'234'560.0;
  capped.upper_bound_per_s = Maybe<double>::none("not_found");
  capped.trials.push_back(capped.trials.front());
  report.searches.push_back(capped);
  capped.goal = "p99<=5ms";
  capped.limit = RateLimit::range;
  report.searches.push_back(capped);

  report.searches.push_back(nothing_found("p99<=1us"));
  report.searches.back().id = "tcp/rr/64B/c1/hybrid";
  report.searches.back().complete = false;
  report.searches.back().limit = RateLimit::range;

  report.searches.push_back(nothing_found("p99<=1s"));
  report.searches.back().id = "tcp6/rr/64B/c1/hybrid";
  report.searches.back().complete = false;
  report.searches.back().limit = RateLimit::generator;
  report.searches.back().trials.front().valid = false;
  report.searches.push_back(nothing_found("p99<=2s"));
  report.searches.back().complete = false;
  report.searches.back().limit = RateLimit::range;
  report.searches.back().trials.clear();
  report.searches.back().lower_bound_per_s = Maybe<double>::none(kInterrupted);

  capped.goal = "p99.99<=1500us";
  capped.limit = RateLimit::interference;
  capped.complete = false;
  report.searches.push_back(capped);
  report.warnings = {{"trial_failed", "tcp6/rr/64B/c1/hybrid: connect: Connection refused", ""}};
  return report;
}

TEST(SearchTable, EveryEnding) { expect_golden("searches.txt", search_table(endings())); }

TEST(SearchTable, FitsATerminalOf80Columns) {
  Report report = endings();
  report.warnings.clear();
  std::istringstream lines(search_table(report, {.width = 80}));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(columns_of(line), 80U) << line;
}

TEST(SearchTable, WhatWasInterruptedSaysSo) {
  Report report = endings();
  report.interrupted = true;
  EXPECT_NE(search_table(report).find("interrupted"), std::string::npos);
}

TEST(SearchTable, OnlyTheInvalidLineIsRed) {
  const Report report = endings();
  const auto plain = search_table(report), coloured = search_table(report, {.colour = true});
  EXPECT_EQ(plain.find('\x1b'), std::string::npos);
  EXPECT_EQ(std::ranges::count(coloured, '\x1b'), 2);
}

TEST(SearchTable, NothingSearched) {
  EXPECT_EQ(search_table(sample_frame()), "no case was searched\n");
}

TEST(SearchTable, NamesFromAFileDoNotReachTheTerminal) {
  Report report = sample_frame();
  report.searches = {sample_search()};
  report.searches[0].id = report.searches[0].goal = "\x1b[2J\n";
  report.searches[0].limit = OpenEnum<RateLimit>("\x1b[2J\n");
  const auto table = search_table(report);
  EXPECT_EQ(table.find('\x1b'), std::string::npos);
}

TEST(SearchEnd, SaysHowItEnded) {
  const Report report = endings();
  EXPECT_EQ(end_of(report.searches[0]), SearchEnd::found);
  EXPECT_EQ(end_of(report.searches[1]), SearchEnd::none);
  EXPECT_EQ(end_of(report.searches[2]), SearchEnd::found);
  EXPECT_EQ(end_of(report.searches[4]), SearchEnd::incomplete);
  EXPECT_EQ(end_of(report.searches[5]), SearchEnd::invalid);
  EXPECT_EQ(end_of(report.searches[6]), SearchEnd::incomplete);
}

}  // namespace
}  // namespace sockmark::report
