// The table of a comparison as data, which text, Markdown and HTML render: for each pair of cases a
// row for each metric and notes, then the verdict. Names of a report are printable (printable.h)
// and cut, not escaped for any markup. Pure functions; the result does not refer to the outcome.

#pragma once

#include <array>
#include <cstddef>
#include <span>
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
  kVerdictColumn,  // of the gate, or the adjusted p-value if no gate was set
  kDetectableColumn,
  kComparisonColumns
};
using ComparisonRow = std::array<ComparisonCell, kComparisonColumns>;

struct ComparedPair {
  std::string title;  // "udp/rr/64B/c1 against tcp/rr/64B/c1, 12 blocks"
  std::vector<ComparisonRow> rows;
  // Other differences, and reasons for undefined and inconclusive values: one line each.
  std::vector<std::string> notes;
};

struct ComparisonRows {
  std::array<std::string_view, kComparisonColumns> headers;
  std::vector<ComparedPair> pairs;
  // What the words mean. A terminal may break the line at '\n'.
  std::vector<std::string> legend;
};

// The comparisons of each pair of cases, which follow one another.
[[nodiscard]] std::vector<std::span<const Comparison>> pairs_of(const CompareOutcome& outcome);

[[nodiscard]] ComparisonRows comparison_rows(const CompareOutcome& outcome);

struct VerdictLine {
  std::string word;  // "fail"; empty if no gate was set
  Tone tone = Tone::plain;
  std::string rest;  // ": of 4 gates 3 passed, 1 failed, 0 inconclusive"
};
[[nodiscard]] VerdictLine verdict_line(const CompareOutcome& outcome);

// "excluded: run 3 of tcp/rr/64B/c1 of the baseline: the environment changed ..."
[[nodiscard]] std::string line_of(const ExcludedRun& run);
// "cpu_cores: 2, 4", the baseline's first.
[[nodiscard]] std::string line_of(const Mismatch& mismatch);

}  // namespace sockmark::report
