#include "reports/render/markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "reports/chart_data/chart_data.h"
#include "reports/compare/compare.h"
#include "reports/compare/default_comparison.h"
#include "reports/format/text_limits.h"
#include "reports/model/overhead.h"
#include "reports/views/alerts.h"
#include "reports/views/comparison_rows.h"
#include "reports/views/conditions.h"
#include "reports/views/doctor_findings.h"
#include "reports/views/headline.h"
#include "reports/views/load_table.h"
#include "reports/views/repeat_command.h"
#include "reports/views/search_table.h"
#include "reports/views/summary_table.h"

namespace sockmark::report {
namespace {

constexpr std::size_t kOpenRowsMax = 40;      // a longer table is folded
constexpr std::size_t kFoldedLinesMax = 200;  // of a comparison without gates
constexpr std::size_t kListLinesMax = 20;     // of one list

constexpr std::string_view kNoWidth = "&#8203;";  // U+200B

// --- pieces -------------------------------------------------------------------------------------

// A text at the start of a line, where "- ", "1. " or four blanks would be markup.
std::string first_of_line(std::string_view text) {
  const std::string escaped = markdown_escaped(text);
  const bool risky = escaped.empty() ||
                     std::string_view(" +-=#0123456789").find(escaped[0]) != std::string_view::npos;
  return risky ? std::string(kNoWidth) + escaped : escaped;
}

void add_lines(std::string& out, const std::vector<std::string>& lines, std::string_view indent) {
  const std::size_t shown = std::min(lines.size(), kListLinesMax);
  for (std::size_t i = 0; i < shown; ++i) {
    std::string line = lines[i];
    std::ranges::replace(line, '\n', ' ');
    out += fmt::format("{}- {}\n", indent, first_of_line(line));
  }
  if (shown < lines.size()) out += fmt::format("{}- and {} more\n", indent, lines.size() - shown);
}

void begin_folded(std::string& out, std::string_view title) {
  out += fmt::format("\n<details>\n<summary>{}</summary>\n\n", title);
}

void end_folded(std::string& out) { out += "\n</details>\n"; }

void begin_table(std::string& out, const std::vector<std::string>& headers, std::size_t texts) {
  for (const std::string& head : headers) out += fmt::format("| {} ", markdown_escaped(head));
  out += "|\n";
  for (std::size_t c = 0; c < headers.size(); ++c) out += c < texts ? "|---" : "|--:";
  out += "|\n";
}

std::string cell(std::string_view text) { return fmt::format("| {} ", markdown_escaped(text)); }

// A code block, with fences that are longer than any in the text.
std::string fenced(std::string_view language, std::string_view text) {
  std::size_t longest = 0, run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(std::max<std::size_t>(3, longest + 1), '`');
  return fmt::format("{}{}\n{}\n{}\n", fence, language, text, fence);
}

std::string_view sign_of(Tone tone) {
  return tone == Tone::bad ? "❌ " : tone == Tone::good ? "✅ " : "⚠️ ";
}

// --- sections -----------------------------------------------------------------------------------

void add_head(std::string& out, std::string_view title, const std::vector<Alert>& alerts,
              const std::vector<std::string>& sentences) {
  out += fmt::format("### sockmark: {}\n\n", markdown_escaped(title));
  for (const std::string& sentence : sentences) out += first_of_line(sentence) + '\n';
  out += '\n';
  for (const Alert& alert : alerts) {
    out += fmt::format("- {}**{}**\n", sign_of(alert.tone), markdown_escaped(alert.text));
    add_lines(out, alert.details, "  ");
  }
}

std::string mark_of(const SummaryRow& row) {
  std::string mark;
  if (row.invalid > 0) mark += fmt::format(" ❌ {} invalid", row.invalid);
  if (row.interfered > 0) mark += fmt::format(" ⚠️ {} with interference", row.interfered);
  if (row.unsteady > 0) mark += fmt::format(" ⚠️ {} not steady", row.unsteady);
  return mark;
}

void add_figures(std::string& out, const Report& report, std::string_view heading,
                 const TableOptions& options = {}) {
  if (report.cases.empty()) return;
  const SummaryTable table = summary_table(report, options);
  const bool folded = report.cases.size() > kOpenRowsMax;
  if (folded) {
    begin_folded(out, fmt::format("{} ({} cases)", heading, report.cases.size()));
  } else {
    out += fmt::format("\n#### {}\n\n", heading);
  }
  std::vector<std::string> headers(table.keys.begin(), table.keys.end());
  headers.emplace_back("transport");
  if (table.has_arms) headers.emplace_back("arm");
  const std::size_t texts = headers.size();
  headers.insert(headers.end(), table.columns.begin(), table.columns.end());
  if (const auto conditions = conditions_of(report); !conditions.empty())
    out += markdown_escaped(conditions) + "\n\n";
  begin_table(out, headers, texts);
  for (const SummaryGroup& group : table.groups) {
    for (const SummaryRow& row : group.rows) {
      for (const std::string& key : group.keys) out += cell(key);
      out += fmt::format("| {}{} ", markdown_escaped(row.transport), mark_of(row));
      if (table.has_arms) out += cell(row.arm);
      for (const SummaryCell& value : row.values) {
        const std::string text = markdown_escaped(value.text);
        out += value.best ? fmt::format("| **{}** ", text) : fmt::format("| {}", text);
        if (value.footnote > 0) out += fmt::format("<sup>{}</sup>", value.footnote);
        if (!value.best) out += ' ';
      }
      out += "|\n";
    }
  }
  out += '\n';
  std::vector<std::string> notes;
  for (std::size_t i = 0; i < table.footnotes.size(); ++i)
    notes.push_back(fmt::format("{}: {}", i + 1, table.footnotes[i]));
  notes.insert(notes.end(), table.notes.begin(), table.notes.end());
  add_lines(out, notes, "");
  if (folded) end_folded(out);
}

void add_searches(std::string& out, const Report& report) {
  if (report.searches.empty()) return;
  const SearchRows table = search_rows(report);
  out += "\n#### Highest rates\n\n";
  std::vector<std::string> headers = {"case"};
  headers.insert(headers.end(), table.headers.begin(), table.headers.end());
  begin_table(out, headers, headers.size());
  for (const SearchRow& row : table.rows) {
    out += cell(row.id);
    for (const std::string& text : row.cells) out += cell(text);
    out += "|\n";
  }
  out += '\n';
  add_lines(out, table.notes, "");
}

void add_load(std::string& out, const Report& report) {
  const LoadRows table = load_rows(report);
  if (table.rows.empty()) return;
  out += "\n#### Idle and loaded\n\n";
  std::vector<std::string> headers = {"case"};
  headers.insert(headers.end(), table.headers.begin(), table.headers.end());
  begin_table(out, headers, 2);
  for (const LoadRow& row : table.rows) {
    out += cell(row.id);
    for (const std::string& text : row.cells) out += cell(text);
    out += "|\n";
  }
  out += '\n';
}

// Open if there are gates, which are then the result.
void add_comparison(std::string& out, const CompareOutcome& outcome) {
  if (outcome.comparisons.empty()) return;
  if (outcome.gates.total() == 0 && outcome.comparisons.size() > kFoldedLinesMax) {
    out += fmt::format("\nThe comparison has {} lines: see sockmark compare.\n",
                       outcome.comparisons.size());
    return;
  }
  const ComparisonRows table = comparison_rows(outcome);
  const bool folded = outcome.gates.total() == 0 || outcome.comparisons.size() > kOpenRowsMax;
  if (folded) {
    begin_folded(out, fmt::format("Comparison ({} lines)", outcome.comparisons.size()));
  } else {
    out += "\n#### Comparison\n\n";
  }
  const std::vector<std::string> headers(table.headers.begin(), table.headers.end());
  for (const ComparedPair& pair : table.pairs) {
    out += fmt::format("**{}**\n\n", markdown_escaped(pair.title));
    begin_table(out, headers, 1);
    for (const ComparisonRow& row : pair.rows) {
      for (const ComparisonCell& one : row) {
        out += one.tone == Tone::plain ? cell(one.text)
                                       : fmt::format("| **{}** ", markdown_escaped(one.text));
      }
      out += "|\n";
    }
    out += '\n';
    add_lines(out, pair.notes, "");
    if (!pair.notes.empty()) out += '\n';
  }
  add_lines(out, table.legend, "");
  add_lines(out, outcome.notes, "");
  if (folded) end_folded(out);
}

void add_overhead(std::string& out, const Report& report) {
  const std::string text = overhead_text(report);
  if (text.empty()) return;
  begin_folded(out, "Overhead");
  out += fenced("text", text);
  end_folded(out);
}

void add_warnings(std::string& out, const Report& report, std::string_view whose) {
  if (report.warnings.empty()) return;
  begin_folded(out, fmt::format("Warnings{} ({})", whose, report.warnings.size()));
  for (const Warning& warning : report.warnings) {
    const std::string_view check = check_of(warning);
    add_lines(
        out, {check.empty() ? warning.message : fmt::format("{}: {}", check, warning.message)}, "");
    if (!warning.advice.empty()) add_lines(out, {warning.advice}, "  ");
  }
  end_folded(out);
}

void add_machine(std::string& out, const Tool& tool, const Environment& machine) {
  begin_table(out, {"item", "value"}, 2);
  for (const auto& [name, value] : std::initializer_list<std::pair<std::string_view, std::string>>{
           {"version", tool.version},
           {"git", tool.git},
           {"build_type", tool.build_type},
           {"compiler", tool.compiler},
           {"libuv", tool.libuv},
           {"hash_hard", machine.hash_hard}})
    out += cell(name) + cell(value) + "|\n";
  for (const auto& [name, value] : machine.hard)
    out += cell(name) + cell(json_for_people(value)) + "|\n";
}

void add_environment(std::string& out, const Report& report, std::string_view whose) {
  begin_folded(out, fmt::format("Environment{}", whose));
  add_machine(out, report.tool, report.environment);
  for (const End& end : report.ends) {
    out += fmt::format("\nThe {}, on {}:\n\n", name_of(end), markdown_escaped(end.host));
    add_machine(out, end.tool, end.environment);
  }
  end_folded(out);
}

void add_command(std::string& out, const Report& report, std::string_view whose) {
  begin_folded(out, fmt::format("Command that repeats this measurement{}", whose));
  out += fenced("sh", repeat_command(report));
  end_folded(out);
}

bool is_web_address(std::string_view before) {
  std::string word(before.substr(before.size() - std::min<std::size_t>(before.size(), 5)));
  std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::tolower(c); });
  return word.ends_with("http") || word.ends_with("https") || word.ends_with("ftp") ||
         word.ends_with("mailto") || word.ends_with("xmpp");
}

