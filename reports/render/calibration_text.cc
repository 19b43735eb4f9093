#include "reports/render/calibration_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "base/printable.h"
#include "reports/format/text_limits.h"
#include "reports/format/text_table.h"
#include "reports/format/units.h"
#include "reports/model/reasons.h"

namespace sockmark::report {
namespace {

// metric, sd, difference, p, change that a number of blocks detects, margin, its blocks, false
// alarms
constexpr std::size_t kFirstOfBlocks = 4;
constexpr std::size_t kMargin = kFirstOfBlocks + kCalibratedBlocks.size();
constexpr std::size_t kColumns = kMargin + 3;
using Row = std::array<std::string, kColumns>;

std::vector<TextTable::Column> columns() {
  using enum TextTable::Align;
  std::vector<TextTable::Column> columns = {
      {"metric", left}, {"sd of d", right}, {"difference", left}, {"p (Holm)", right}};
  for (const auto blocks : kCalibratedBlocks) {
    const bool first = blocks == kCalibratedBlocks.front();
    columns.push_back({fmt::format("{}{}", first ? "detects with " : "", blocks), right});
  }
  for (const char* header : {"margin", "blocks", "false alarms"})
    columns.push_back({header, right});
  return columns;
}

std::string sd_text(const CalibratedMetric& one) {
  const double sd = 100 * *one.sd;
  const char* unit = one.effect == EffectKind::ratio ? "%" : "pp";
  return sd < 99.95 ? fmt::format("{:#.3g} {}", sd, unit) : fmt::format("{:.4g} {}", sd, unit);
}

std::string difference_text(const CalibratedMetric& one) {
  if (!one.difference) return "-";
  if (*one.difference == Difference::none_shown) return "not significant";
  if (metric(one.metric).is_latency) return std::string(name_of(*one.difference));
  return *one.difference == Difference::slower ? "worse" : "better";
}

std::string p_text(const Maybe<double>& p) {
  if (!p) return "-";
  return *p < 0.001 ? "<0.001" : fmt::format("{:.3f}", *p);
}

Row row_of(const CalibratedMetric& one) {
  Row row;
  row.fill("-");
  row[0] = metric(one.metric).short_name;
  if (one.sd) row[1] = sd_text(one);
  if (one.p_value) row[2] = difference_text(one);
  row[3] = p_text(one.p_holm);
  for (std::size_t i = 0; i < one.detectable.size(); ++i) {
    if (const auto& found = one.detectable[i].mde90)
      row[kFirstOfBlocks + i] = detectable_text(*found, one.effect);
  }
  row[kMargin] = fmt::format("{:.6g}", one.margin);
  if (one.blocks_needed) {
    row[kMargin + 1] = fmt::format("{}", *one.blocks_needed);
  } else if (one.blocks_needed.reason() == kTooManyBlocks) {
    row[kMargin + 1] = ">1000";
  }
  if (one.false_alarms) row[kMargin + 2] = fmt::format("{:.1f} %", 100 * one.false_alarms->rate);
  return row;
}

// The tables of all cases, one below the other with the same columns.
std::string tables(const Calibration& calibration, TextStyle style) {
  TextTable table(columns());
  for (std::size_t i = 0; i < calibration.metrics.size(); ++i) {
    const CalibratedMetric& one = calibration.metrics[i];
    if (i == 0 || calibration.metrics[i - 1].id != one.id) {
      if (i > 0) table.add_line("");
      table.add_line(fmt::format("{}, {} of one program against itself",
                                 printable(one.id, kNameColumns), counted(one.blocks, "block")));
      table.add_header();
    }
    const Row row = row_of(one);
    table.add_row({row.begin(), row.end()});
    if (!one.p_value)
      table.add_line(fmt::format("    {}: {}", row[0], reason_in_words(one.sd.reason())));
  }
  return table.text(style);
}

std::string legend(const Calibration& calibration) {
  std::string result =
      "  sd of d: standard deviation of d = ln(candidate / baseline) of a block\n"
      "  detects with: the smallest change that this number of blocks detects nine times in ten\n"
      "  margin, blocks: the default gate of the metric, and how many blocks detect a change as\n"
      "  large; several gates at once need some more\n"
      "  p (Holm): probability of such a difference by chance alone, adjusted for the number of\n"
      "  lines; significant up to 0.05. \"difference\" is not adjusted: one line in twenty "
      "differs\n"
      "  by chance\n";
  const auto drawn = std::ranges::find_if(calibration.metrics,
                                          [](const auto& one) { return bool(one.false_alarms); });
  if (drawn != calibration.metrics.end()) {
    const FalseAlarms& alarms = *drawn->false_alarms;
    result += fmt::format(
        "  false alarms: how many of {} draws of {} blocks differ significantly (nominal 5 %).\n"
        "  The draws overlap and are worth {} independent ones: this checks whether blocks are\n"
        "  independent and does not estimate the rate; up to {:.0f} % is unremarkable\n",
        alarms.draws, alarms.blocks, alarms.disjoint, 100 * alarms.limit);
  } else {
    result += "  false alarms: from 20 blocks on\n";
  }
  return result;
}

std::string verdict_line(const Calibration& calibration, TextStyle style) {
  if (calibration.verdict == CalibrationVerdict::no_difference_shown)
    return painted("no significant difference", kGoodColour, style) + ": as expected\n";
  if (calibration.verdict == CalibrationVerdict::difference_shown) {
    return painted("significant difference", kBadColour, style) +
           ": a program differs from itself; do not trust comparisons on this machine\n";
  }
  if (calibration.verdict == CalibrationVerdict::invalid)
    return painted("invalid", kBadColour, style) + ": these runs give no result\n";
  return "undecidable: too few blocks for this number of lines\n";
}

}  // namespace

std::string calibration_table(const Calibration& calibration, TextStyle style) {
  std::string result = tables(calibration, style) + '\n' + legend(calibration);
  for (const ExcludedRun& run : calibration.excluded_runs) {
    result += fmt::format("  {}\n", printable(fmt::format("excluded: run {} of {}: {}", run.index,
                                                          run.case_id, run.rule),
                                              kLineColumns));
  }
  for (const std::string& text : calibration.invalid)
    result += "  " + printable("invalid: " + text, kLineColumns) + '\n';
  for (const std::string& text : calibration.warnings)
    result +=
        "  " + painted("warning", kBadColour, style) + ": " + printable(text, kLineColumns) + '\n';
  return result + verdict_line(calibration, style);
}

}  // namespace sockmark::report
