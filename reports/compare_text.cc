#include "reports/compare_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/compare_effect.h"
#include "reports/printable.h"
#include "reports/reasons.h"
#include "reports/statistics/sign_flip.h"
#include "reports/units.h"

namespace sockmark::report {
namespace {

constexpr std::size_t kNameColumns = 60;   // of a case
constexpr std::size_t kLineColumns = 160;  // of a sentence with names from a report in it
constexpr std::size_t kMostLines = 8;      // of one kind

// --- cells --------------------------------------------------------------------------------------

enum Column { metric, baseline, candidate, change, interval, difference, verdict, detectable };
constexpr std::size_t kColumns = 8;

struct Cell {
  std::string text = "-";
  std::string_view colour = {};
};
using Row = std::array<Cell, kColumns>;

std::span<const Unit> units_of(const Metric& metric) {
  const std::string_view unit = metric.unit;
  if (unit == "ns") return kTime;
  if (unit == "bytes/s") return kBytes;
  if (unit == "ratio") return kPerCent;
  return kCount;
}

std::string quantity(double value, const Metric& metric, Unit unit, double smallest) {
  if (metric.may_be_zero && value == 0) return "0 %";
  return with_unit(value, unit, decimals_for(smallest / unit.size));
}

// Two medians of a metric in one unit.
void add_medians(const Comparison& comparison, const Metric& metric, Row& row) {
  double smallest = 0;
  for (const auto* median : {&comparison.baseline_median, &comparison.candidate_median}) {
    if (*median && **median > 0 && (smallest == 0 || **median < smallest)) smallest = **median;
  }
  const Unit unit = unit_for(smallest, units_of(metric));
  if (const auto& median = comparison.baseline_median)
    row[baseline].text = quantity(*median, metric, unit, smallest);
  if (const auto& median = comparison.candidate_median)
    row[candidate].text = quantity(*median, metric, unit, smallest);
}

// A ratio as a change in per cent; from ten times on per cent are no help.
bool is_large(double ratio) { return ratio >= 10; }

std::string ratio_number(double ratio, bool large) {
  if (large) return fmt::format("×{:.3g}", ratio);
  const double per_cent = 100 * (ratio - 1);
  const double size = std::abs(per_cent);
  if (size < 0.05) return "0.0";
  return size < 99.95 ? fmt::format("{:+.1f}", per_cent) : fmt::format("{:+.0f}", per_cent);
}

std::string points_number(double difference) {
  return difference == 0 ? "0" : fmt::format("{:+.3g}", 100 * difference);
}

std::string change_text(double effect, bool is_ratio) {
  if (!is_ratio) return points_number(effect) + " pp";
  const bool large = is_large(effect);
  return ratio_number(effect, large) + (large ? "" : " %");
}

std::string interval_text(const std::array<double, 2>& ends, bool is_ratio) {
  if (!is_ratio) return fmt::format("{} to {} pp", points_number(ends[0]), points_number(ends[1]));
  const bool large = is_large(ends[1]);
  return fmt::format("{} to {}{}", ratio_number(ends[0], large), ratio_number(ends[1], large),
                     large ? "" : " %");
}

Cell difference_cell(const Comparison& comparison, const Metric& metric) {
  if (!comparison.interval) return {};
  const bool time =
      std::string_view(metric.unit) == "ns" && metric.short_name != std::string("cpu");
  const std::string said = comparison.difference ? *comparison.difference : "";
  if (said == "slower") return {time ? "slower" : "worse", kBad};
  if (said == "faster") return {time ? "faster" : "better", kBest};
  if (said == "no_difference_shown") return {"none shown"};
  return {"differs, unpaired"};
}

Cell gate_cell(const Comparison& comparison) {
  if (!comparison.gate) return {};
  const GateVerdict& gate = *comparison.gate;
  const std::string text = fmt::format("{} ({:.6g})", gate.verdict, gate.margin);
  return {text, gate.verdict == "fail"   ? kBad
                : gate.verdict == "pass" ? kBest
                                         : std::string_view()};
}

Cell p_cell(const Maybe<double>& p) {
  if (!p) return {};
  return {*p < 0.001 ? "<0.001" : fmt::format("{:.3f}", *p)};
}

Row row_of(const Comparison& comparison, const Metric& of, bool gated) {
  Row row;
  row[metric].text = of.short_name;
  add_medians(comparison, of, row);
  const bool is_ratio = comparison.effect == "ratio";
  if (comparison.estimate) row[change].text = change_text(*comparison.estimate, is_ratio);
  if (comparison.interval) row[interval].text = interval_text(*comparison.interval, is_ratio);
  row[difference] = difference_cell(comparison, of);
  row[verdict] = gated ? gate_cell(comparison) : p_cell(comparison.p_adjusted);
  if (comparison.mde90) {
    const double effect = is_ratio ? 1 + *comparison.mde90 : *comparison.mde90;
    row[detectable].text = change_text(effect, is_ratio);
  }
  return row;
}

// --- the pair of cases --------------------------------------------------------------------------

// Metrics to which the same sentence applies, in the order in which the sentences occur.
class Sentences {
 public:
  void add(const std::string& sentence, const char* metric_name) {
    const auto found =
        std::ranges::find(lines_, sentence, [](const auto& line) { return line.first; });
    auto& metrics =
        found == lines_.end() ? lines_.emplace_back(sentence, Names()).second : found->second;
    metrics.emplace_back(metric_name);
  }
  [[nodiscard]] std::string text() const {
    std::string result;
    for (const auto& [sentence, metrics] : lines_) {
      result +=
          fmt::format("    {}: {}\n", fmt::join(metrics, ", "), printable(sentence, kLineColumns));
    }
    return result;
  }

