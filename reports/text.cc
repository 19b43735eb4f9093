#include "reports/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "reports/doctor_findings.h"
#include "reports/overhead.h"
#include "reports/printable.h"
#include "reports/reasons.h"
#include "reports/summary.h"
#include "reports/units.h"

namespace sockmark::report {
namespace {

constexpr std::size_t kNameColumns = 24;  // of a name from the report; sockmark's own are shorter

// --- words --------------------------------------------------------------------------------------

std::string size_text(std::uint64_t bytes) {
  if (bytes != 0 && bytes % (1U << 20) == 0) return fmt::format("{} MiB", bytes >> 20);
  if (bytes != 0 && bytes % (1U << 10) == 0) return fmt::format("{} KiB", bytes >> 10);
  return fmt::format("{} B", bytes);
}

std::string rate_text(const Params& params) {
  if (!params.rate_per_s) return params.workload == "stream" ? "saturating" : "closed loop";
  const double rate = *params.rate_per_s;
  const Unit unit = unit_for(rate, kCount);
  return fmt::format("{:.4g}{}{}/s", rate / unit.size, unit.name.empty() ? "" : " ", unit.name);
}

// --- columns ------------------------------------------------------------------------------------

// What cases of one group have in common; the first two are always shown, the others where they
// vary among cases of one workload (that a stream has no depth is no news).
struct KeyColumn {
  std::string_view header;
  std::string (*of)(const Params&);
  std::string_view unit_one, unit_many;  // in the line above a group: "4 connections"
};
constexpr KeyColumn kKeys[] = {
    {"workload", [](const Params& p) { return printable(p.workload, kNameColumns); }, "", ""},
    {"size", [](const Params& p) { return size_text(p.size_bytes); }, "", ""},
    {"rate", rate_text, "", ""},
    {"arrivals",
     [](const Params& p) { return p.arrivals ? printable(*p.arrivals, kNameColumns) : "-"; }, "",
     ""},
    {"conns", [](const Params& p) { return std::to_string(p.connections); }, "connection",
     "connections"},
    {"depth", [](const Params& p) { return p.depth ? std::to_string(*p.depth) : "-"; },
     "outstanding", "outstanding"},
    {"threads", [](const Params& p) { return std::to_string(p.threads); }, "thread", "threads"},
    {"wait", [](const Params& p) { return printable(p.wait, kNameColumns); }, "", ""},
};
constexpr std::size_t kAlwaysShown = 2;

struct ValueColumn {
  std::string_view header;
  std::string_view metric;  // of summary.h
  std::span<const Unit> units;
  int family;  // columns of one family share a unit within a group, so that a row reads across
};
constexpr ValueColumn kValues[] = {
    {"p50", "p50_ns", kTime, 0},
    {"p99", "p99_ns", kTime, 0},
    {"max", "max_ns", kTime, 0},
    {"msg/s", "goodput_messages_per_s", kCount, 1},
    {"bytes/s", "goodput_bytes_per_s", kBytes, 2},
    {"CPU/msg", "cpu_ns_per_message", kTime, 3},
    {"loss", "loss_ratio", kPerCent, 4},
};
constexpr std::size_t kColumns = std::size(kValues);

// --- rows ---------------------------------------------------------------------------------------

struct Cell {
  std::string text;
  bool best = false;
};

struct Row {
  const Case* source = nullptr;
  Cell transport, arm;
  Cell values[kColumns];
};

struct Group {
  std::vector<std::string> keys;  // one for each of kKeys
  std::vector<Row> rows;
};

// Reasons in the order in which they first occur, numbered from one.
class Footnotes {
 public:
  std::string mark(const std::string& reason) {
    const auto found = std::ranges::find(reasons_, reason);
    const auto number = static_cast<std::size_t>(found - reasons_.begin()) + 1;
    if (found == reasons_.end()) reasons_.push_back(reason);
    return superscript(number);
  }

  [[nodiscard]] std::string text() const {
    std::string result;
    for (std::size_t i = 0; i < reasons_.size(); ++i) {
      result += fmt::format("  {} {}\n", superscript(i + 1), reason_in_words(reasons_[i]));
    }
    return result;
  }