bool ends_with_www(std::string_view before) {
  return before.size() >= 3 && std::ranges::all_of(before.substr(before.size() - 3),
                                                   [](char c) { return c == 'w' || c == 'W'; });
}

}  // namespace

std::string markdown_escaped(std::string_view text) {
  const std::string shown = printable(text, kLineColumns);
  std::string result;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const char c = shown[i];
    const std::string_view before = std::string_view(shown).substr(0, i);
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (c == '$') {  // mathematics, which GitHub reads first
      result += "&#36;";
    } else if (c == '@' || c == '#') {  // GitHub looks for mentions and references in the result
      result.append(1, c).append(kNoWidth);
    } else if ((c == ':' && is_web_address(before)) || (c == '.' && ends_with_www(before))) {
      result.append(kNoWidth).append(1, c);
    } else if (std::string_view("\\`*_~[]|!").find(c) != std::string_view::npos) {
      result.append("\\").append(1, c);
    } else {
      result += c;
    }
  }
  return result;
}

std::string markdown(const Report& report, const TableOptions& options) {
  const auto comparison = default_comparison(report);
  std::string out;
  add_head(out, printable(chart_title(report), kTitleColumns), alerts_of(report, comparison),
           headline(report, comparison));
  add_figures(out, report, "Figures", options);
  add_load(out, report);
  add_searches(out, report);
  if (comparison) add_comparison(out, *comparison);
  add_overhead(out, report);
  add_warnings(out, report, "");
  add_environment(out, report, "");
  add_command(out, report, "");
  return out;
}

std::string markdown(const Report& baseline, const Report& candidate,
                     const CompareOptions& options) {
  const CompareOutcome outcome = default_comparison(baseline, candidate, options);
  std::string out;
  add_head(out, printable(chart_title(baseline, candidate), kTitleColumns),
           alerts_of(baseline, candidate, outcome), headline(baseline, candidate, outcome));
  add_comparison(out, outcome);
  add_figures(out, candidate, "Figures of the candidate");
  add_figures(out, baseline, "Figures of the baseline");
  add_warnings(out, candidate, " of the candidate");
  std::vector<std::string> lines;
  for (const Mismatch& one : outcome.soft_mismatches) lines.push_back("differs: " + line_of(one));
  if (!lines.empty()) {
    begin_folded(out, "Differences between the two machines");
    add_lines(out, lines, "");
    end_folded(out);
  }
  add_environment(out, candidate, " of the candidate");
  add_command(out, candidate, " (the candidate)");
  return out;
}

}  // namespace sockmark::report