 private:
  using Names = std::vector<std::string_view>;
  std::vector<std::pair<std::string, Names>> lines_;
};

struct Table {
  std::span<const Comparison> comparisons;  // of one pair
  std::vector<Row> rows;
};

std::string beneath(const Table& table) {
  std::string result;
  const Comparison& first = table.comparisons.front();
  if (!first.unequal.empty()) {
    result +=
        fmt::format("    not equal: {}\n",
                    printable(fmt::format("{}", fmt::join(first.unequal, "; ")), kLineColumns));
  }
  Sentences undefined, reasons, needed;
  const char* unit = first.design == kPaired ? "blocks" : "runs of each";
  for (const Comparison& comparison : table.comparisons) {
    const char* name = find_metric(comparison.metric)->short_name;
    const bool inconclusive = comparison.gate && comparison.gate->verdict == "inconclusive";
    if (inconclusive) {
      for (const std::string& reason : comparison.gate->reasons)
        reasons.add("inconclusive: " + reason, name);
      const Maybe<std::uint64_t>& blocks = comparison.gate->blocks_needed;
      if (blocks && *blocks > comparison.blocks) {
        needed.add(
            fmt::format("about {} {} would find a change as large as the margin", *blocks, unit),
            name);
      } else if (!blocks && blocks.reason() == kTooManyBlocks) {
        needed.add(fmt::format("a change as large as the margin takes more than {} {} to find",
                               kMostBlocks, unit),
                   name);
      }
    } else if (!comparison.estimate) {
      undefined.add(reason_in_words(comparison.estimate.reason()), name);
    } else if (!comparison.interval) {
      undefined.add("no interval: " + reason_in_words(comparison.interval.reason()), name);
    }
    if (comparison.interval && !comparison.mde90) {
      undefined.add("no \"would find\": " + reason_in_words(comparison.mde90.reason()), name);
    }
  }
  return result + undefined.text() + reasons.text() + needed.text();
}

std::vector<Table> tables_of(const CompareOutcome& outcome, bool gated) {
  std::vector<Table> tables;
  const std::span<const Comparison> all = outcome.comparisons;
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = begin;
    Table table;
    for (; end < all.size() && all[end].baseline == all[begin].baseline &&
           all[end].candidate == all[begin].candidate;
         ++end) {
      table.rows.push_back(row_of(all[end], *find_metric(all[end].metric), gated));
    }
    table.comparisons = all.subspan(begin, end - begin);
    tables.push_back(std::move(table));
    begin = end;
  }
  return tables;
}

class Layout {
 public:
  Layout(std::vector<Table> tables, bool gated, TextStyle style)
      : tables_(std::move(tables)), style_(style) {
    constexpr std::array<std::string_view, kColumns> kHeaders = {
        "metric",        "baseline",   "candidate", "change",
        "95 % interval", "difference", "",          "would find"};
    for (std::size_t c = 0; c < kColumns; ++c) header_[c].text = kHeaders[c];
    header_[verdict].text = gated ? "gate" : "p (BH)";
    std::size_t total = 2;
    for (std::size_t c = 0; c < kColumns; ++c) {
      widths_[c] = columns_of(header_[c].text);
      for (const Table& table : tables_) {
        for (const Row& row : table.rows)
          widths_[c] = std::max(widths_[c], columns_of(row[c].text));
      }
      total += widths_[c] + 2;
    }
    if (total > static_cast<std::size_t>(std::max(style.width, 0))) gap_ = 1;
  }