 private:
  static std::string superscript(std::size_t number) {
    constexpr std::string_view kDigits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    std::string result;
    for (const char digit : std::to_string(number)) result += kDigits[digit - '0'];
    return result;
  }

  std::vector<std::string> reasons_;
};

std::vector<Group> grouped(const Report& report) {
  std::vector<Group> groups;
  for (const Case& one : report.cases) {
    std::vector<std::string> keys;
    for (const KeyColumn& column : kKeys) keys.push_back(column.of(one.params));
    auto group = std::ranges::find(groups, keys, &Group::keys);
    if (group == groups.end()) group = groups.insert(groups.end(), Group{.keys = keys, .rows = {}});
    Row row;
    row.source = &one;
    const auto& params = one.params;
    row.transport.text =
        printable(params.address ? *params.address : params.transport, kNameColumns);
    row.arm.text = params.arm ? printable(*params.arm, kNameColumns) : "-";
    group->rows.push_back(std::move(row));
  }
  return groups;
}

using Values = std::vector<Maybe<Statistic>>;  // of one column, by row

std::optional<double> smallest_of(const Values& values) {
  std::optional<double> result;
  for (const auto& value : values) {
    if (value && value->median > 0 && (!result || value->median < *result)) result = value->median;
  }
  return result;
}

// Nobody is best where there is nobody to beat.
std::optional<double> best_of(const Values& values, bool higher_is_better) {
  std::vector<double> defined;
  for (const auto& value : values) {
    if (value) defined.push_back(value->median);
  }
  if (defined.size() < 2) return std::nullopt;
  const auto [lowest, highest] = std::ranges::minmax(defined);
  if (lowest == highest) return std::nullopt;
  return higher_is_better ? highest : lowest;
}

void fill(Group& group, Footnotes& footnotes) {
  Values values[kColumns];
  std::optional<double> smallest_of_family[kColumns];
  for (std::size_t c = 0; c < kColumns; ++c) {
    for (const Row& row : group.rows) {
      values[c].push_back(summarise(*row.source, metric(kValues[c].metric)));
    }
    std::optional<double>& family = smallest_of_family[kValues[c].family];
    if (const auto smallest = smallest_of(values[c]);
        smallest && (!family || *smallest < *family)) {
      family = smallest;
    }
  }
  for (std::size_t c = 0; c < kColumns; ++c) {
    const ValueColumn& column = kValues[c];
    const Unit unit = unit_for(smallest_of_family[column.family].value_or(0), column.units);
    const int decimals = decimals_for(smallest_of(values[c]).value_or(0) / unit.size);
    const auto best = best_of(values[c], metric(column.metric).more_is_better);
    for (std::size_t r = 0; r < group.rows.size(); ++r) {
      const Maybe<Statistic>& value = values[c][r];
      Cell& cell = group.rows[r].values[c];
      cell.text =
          value ? with_unit(value->median, unit, decimals) : "-" + footnotes.mark(value.reason());
      cell.best = value && best && value->median == *best;
    }
  }
}

// --- layout -------------------------------------------------------------------------------------

// An invalid run is not called unsteady as well: nothing of it counts.
bool is_unsteady(const Run& run) { return run.valid && run.steady && !*run.steady; }

constexpr std::string_view kArm = "arm";

class Table {
 public:
  Table(std::vector<Group> groups, TextStyle style) : groups_(std::move(groups)), style_(style) {
    for (std::size_t k = 0; k < std::size(kKeys); ++k) {
      const bool varies = std::ranges::any_of(groups_, [&](const Group& group) {
        const auto peer =
            std::ranges::find(groups_, group.keys[0], [](const Group& g) { return g.keys[0]; });
        return group.keys[k] != peer->keys[k];
      });
      if (k < kAlwaysShown || varies) keys_.push_back(k);
    }
    has_arms_ = std::ranges::any_of(groups_, [&](const Group& group) {
      return std::ranges::any_of(group.rows, [&](const Row& row) {
        return row.arm.text != groups_.front().rows.front().arm.text;
      });
    });
    measure();
  }

