#include "reports/render/compare_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/printable.h"
#include "reports/format/units.h"
#include "reports/views/comparison_rows.h"

namespace sockmark::report {
namespace {

constexpr std::size_t kLineColumns = 160;  // of a sentence with names from a report in it
constexpr std::size_t kMostLines = 8;      // of one kind

std::string toned(std::string_view text, Tone tone, TextStyle style) {
  return painted(text, tone == Tone::bad ? kBad : kBest, style.colour && tone != Tone::plain);
}

class Layout {
 public:
  Layout(const ComparisonRows& rows, TextStyle style) : rows_(rows), style_(style) {
    std::size_t total = 2;
    for (std::size_t c = 0; c < kComparisonColumns; ++c) {
      widths_[c] = columns_of(rows.heads[c]);
      for (const ComparedPair& pair : rows.pairs) {
        for (const ComparisonRow& row : pair.rows)
          widths_[c] = std::max(widths_[c], columns_of(row[c].text));
      }
      total += widths_[c] + 2;
    }
    if (total > static_cast<std::size_t>(std::max(style.width, 0))) gap_ = 1;
  }

  [[nodiscard]] std::string text() const {
    ComparisonRow heads;
    for (std::size_t c = 0; c < kComparisonColumns; ++c) heads[c].text = rows_.heads[c];
    std::string result;
    for (const ComparedPair& pair : rows_.pairs) {
      if (!result.empty()) result += '\n';
      result += pair.title + '\n' + line(heads);
      for (const ComparisonRow& row : pair.rows) result += line(row);
      for (const std::string& sentence : pair.beneath) result += "    " + sentence + '\n';
    }
    return result;
  }

 private:
  [[nodiscard]] std::string line(const ComparisonRow& row) const {
    std::string result = "  ";
    for (std::size_t c = 0; c < kComparisonColumns; ++c) {
      const std::string& text = row[c].text;
      const bool left = c == kMetricColumn || c == kDifferenceColumn || c == kVerdictColumn;
      const std::string blanks(widths_[c] - columns_of(text), ' ');
      const std::string shown = toned(text, row[c].tone, style_);
      if (c > 0) result += std::string(gap_, ' ');
      result += left ? shown + blanks : blanks + shown;
    }
    return result + '\n';
  }

  const ComparisonRows& rows_;
  TextStyle style_;
  std::array<std::size_t, kComparisonColumns> widths_ = {};
  std::size_t gap_ = 2;
};

// At most kMostLines of them, and how many more there are.
template <class List, class Line>
std::string lines(const List& list, Line line) {
  std::string result;
  std::size_t shown = 0;
  for (const auto& element : list) {
    if (shown++ == kMostLines) {
      return result + fmt::format("  and {} more\n", list.size() - kMostLines);
    }
    result += "  " + printable(line(element), kLineColumns) + '\n';
  }
  return result;
}

}  // namespace

std::string comparison_table(const CompareOutcome& outcome, TextStyle style) {
  std::string result;
  if (!outcome.comparisons.empty()) {
    const ComparisonRows rows = comparison_rows(outcome);
    result = Layout(rows, style).text() + '\n';
    for (const std::string& sentence : rows.legend) result += indented(sentence);
  }
  result += lines(outcome.notes, [](const std::string& note) { return note; });
  result += lines(outcome.excluded_runs, [](const ExcludedRun& run) { return line_of(run); });
  result += lines(outcome.invalid, [](const std::string& line) { return "invalid: " + line; });
  result += lines(outcome.hard_mismatches,
                  [](const Mismatch& m) { return "must be equal: " + line_of(m); });
  result +=
      lines(outcome.soft_mismatches, [](const Mismatch& m) { return "differs: " + line_of(m); });
  const VerdictLine verdict = verdict_line(outcome);
  return result + toned(verdict.word, verdict.tone, style) + verdict.rest + '\n';
}

}  // namespace sockmark::report
