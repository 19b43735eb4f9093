#include "reports/render/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "reports/format/units.h"
#include "reports/model/overhead.h"
#include "reports/views/doctor_findings.h"
#include "reports/views/summary_table.h"

namespace sockmark::report {
namespace {

constexpr std::string_view kTransport = "transport", kArm = "arm";

std::string superscript(std::size_t number) {
  constexpr std::string_view kDigits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string result;
  for (const char digit : std::to_string(number)) result += kDigits[digit - '0'];
  return result;
}

std::string shown(const SummaryCell& cell) {
  return cell.footnote == 0 ? cell.text : cell.text + superscript(cell.footnote);
}

class Layout {
 public:
  Layout(const SummaryTable& table, TextStyle style) : table_(table), style_(style) { measure(); }

  [[nodiscard]] std::string text() const {
    std::string result = header();
    std::size_t rows_before = 0;
    for (const SummaryGroup& group : table_.groups) {
      const bool apart = groups_above_ || rows_before > 1 || group.rows.size() > 1;
      if (rows_before > 0 && apart) result += '\n';
      rows_before = group.rows.size();
      if (groups_above_) result += group.title + '\n';
      for (const SummaryRow& row : group.rows) result += line(group, row);
    }
    return result;
  }

 private:
  void measure() {
    for (std::size_t k = 0; k < table_.keys.size(); ++k) {
      std::size_t& width = key_widths_.emplace_back(table_.keys[k].size());
      for (const SummaryGroup& group : table_.groups)
        width = std::max(width, columns_of(group.keys[k]));
    }
    for (const std::string_view column : table_.columns) widths_.push_back(column.size());
    for (const SummaryGroup& group : table_.groups) {
      for (const SummaryRow& row : group.rows) {
        transport_width_ = std::max(transport_width_, columns_of(row.transport));
        if (table_.has_arms) arm_width_ = std::max(arm_width_, columns_of(row.arm));
        for (std::size_t c = 0; c < widths_.size(); ++c)
          widths_[c] = std::max(widths_[c], columns_of(shown(row.values[c])));
      }
    }
    const auto available = static_cast<std::size_t>(std::max(style_.width, 0));
    groups_above_ = total() > available;
    if (total() > available) gap_ = 1;
  }

  [[nodiscard]] std::size_t total() const {
    std::size_t result = 2 + transport_width_ + (table_.has_arms ? gap_ + arm_width_ : 0);
    for (const std::size_t width : widths_) result += gap_ + width;
    if (!groups_above_) {
      for (const std::size_t width : key_widths_) result += width + gap_;
    }
    return result;
  }

  [[nodiscard]] std::string gap() const { return std::string(gap_, ' '); }

  [[nodiscard]] std::string header() const {
    std::string result = "  ";
    for (std::size_t k = 0; k < key_widths_.size() && !groups_above_; ++k)
      result += padded(table_.keys[k], key_widths_[k]) + gap();
    result += padded(kTransport, transport_width_);
    if (table_.has_arms) result += gap() + padded(kArm, arm_width_);
    for (std::size_t c = 0; c < widths_.size(); ++c)
      result += gap() + padded_left(table_.columns[c], widths_[c]);
    return result + '\n';
  }

  [[nodiscard]] std::string right_aligned(const SummaryCell& cell, std::size_t width) const {
    const std::string text = shown(cell);
    const std::string before(width - columns_of(text), ' ');
    return before + painted(text, kBest, style_.colour && cell.best);
  }

  [[nodiscard]] std::string line(const SummaryGroup& group, const SummaryRow& row) const {
    std::string result = row.invalid > 0    ? painted("!", kBad, style_.colour) + ' '
                         : row.unsteady > 0 ? "~ "
                                            : "  ";
    for (std::size_t k = 0; k < key_widths_.size() && !groups_above_; ++k)
      result += padded(group.keys[k], key_widths_[k]) + gap();
    result += padded(row.transport, transport_width_);
    if (table_.has_arms) result += gap() + padded(row.arm, arm_width_);
    for (std::size_t c = 0; c < widths_.size(); ++c)
      result += gap() + right_aligned(row.values[c], widths_[c]);
    result += '\n';
    if (row.invalid > 0) result += explained_invalid(row);
    if (row.unsteady > 0) {
      result += fmt::format("    {} of {} runs not steady: {}\n", row.unsteady,
                            row.source->runs.size(), fmt::join(row.why_unsteady, ", "));
    }
    return result;
  }

  static std::string explained_invalid(const SummaryRow& row) {
    std::string result =
        fmt::format("    {} of {} runs invalid", row.invalid, row.source->runs.size());
    if (row.why_invalid.empty()) return result + '\n';
    result += ":\n";
    for (const std::string& reason : row.why_invalid) result += "      " + reason + '\n';
    return result;
  }

  const SummaryTable& table_;
  TextStyle style_;
  std::vector<std::size_t> key_widths_, widths_;
  std::size_t transport_width_ = kTransport.size(), arm_width_ = kArm.size();
  std::size_t gap_ = 2;
  bool groups_above_ = false;
};

std::string beneath(const Report& report, const SummaryTable& table, int width) {
  std::string result;
  for (std::size_t i = 0; i < table.footnotes.size(); ++i)
    result += fmt::format("  {} {}\n", superscript(i + 1), table.footnotes[i]);
  for (const std::string& note : table.notes) result += indented(note);
  result += overhead_text(report);
  if (report.interrupted) result += "  interrupted: only the runs that were finished by then\n";
  return result + warnings_text(report.warnings, width);
}

}  // namespace

std::string text_table(const Report& report, TextStyle style) {
  const SummaryTable table = summary_table(report);
  const std::string notes = beneath(report, table, style.width);
  if (report.cases.empty()) return "no case was measured\n" + notes;
  const std::string text = Layout(table, style).text();
  return notes.empty() ? text : text + '\n' + notes;
}

}  // namespace sockmark::report