  [[nodiscard]] std::string text() const {
    std::string result = header();
    std::size_t rows_before = 0;
    for (const Group& group : groups_) {
      const bool apart = groups_above_ || rows_before > 1 || group.rows.size() > 1;
      if (rows_before > 0 && apart) result += '\n';
      rows_before = group.rows.size();
      if (groups_above_) result += above(group);
      for (const Row& row : group.rows) result += line(group, row);
    }
    return result;
  }

 private:
  void measure() {
    for (const std::size_t k : keys_) {
      std::size_t& width = key_widths_.emplace_back(kKeys[k].header.size());
      for (const Group& group : groups_) width = std::max(width, columns_of(group.keys[k]));
    }
    for (std::size_t c = 0; c < kColumns; ++c) widths_[c] = kValues[c].header.size();
    for (const Group& group : groups_) {
      for (const Row& row : group.rows) {
        transport_width_ = std::max(transport_width_, columns_of(row.transport.text));
        if (has_arms_) arm_width_ = std::max(arm_width_, columns_of(row.arm.text));
        for (std::size_t c = 0; c < kColumns; ++c) {
          widths_[c] = std::max(widths_[c], columns_of(row.values[c].text));
        }
      }
    }
    const auto available = static_cast<std::size_t>(std::max(style_.width, 0));
    groups_above_ = total() > available;
    if (total() > available) gap_ = 1;
  }

  [[nodiscard]] std::size_t total() const {
    std::size_t result = 2 + transport_width_ + (has_arms_ ? gap_ + arm_width_ : 0);
    for (const std::size_t width : widths_) result += gap_ + width;
    if (!groups_above_) {
      for (const std::size_t width : key_widths_) result += width + gap_;
    }
    return result;
  }

  [[nodiscard]] std::string gap() const { return std::string(gap_, ' '); }

  [[nodiscard]] std::string header() const {
    std::string result = "  ";
    for (std::size_t i = 0; i < keys_.size() && !groups_above_; ++i) {
      result += padded(kKeys[keys_[i]].header, key_widths_[i]) + gap();
    }
    result += padded("transport", transport_width_);
    if (has_arms_) result += gap() + padded(kArm, arm_width_);
    for (std::size_t c = 0; c < kColumns; ++c) {
      result += gap() + right_aligned({.text = std::string(kValues[c].header)}, widths_[c]);
    }
    return result + '\n';
  }

  // "rr, 64 B, 4 connections"
  [[nodiscard]] std::string above(const Group& group) const {
    std::string result;
    for (const std::size_t k : keys_) {
      const std::string& value = group.keys[k];
      if (value == "-") continue;
      const std::string_view unit = value == "1" ? kKeys[k].unit_one : kKeys[k].unit_many;
      if (!result.empty()) result += ", ";
      result += value;
      if (!unit.empty()) result.append(" ").append(unit);
    }
    return result + '\n';
  }

  [[nodiscard]] std::string right_aligned(const Cell& cell, std::size_t width) const {
    const std::string before(width - columns_of(cell.text), ' ');
    return before + (cell.best ? painted(cell.text, kBest, style_.colour) : cell.text);
  }

  [[nodiscard]] std::string line(const Group& group, const Row& row) const {
    const auto invalid = std::ranges::count(row.source->runs, false, &Run::valid);
    const auto unsteady = std::ranges::count_if(row.source->runs, is_unsteady);
    std::string result = invalid > 0    ? painted("!", kBad, style_.colour) + ' '
                         : unsteady > 0 ? "~ "
                                        : "  ";
    for (std::size_t i = 0; i < keys_.size() && !groups_above_; ++i) {
      result += padded(group.keys[keys_[i]], key_widths_[i]) + gap();
    }
    result += padded(row.transport.text, transport_width_);
    if (has_arms_) result += gap() + padded(row.arm.text, arm_width_);
    for (std::size_t c = 0; c < kColumns; ++c) {
      result += gap() + right_aligned(row.values[c], widths_[c]);
    }
    result += '\n';
    if (invalid > 0) result += explained_invalid(*row.source, static_cast<std::size_t>(invalid));
    if (unsteady > 0) result += explained_unsteady(*row.source, static_cast<std::size_t>(unsteady));
    return result;
  }

