// The table of a comparison as data, before anybody lays it out: a pair of cases at a time with a
// row for each metric, what stands beneath, and the verdict. Text, Markdown and HTML render this
// one. Names of a report are printable (printable.h) and cut; they are not escaped for any markup.
// Pure functions; nothing of the outcome is referred to afterwards.

#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "reports/compare/compare.h"

namespace sockmark::report {

enum class Tone { plain, good, bad };

struct ComparisonCell {
  std::string text = "-";
  Tone tone = Tone::plain;
};

enum ComparisonColumn {
  kMetricColumn,
  kBaselineColumn,
  kCandidateColumn,
  kChangeColumn,
  kIntervalColumn,
  kDifferenceColumn,
  kVerdictColumn,  // of the gate; without gates the adjusted p-value
  kDetectableColumn,
  kComparisonColumns
};
using ComparisonRow = std::array<ComparisonCell, kComparisonColumns>;

struct ComparedPair {
  std::string title;  // "udp/rr/64B/c1 against tcp/rr/64B/c1, 12 blocks"
  std::vector<ComparisonRow> rows;
  // What else differs between the two, what is undefined or inconclusive and why: one line each.
  std::vector<std::string> beneath;
};

struct ComparisonRows {
  std::array<std::string_view, kComparisonColumns> heads;
  std::vector<ComparedPair> pairs;
  // What the words mean. '\n' is where a line of a terminal may end.
  std::vector<std::string> legend;
};

[[nodiscard]] ComparisonRows comparison_rows(const CompareOutcome& outcome);

struct VerdictLine {
  std::string word;  // "fail"; empty where no gate was set
  Tone tone = Tone::plain;
  std::string rest;  // ": of 4 gates 3 passed, 1 failed, 0 inconclusive"
};
[[nodiscard]] VerdictLine verdict_line(const CompareOutcome& outcome);

// "excluded: run 3 of tcp/rr/64B/c1 of the baseline: the environment changed ..."
[[nodiscard]] std::string line_of(const ExcludedRun& run);
// "cpu_cores: 2, 4", the baseline's first.
[[nodiscard]] std::string line_of(const Mismatch& mismatch);

}  // namespace sockmark::report