  [[nodiscard]] std::string text() const {
    std::string result;
    for (const Table& table : tables_) {
      if (!result.empty()) result += '\n';
      result += above(table.comparisons.front()) + line(header_);
      for (const Row& row : table.rows) result += line(row);
      result += beneath(table);
    }
    return result;
  }

 private:
  // "12 runs of each", "12 and 14 runs"; of a report that does not say, what it does.
  static std::string runs_of(const Comparison& one) {
    const auto &baseline = one.baseline_runs, &candidate = one.candidate_runs;
    if (!baseline || !candidate) return fmt::format("{} or more runs of each", one.blocks);
    if (*baseline != *candidate) return fmt::format("{} runs against {}", *candidate, *baseline);
    return fmt::format("{} run{} of each", *baseline, *baseline == 1 ? "" : "s");
  }

  static std::string above(const Comparison& first) {
    const std::string of_each = first.design == kPaired ? fmt::format("{} block{}", first.blocks,
                                                                      first.blocks == 1 ? "" : "s")
                                                        : "unpaired, " + runs_of(first);
    if (first.baseline == first.candidate)
      return fmt::format("{}, {}\n", printable(first.candidate, kNameColumns), of_each);
    return fmt::format("{} against {}, {}\n", printable(first.candidate, kNameColumns),
                       printable(first.baseline, kNameColumns), of_each);
  }

  [[nodiscard]] std::string line(const Row& row) const {
    std::string result = "  ";
    for (std::size_t c = 0; c < kColumns; ++c) {
      const std::string& text = row[c].text;
      const bool left = c == metric || c == difference || c == verdict;
      const std::string blanks(widths_[c] - columns_of(text), ' ');
      const std::string shown =
          painted(text, row[c].colour, style_.colour && !row[c].colour.empty());
      if (c > 0) result += std::string(gap_, ' ');
      result += left ? shown + blanks : blanks + shown;
    }
    return result + '\n';
  }