  static std::string explained_invalid(const Case& one, std::size_t invalid) {
    std::vector<std::string> reasons;
    for (const Run& run : one.runs) {
      if (run.valid) continue;
      for (const std::string& reason : run.invalid_reasons)
        reasons.push_back(printable(reason, 70));
    }
    std::string result = fmt::format("    {} of {} runs invalid", invalid, one.runs.size());
    if (reasons.empty()) return result + '\n';
    result += ":\n";
    for (const AlikeReasons& alike : alike_reasons(reasons)) {
      result += "      " + alike.first;
      if (const std::size_t others = alike.spellings.size() - 1; others > 0)
        result += fmt::format(" (and {} more with other figures)", others);
      result += '\n';
    }
    return result;
  }

  static std::string explained_unsteady(const Case& one, std::size_t unsteady) {
    std::vector<std::string> reasons;  // each once
    for (const Run& run : one.runs) {
      if (!is_unsteady(run)) continue;
      for (const std::string& reason : run.unsteady_reasons) {
        std::string shown = printable(reason, 70);
        if (std::ranges::find(reasons, shown) == reasons.end()) reasons.push_back(std::move(shown));
      }
    }
    return fmt::format("    {} of {} runs not steady: {}\n", unsteady, one.runs.size(),
                       fmt::join(reasons, ", "));
  }

  std::vector<Group> groups_;
  TextStyle style_;
  std::vector<std::size_t> keys_;  // which of kKeys are shown
  std::vector<std::size_t> key_widths_;
  std::size_t transport_width_ = std::string_view("transport").size();
  bool has_arms_ = false;  // which of two programs a row is of, where there are two
  std::size_t arm_width_ = kArm.size();
  std::size_t widths_[kColumns] = {};
  std::size_t gap_ = 2;
  bool groups_above_ = false;
};

bool is_closed_loop(const Case& one) {
  return one.params.workload != "stream" && !one.params.rate_per_s;
}

// Of the valid runs: the others say so themselves.
bool has_late_generator(const Case& one) {
  return std::ranges::any_of(one.runs, [](const Run& run) {
    return run.valid && run.generator && run.generator->lag_warning && *run.generator->lag_warning;
  });
}

bool is_saturating_stream(const Case& one) {
  return one.params.workload == "stream" && !one.params.rate_per_s;
}

std::string notes(const Report& report, const Footnotes& footnotes, int width) {
  std::string result = footnotes.text();
  if (std::ranges::any_of(report.cases, is_saturating_stream)) {
    result += "  stream: latency is one-way delay under saturation, mostly time in queues\n";
  }
  if (std::ranges::any_of(report.cases, is_closed_loop)) {
    result +=
        "  closed loop: latency omits what a stall kept from being sent (coordinated\n"
        "  omission); --rate measures it\n";
  }
  if (const auto late = std::ranges::count_if(report.cases, has_late_generator); late > 0) {
    result += fmt::format(
        "  the generator's own lateness is over 5 % of p99 in {} of {} cases;\n"
        "  --wait hybrid or spin lowers it (generator.lag)\n",
        late, report.cases.size());
  }
  if (std::ranges::any_of(report.cases, [](const Case& one) { return one.runs.size() > 1; })) {
    result += "  values are medians over the valid runs of a case\n";
  }
  result += overhead_text(report);
  if (report.interrupted) result += "  interrupted: only the runs that were finished by then\n";
  return result + warnings_text(report.warnings, width);
}

}  // namespace

std::string text_table(const Report& report, TextStyle style) {
  Footnotes footnotes;
  if (report.cases.empty()) return "no case was measured\n" + notes(report, footnotes, style.width);
  std::vector<Group> groups = grouped(report);
  for (Group& group : groups) fill(group, footnotes);
  const std::string table = Table(std::move(groups), style).text();
  const std::string beneath = notes(report, footnotes, style.width);
  return beneath.empty() ? table : table + '\n' + beneath;
}

}  // namespace sockmark::report