  std::vector<Table> tables_;
  TextStyle style_;
  Row header_;
  std::array<std::size_t, kColumns> widths_ = {};
  std::size_t gap_ = 2;
};

// --- beneath all --------------------------------------------------------------------------------

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

std::string mismatch_line(const Mismatch& mismatch) {
  return fmt::format("{}: {}, {}", mismatch.item, mismatch.baseline, mismatch.candidate);
}

std::string excluded_line(const ExcludedRun& run) {
  const std::string where = run.report ? fmt::format(" of the {}", *run.report) : std::string();
  return fmt::format("excluded: run {} of {}{}: {}", run.index, run.case_id, where, run.rule);
}

// How many blocks there were was decided beforehand, or by how precise the intervals were; never by
// what they said.
std::string stopping_line(const Stopping& stopping) {
  if (stopping.stopped_by == "fixed") return "";
  const std::string by = stopping.stopped_by;
  const std::string why = by == "precision"     ? "every gate's interval was narrow enough"
                          : by == "max_blocks"  ? "at the most blocks that were planned"
                          : by == "budget"      ? "out of time"
                          : by == "interrupted" ? "cut short"
                                                : printable(by, 20);
  std::string line = "  stopped: " + why;
  if (stopping.planned_looks.size() > 1)
    line += fmt::format("; planned looks at {} blocks", fmt::join(stopping.planned_looks, ", "));
  return line + '\n';
}

std::string legend(const CompareOutcome& outcome, bool gated) {
  std::string result =
      outcome.design == kPaired
          ? "  paired by blocks, one run of each: the change is the mean over the blocks, which\n"
            "  need not be that of the two medians\n"
          : "  unpaired: the runs of the two sides were made at different times, and a change\n"
            "  may be that of the machine meanwhile\n";
  result +=
      "  would find: the smallest change that so many runs with such a spread find nine\n"
      "  times in ten; \"none shown\" says nothing of smaller ones\n";
  if (!gated) {
    result +=
        "  p (BH): how often chance alone gives such a change, adjusted for the number of\n"
        "  lines (Benjamini-Hochberg); for exploring\n";
  }
  if (std::ranges::any_of(outcome.comparisons, [](const Comparison& comparison) {
        return comparison.effect == "difference" && comparison.estimate;
      }))
    result += "  pp: percentage points\n";
  if (outcome.stopping) result += stopping_line(*outcome.stopping);
  return result;
}

std::string verdict_line(const CompareOutcome& outcome, TextStyle style) {
  if (outcome.verdict == "no_gate") {
    return "no gate was set, so that a difference is an answer and no failure; --gate p50:1.05 "
           "sets "
           "one\n";
  }
  if (outcome.verdict == "refused")
    return painted("not compared", kBad, style.colour) + ": the two reports are not comparable\n";
  if (outcome.verdict == "invalid")
    return painted("invalid", kBad, style.colour) + ": no verdict from these runs\n";
  const Counts& gates = outcome.gates;
  const std::string_view colour = outcome.verdict == "fail"   ? kBad
                                  : outcome.verdict == "pass" ? kBest
                                                              : std::string_view();
  std::string result = painted(outcome.verdict, colour, style.colour && !colour.empty());
  result += fmt::format(": of {} gate{} {} passed, {} failed, {} inconclusive", gates.total(),
                        gates.total() == 1 ? "" : "s", gates.pass, gates.fail, gates.inconclusive);
  if (outcome.verdict == "inconclusive" && outcome.inconclusive != Inconclusive::own)
    result += fmt::format(" (counts as {})", name_of(outcome.inconclusive));
  return result + '\n';
}

}  // namespace

std::string comparison_table(const CompareOutcome& outcome, TextStyle style) {
  const bool gated = outcome.verdict != "no_gate" && outcome.gates.total() > 0;
  std::string result;
  if (!outcome.comparisons.empty()) {
    result = Layout(tables_of(outcome, gated), gated, style).text();
    result += '\n' + legend(outcome, gated);
  }
  result += lines(outcome.notes, [](const std::string& note) { return note; });
  result += lines(outcome.excluded_runs, excluded_line);
  result += lines(outcome.invalid, [](const std::string& line) { return "invalid: " + line; });
  result += lines(outcome.refused,
                  [](const Mismatch& m) { return "must be equal: " + mismatch_line(m); });
  result += lines(outcome.told, [](const Mismatch& m) { return "differs: " + mismatch_line(m); });
  return result + verdict_line(outcome, style);
}

}  // namespace sockmark::report
