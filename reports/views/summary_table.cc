#include "reports/views/summary_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "base/printable.h"
#include "reports/format/text_limits.h"
#include "reports/format/units.h"
#include "reports/model/params_text.h"
#include "reports/model/reasons.h"
#include "reports/model/reverse_stream.h"
#include "reports/model/sections.h"
#include "reports/model/summary.h"
#include "reports/views/connection_notes.h"
#include "reports/views/listen_queue_note.h"
#include "reports/views/loss_notes.h"
#include "reports/views/metric_text.h"

namespace sockmark::report {
namespace {

// --- columns ------------------------------------------------------------------------------------

using Text = std::optional<std::string>;
std::string or_none(const Text& text) { return text ? *text : "-"; }

// Another program, or what holds up ours.
Text responder_text(const Params& params) {
  if (const Text foreign = foreign_text(params)) return foreign;
  const Text pause = pause_text(params), work = work_text(params);
  if (pause && work) return *pause + ", " + *work;
  return pause ? pause : work;
}

// What cases of one group have in common. A column is shown where it varies among cases of one
// workload (a stream never has a depth: no column for that).
struct KeyColumn {
  std::string_view header;
  std::string (*of)(const Params&);
  std::string_view unit_one, unit_many;                // in the line above a group: "4 connections"
  enum { varying, always, not_none } shown = varying;  // not_none: wherever a case has any
  // An option that was requested of some case; then its name is in the line above a group.
  std::string_view option = {};
  std::string_view usual = "-";  // as good as none
};

// The value of one of kCaseOptions.
template <std::size_t Index>
std::string option_of(const Params& params) {
  return option_text(params, kCaseOptions[Index]);
}
template <std::size_t Index>
constexpr KeyColumn option_column() {
  return {.header = kCaseOptions[Index],
          .of = option_of<Index>,
          .unit_one = "",
          .unit_many = "",
          .option = kCaseOptions[Index]};
}

constexpr KeyColumn kKeys[] = {
    {"workload", [](const Params& p) { return printable(p.workload, kWordColumns); }, "", "",
     KeyColumn::always},
    // Says whose figures those are.
    {"direction",
     [](const Params& p) { return p.direction ? printable(*p.direction, kWordColumns) : "-"; },
     "",
     "",
     KeyColumn::not_none,
     {},
     "forward"},
    {"size", sizes_text, "", "", KeyColumn::always},
    {"response", [](const Params& p) { return or_none(response_text(p)); }, "", "",
     KeyColumn::not_none},
    {"rate", pace_text, "", ""},
    {"arrivals",
     [](const Params& p) { return p.arrivals ? printable(*p.arrivals, kWordColumns) : "-"; }, "",
     ""},
    {"conns", [](const Params& p) { return std::to_string(p.connections); }, "connection",
     "connections"},
    {"depth", [](const Params& p) { return p.depth ? std::to_string(*p.depth) : "-"; },
     "outstanding", "outstanding"},
    // It bounds the rate.
    {"think", [](const Params& p) { return p.think_ns ? time_text(*p.think_ns) : "-"; }, "", "",
     KeyColumn::not_none},
    {"messages", [](const Params& p) { return p.messages ? std::to_string(*p.messages) : "-"; },
     "message", "messages"},
    {"ramp",
     [](const Params& p) { return p.ramp_per_s ? fmt::format("{}/s", *p.ramp_per_s) : "-"; }, "",
     ""},
    {"threads", [](const Params& p) { return std::to_string(p.threads); }, "thread", "threads"},
    {"generators", [](const Params& p) { return std::to_string(p.generators ? *p.generators : 1); },
     "generator", "generators"},
    {"wait", [](const Params& p) { return printable(p.wait, kWordColumns); }, "", ""},
    option_column<0>(),
    option_column<1>(),
    option_column<2>(),
    option_column<3>(),
    option_column<4>(),
    option_column<5>(),
    option_column<6>(),
    option_column<7>(),
    option_column<8>(),
    option_column<9>(),
    {"offload", [](const Params& p) { return or_none(offload_text(p)); }, "", "",
     KeyColumn::not_none},
    // Injected faults change the figures.
    {"faults", [](const Params& p) { return or_none(faults_text(p)); }, "", "",
     KeyColumn::not_none},
    {"responder", [](const Params& p) { return or_none(responder_text(p)); }, "", "",
     KeyColumn::not_none},
};

struct ValueColumn {
  std::string header;
  const Metric* metric;  // whose direction and clocks the values have
  ValueOfRun of;
  std::span<const Unit> units;
  // Columns of one family share a unit within a group, so that a row reads across, as far as their
  // numbers have no more than four digits.
  std::size_t family;
  bool competes = true;  // whether there is a best: the slowest message of all is chance
  // The same of the stream to the generator; empty: there is none.
  ValueOfRun of_reverse = {};
  const Metric* reverse_metric = metric;
};
static_assert(kCaseOptions.size() == 10, "each has a column");
constexpr std::size_t kLatency = 0, kFamilies = 5;
constexpr double kTailPercentile = 99.9;

ValueColumn percentile_column(double percent) {
  const auto ppm = static_cast<Ppm>(std::lround(percent * 1e4));
  const auto in = [ppm](const Latency& latency) {
    const auto& distribution = main_latency(latency);
    if (!distribution) return Maybe<double>::none(distribution.reason());
    const auto value = percentile_of(*distribution, ppm);
    return value ? Maybe<double>(static_cast<double>(*value)) : Maybe<double>::none(value.reason());
  };
  const auto of = [in](const Run& run) {
    return run.latency ? in(*run.latency) : Maybe<double>::none(run.latency.reason());
  };
  const auto of_reverse = [in](const Run& run) {
    return run.reverse ? in(run.reverse->latency) : Maybe<double>::none(run.reverse.reason());
  };
  return {fmt::format("p{:g}", percent), &metric("p50_ns"), of, kTime, kLatency, true, of_reverse,
          &metric("reverse_p50_ns")};
}

bool carries(const Report& report, const ValueColumn& column) {
  return std::ranges::any_of(report.cases, [&](const Case& one) {
    return bool(summarise(one, column.of, RunsOf::measured));
  });
}

std::vector<ValueColumn> value_columns(const Report& report, const TableOptions& options) {
  std::vector<double> percentiles = options.percentiles;
  if (percentiles.empty()) {
    percentiles = {50, 99};
    if (carries(report, percentile_column(kTailPercentile))) percentiles.push_back(kTailPercentile);
  }
  std::vector<ValueColumn> columns;
  for (const double percent : percentiles) columns.push_back(percentile_column(percent));
  const auto add = [&](const char* header, std::string_view name, std::span<const Unit> units,
                       std::size_t family, bool competes = true) {
    const Metric& of = metric(name);
    columns.push_back({header, &of, of.of, units, family, competes});
    if (const Metric* reverse = find_metric(fmt::format("reverse_{}", name))) {
      columns.back().of_reverse = reverse->of;
      columns.back().reverse_metric = reverse;
    }
  };
  add("max", "max_ns", kTime, kLatency, false);
  add("msg/s", "goodput_messages_per_s", kCount, 1);
  add(options.bits ? "bits/s" : "bytes/s", "goodput_bytes_per_s", options.bits ? kBits : kBytes, 2);
  if (options.bits) {
    const auto in_bits = [](const ValueOfRun& of) {
      return [of](const Run& run) {
        Maybe<double> bytes = of(run);
        return bytes ? Maybe<double>(8 * *bytes) : bytes;
      };
    };
    columns.back().of = in_bits(columns.back().of);
    columns.back().of_reverse = in_bits(columns.back().of_reverse);
  }
  add("CPU/msg", "cpu_ns_per_message", kTime, 3);
  add("loss", "loss_ratio", kPerCent, 4);
  return columns;
}

using Keys = std::vector<std::string>;  // one for each of kKeys

// Empty if the column has no value of this row.
const ValueOfRun& value_of(const SummaryRow& row, const ValueColumn& column) {
  return row.reverse ? column.of_reverse : column.of;
}

// --- values -------------------------------------------------------------------------------------

// The number of a footnote, from one, in the order in which they first occur.
std::size_t number_of(std::string footnote, std::vector<std::string>& footnotes) {
  const auto found = std::ranges::find(footnotes, footnote);
  const auto number = static_cast<std::size_t>(found - footnotes.begin()) + 1;
  if (found == footnotes.end()) footnotes.push_back(std::move(footnote));
  return number;
}

// Why the cell has no value, or has that of some valid runs only; empty if it is of all.
std::string footnote_of(const SummaryRow& row, const ValueColumn& column,
                        const Maybe<Statistic>& shown) {
  if (!shown) return reason_in_words(shown.reason());
  if (row.only_invalid()) return "";  // the row is marked
  const Maybe<Statistic> of_all = summarise(*row.source, value_of(row, column));
  if (of_all) return "";
  return fmt::format("median of {} of {} valid runs; in the others: {}", shown->n,
                     std::ranges::count_if(row.source->runs, &Run::valid),
                     reason_in_words(of_all.reason()));
}

using Values = std::vector<Maybe<Statistic>>;  // of one column, by row
std::optional<double> smallest_of(const Values& values) {
  std::optional<double> result;
  for (const auto& value : values) {
    if (value && value->median > 0 && (!result || value->median < *result)) result = value->median;
  }
  return result;
}

// Of the values that are medians over all valid runs. Undefined if all are equal.
std::optional<double> best_of(const Values& values, const std::vector<SummaryRow>& rows,
                              std::size_t column, bool higher_is_better) {
  std::vector<double> defined;
  for (std::size_t r = 0; r < values.size(); ++r) {
    if (values[r] && rows[r].values[column].footnote == 0 && !rows[r].only_invalid())
      defined.push_back(values[r]->median);
  }
  if (defined.size() < 2) return std::nullopt;
  const auto [lowest, highest] = std::ranges::minmax(defined);
  if (lowest == highest) return std::nullopt;
  return higher_is_better ? highest : lowest;
}

// The largest of the runs that the values of a row are of; 0 if there is one clock.
double clock_bound_of(const SummaryRow& row, const Metric& metric) {
  double bound = 0;
  for (const Run& run : row.source->runs) {
    if (run.valid || row.only_invalid()) bound = std::max(bound, clock_bound_ns(run, metric));
  }
  return bound;
}

// Whether no other row may be as good, for all that is known of the clocks.
bool beats_others(std::size_t row, const Values& values, const std::vector<double>& bounds) {
  for (std::size_t r = 0; r < values.size(); ++r) {
    const double known_to = bounds[r] + bounds[row];
    if (r == row || !values[r] || known_to == 0) continue;
    if (std::abs(values[r]->median - values[row]->median) < known_to) return false;
  }
  return true;
}

// " (256/call)" if a system call carried several messages, by the median over the runs.
std::string per_call_text(const Case& one, bool reverse) {
  constexpr double kSeveral = 1.05;
  std::vector<double> values;
  for (const Run& run : one.runs) {
    if (reverse ? !run.reverse : !run.load) continue;
    const Load& load = reverse ? run.reverse->load : *run.load;
    if (load.messages_per_send_call) values.push_back(*load.messages_per_send_call);
  }
  if (values.empty()) return "";
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  const double median = values[values.size() / 2];
  return median < kSeveral ? "" : fmt::format(" ({:.3g}/call)", median);
}

// The unit of the family, or if numbers of the column were too long in it, one of its own.
Unit unit_of(const ValueColumn& column, double smallest_of_family, const Values& values) {
  const Unit unit = unit_for(smallest_of_family, column.units);
  const bool too_long = std::ranges::any_of(
      values, [&](const auto& value) { return value && is_too_long(value->median, unit); });
  return too_long ? unit_for(smallest_of(values).value_or(0), column.units) : unit;
}

std::string value_text(double value, Unit unit, int decimals, std::span<const Unit> units) {
  return is_too_long(value, unit) ? fitted(value, units) : with_unit(value, unit, decimals);
}

void fill(SummaryGroup& group, const std::vector<ValueColumn>& columns,
          std::vector<std::string>& footnotes) {
  std::vector<Values> values(columns.size());
  std::optional<double> smallest_of_family[kFamilies];
  for (std::size_t c = 0; c < columns.size(); ++c) {
    for (SummaryRow& row : group.rows) {
      row.values.resize(columns.size());
      const ValueOfRun& of = value_of(row, columns[c]);
      values[c].push_back(of ? summarise(*row.source, of, RunsOf::measured)
                             : Maybe<Statistic>::none(kNotApplicable));
    }
    std::optional<double>& family = smallest_of_family[columns[c].family];
    if (const auto smallest = smallest_of(values[c]);
        smallest && (!family || *smallest < *family)) {
      family = smallest;
    }
  }
  // Under saturation latency depends on the length of the queue, so that none is best.
  const bool in_queues = is_saturating(group.rows.front().source->params);
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const ValueColumn& column = columns[c];
    const Unit unit = unit_of(column, smallest_of_family[column.family].value_or(0), values[c]);
    const int decimals = decimals_for(smallest_of(values[c]).value_or(0) / unit.size);
    std::vector<double> bounds;  // by row
    const bool competes = column.competes && !(column.family == kLatency && in_queues);
    for (std::size_t r = 0; r < group.rows.size(); ++r) {
      const Maybe<Statistic>& value = values[c][r];
      SummaryCell& cell = group.rows[r].values[c];
      const bool reverse = group.rows[r].reverse;
      const double bound =
          clock_bound_of(group.rows[r], reverse ? *column.reverse_metric : *column.metric);
      bounds.push_back(bound);
      cell.text = !value                  ? "-"
                  : value->median < bound ? "< " + value_text(bound, unit, decimals, column.units)
                                          : value_text(value->median, unit, decimals, column.units);
      if (value && column.metric == &metric("goodput_messages_per_s"))
        cell.text += per_call_text(*group.rows[r].source, reverse);
      if (!value_of(group.rows[r], column)) continue;
      auto footnote = footnote_of(group.rows[r], column, value);
      if (!footnote.empty()) cell.footnote = number_of(std::move(footnote), footnotes);
    }
    if (!competes) continue;
    const auto best = best_of(values[c], group.rows, c, column.metric->more_is_better);
    for (std::size_t r = 0; r < group.rows.size() && best; ++r) {
      SummaryCell& cell = group.rows[r].values[c];
      cell.best = values[c][r] && cell.footnote == 0 && values[c][r]->median == *best &&
                  !group.rows[r].only_invalid() && beats_others(r, values[c], bounds);
    }
  }
}

// A column where TCP has sent anything again: a count, of which none is best.
void add_retransmits(SummaryTable& table) {
  table.columns.emplace_back("retr");
  for (SummaryGroup& group : table.groups) {
    for (SummaryRow& row : group.rows)
      row.values.push_back({.text = row.reverse ? "-" : retransmits_text(*row.source)});
  }
}

// --- rows ---------------------------------------------------------------------------------------

// Of valid runs: no value of an invalid run is used.
bool is_unsteady(const Run& run) { return run.valid && run.steady && !*run.steady; }

std::vector<std::string> combined(const std::vector<std::string>& reasons) {
  std::vector<std::string> lines;
  for (const AlikeReasons& alike : alike_reasons(reasons)) lines.push_back(in_words(alike));
  return lines;
}

bool has_stall(const Run& run) {
  return std::ranges::find(run.unsteady_reasons, "stall") != run.unsteady_reasons.end();
}

std::string milliseconds_text(std::int64_t value) {
  return fmt::format("{:.0f} ms", static_cast<double>(value) / 1e6);
}

// "stall (of 1000 ms: nothing arrived for 944 ms, waited 944 ms for unanswered messages)" of the
// run in which it was longest.
std::string stall_text(const Case& one) {
  const Run* worst = nullptr;
  for (const Run& run : one.runs) {
    if (!has_stall(run) || !run.stalls) continue;
    if (worst == nullptr || run.stalls->total_ns > worst->stalls->total_ns) worst = &run;
  }
  if (worst == nullptr) return unsteady_in_words("stall");
  const Stalls& stalls = *worst->stalls;
  std::vector<std::string> parts;
  if (stalls.total_ns > 0)
    parts.push_back("nothing arrived for " + milliseconds_text(stalls.total_ns));
  if (stalls.waiting_for_lost_ns && *stalls.waiting_for_lost_ns > 0) {
    parts.push_back(fmt::format("waited {} for unanswered messages",
                                milliseconds_text(*stalls.waiting_for_lost_ns)));
  }
  if (stalls.lost_in_warmup && *stalls.lost_in_warmup > 0)
    parts.push_back(fmt::format("{} unanswered in the warm-up", *stalls.lost_in_warmup));
  if (stalls.responder_stopped_ns && *stalls.responder_stopped_ns > 0) {
    parts.push_back("the responder did not run for " +
                    milliseconds_text(*stalls.responder_stopped_ns));
  }
  return fmt::format("stall (of {}: {})", milliseconds_text(worst->window.measure_ns),
                     fmt::join(parts, ", "));
}

void explain_invalid(const Case& one, SummaryRow& row) {
  std::vector<std::string> reasons;
  bool stalled = false;
  for (const Run& run : one.runs) {
    if (run.valid) continue;
    ++row.invalid;
    stalled |= has_stall(run);
    for (const auto* list : {&run.invalid_reasons, &run.interference_reasons}) {
      for (const std::string& reason : *list) reasons.push_back(printable(reason, kLineColumns));
    }
  }
  row.why_invalid = combined(reasons);
  if (stalled) row.why_invalid.push_back(stall_text(one));
}

void explain_interference(const Case& one, SummaryRow& row) {
  std::vector<std::string> reasons;
  for (const Run& run : one.runs) {
    if (!run.valid || run.interference_reasons.empty()) continue;
    ++row.interfered;
    for (const std::string& reason : run.interference_reasons)
      reasons.push_back(printable(reason, kLineColumns));
  }
  row.why_interfered = combined(reasons);
}

void explain_unsteady(const Case& one, SummaryRow& row) {
  for (const Run& run : one.runs) {
    if (!is_unsteady(run)) continue;
    ++row.unsteady;
    for (const std::string& reason : run.unsteady_reasons) {
      std::string shown = reason == "stall" ? stall_text(one) : unsteady_in_words(reason);
      if (std::ranges::find(row.why_unsteady, shown) == row.why_unsteady.end())
        row.why_unsteady.push_back(std::move(shown));
    }
  }
}

SummaryRow row_of(const Case& one) {
  SummaryRow row;
  const Params& params = one.params;
  row.source = &one;
  row.transport = printable(name_of(params), kWordColumns);
  row.arm = params.arm ? printable(params.arm->name(), kWordColumns) : "-";
  explain_invalid(one, row);
  explain_interference(one, row);
  explain_unsteady(one, row);
  if (const auto groups = groups_of(one)) {
    const Metric& p50 = metric("p50_ns");
    row.groups = fmt::format("two groups of runs: p50 {} in {}, {} in {}",
                             quantity(groups->lower_p50_ns, p50), groups->lower_runs,
                             quantity(groups->upper_p50_ns, p50), groups->upper_runs);
  }
  return row;
}

// Of the stream to the generator. What is said of the runs is said in the row above, but that the
// values are those of invalid runs.
SummaryRow reverse_row_of(const SummaryRow& row) {
  SummaryRow reverse = row;
  reverse.reverse = true;
  reverse.groups.clear();
  reverse.interfered = reverse.unsteady = 0;
  reverse.why_invalid.clear();
  reverse.why_interfered.clear();
  reverse.why_unsteady.clear();
  return reverse;
}

// Rows with one name have the ids of their cases instead.
void make_distinct(SummaryGroup& group) {
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> count;
  for (const SummaryRow& row : group.rows) count[{row.transport, row.arm}] += row.reverse ? 0 : 1;
  std::vector<SummaryRow*> alike;
  for (SummaryRow& row : group.rows) {
    if (count[{row.transport, row.arm}] > 1) alike.push_back(&row);
  }
  for (SummaryRow* row : alike) row->transport = printable(row->source->id, kNameColumns);
  for (SummaryRow& row : group.rows) {
    if (has_both_streams(*row.source)) row.transport += row.reverse ? ", reverse" : ", forward";
  }
}

// With all keys, whether they vary or not.
std::vector<SummaryGroup> grouped(const Report& report) {
  std::vector<SummaryGroup> groups;
  std::map<Keys, std::size_t> at;
  for (const Case& one : report.cases) {
    Keys keys;
    for (const KeyColumn& column : kKeys) keys.push_back(column.of(one.params));
    const auto [found, added] = at.emplace(keys, groups.size());
    if (added) groups.push_back({.keys = std::move(keys), .title = {}, .rows = {}});
    auto& rows = groups[found->second].rows;
    rows.push_back(row_of(one));
    if (has_both_streams(one)) rows.push_back(reverse_row_of(rows.back()));
  }
  for (SummaryGroup& group : groups) make_distinct(group);
  return groups;
}

std::vector<std::size_t> shown_keys(const std::vector<SummaryGroup>& groups) {
  std::map<std::string_view, const SummaryGroup*> first_of_workload;
  for (const SummaryGroup& group : groups) first_of_workload.emplace(group.keys[0], &group);
  std::vector<std::size_t> shown;
  for (std::size_t k = 0; k < std::size(kKeys); ++k) {
    const bool varies = std::ranges::any_of(groups, [&](const SummaryGroup& group) {
      return group.keys[k] != first_of_workload.at(group.keys[0])->keys[k];
    });
    const bool any = std::ranges::any_of(groups, [&](const SummaryGroup& group) {
      return group.keys[k] != "-" && group.keys[k] != kKeys[k].usual;
    });
    const auto when = kKeys[k].shown;
    const bool requested =
        !kKeys[k].option.empty() && std::ranges::any_of(groups, [&](const SummaryGroup& group) {
          return std::ranges::any_of(group.rows, [&](const SummaryRow& row) {
            return is_requested(row.source->params, kKeys[k].option);
          });
        });
    if (varies || requested || when == KeyColumn::always || (when == KeyColumn::not_none && any))
      shown.push_back(k);
  }
  return shown;
}

// "rr, 64 B, 4 connections"
std::string title_of(const Keys& keys, const std::vector<std::size_t>& shown) {
  std::string title;
  for (const std::size_t k : shown) {
    const std::string& value = keys[k];
    if (value == "-") continue;
    const std::string_view unit = value == "1" ? kKeys[k].unit_one : kKeys[k].unit_many;
    if (!title.empty()) title += ", ";
    if (!kKeys[k].option.empty()) title.append(kKeys[k].option).append(" ");
    title += value;
    if (!unit.empty()) title.append(" ").append(unit);
  }
  return title;
}

// --- notes --------------------------------------------------------------------------------------

bool is_closed_loop(const Case& one) {
  return one.params.workload != "stream" && !one.params.rate_per_s;
}

// Of valid runs: an invalid one has its reasons.
bool has_late_generator(const Case& one) {
  return std::ranges::any_of(one.runs, [](const Run& run) {
    return run.valid && run.generator && run.generator->lag_warning && *run.generator->lag_warning;
  });
}

bool has_interference(const Case& one) {
  return std::ranges::any_of(
      one.runs, [](const Run& run) { return run.valid && !run.interference_reasons.empty(); });
}

// "responder on db2 at 10.0.0.2, through ssh db2"
std::string describe_end(const End& end) {
  const std::string at = end.address ? " at " + printable(*end.address, kLineColumns) : "";
  const std::string via =
      end.via.empty() ? "this machine" : "through " + printable(end.via, kLineColumns);
  return fmt::format("{} on {}{}, {}", printable(name_of(end), kLineColumns),
                     printable(end.host, kLineColumns), at, via);
}

bool has_only_invalid_runs(const Case& one) {
  return !one.runs.empty() && std::ranges::none_of(one.runs, &Run::valid);
}

// "one-way delay to ±16.1 µs": the largest bound of the values that are shown. Absent with one
// clock.
std::optional<std::string> clock_note(const Report& report) {
  double bound = 0;
  for (const Case& one : report.cases) {
    for (const Run& run : one.runs) bound = std::max(bound, clock_bound_ns(run, metric("p50_ns")));
  }
  if (bound == 0) return std::nullopt;
  return fmt::format("one-way delay to ±{}: the clocks of the two ends are known no better (clock)",
                     quantity(bound, metric("p50_ns")));
}

bool is_reverse(const Case& one) {
  return one.params.direction && *one.params.direction == "reverse";
}

std::vector<std::string> summary_notes(const Report& report) {
  std::vector<std::string> notes;
  for (const End& end : report.ends) notes.push_back(describe_end(end));
  if (std::ranges::any_of(report.cases, is_saturating, &Case::params))
    notes.emplace_back("stream: latency is one-way delay under saturation, mostly time in queues");
  if (std::ranges::any_of(report.cases, is_reverse))
    notes.emplace_back("direction reverse: the responder sends, the generator measures");
  if (std::ranges::any_of(report.cases, has_both_streams)) {
    notes.emplace_back(
        "direction both: CPU/msg counts the messages of both streams; --rate is that of each");
  }
  if (std::ranges::any_of(report.cases, is_closed_loop)) {
    notes.emplace_back(
        "closed loop: latency omits the messages that a stall kept from being sent\n"
        "(coordinated omission); --rate includes them");
  }
  if (auto note = clock_note(report)) notes.push_back(*std::move(note));
  if (std::ranges::any_of(report.cases, has_interference)) {
    notes.emplace_back("interference: latencies are upper bounds of those on a quiet machine");
  }
  if (std::ranges::any_of(report.cases, has_only_invalid_runs))
    notes.emplace_back("without a valid run, values are those of the invalid runs");
  if (const auto late = std::ranges::count_if(report.cases, has_late_generator); late > 0) {
    const bool sleeps = std::ranges::any_of(report.cases, [](const Case& one) {
      return has_late_generator(one) && one.params.wait == "sleep";
    });
    notes.push_back(fmt::format(
        "the generator's send lag exceeds 5 % of p99 in {} of {} cases{}", late,
        report.cases.size(),
        sleeps ? ";\n--wait hybrid or spin reduces it (generator.lag)" : " (generator.lag)"));
  }
  if (auto note = listen_queue_note(report)) notes.push_back(*std::move(note));
  for (std::string& line : connection_notes(report)) notes.push_back(std::move(line));
  for (std::string& line : slow_responders(report)) notes.push_back(std::move(line));
  if (auto note = warmup_loss_note(report)) notes.push_back(*std::move(note));
  if (std::ranges::any_of(report.cases, [](const Case& one) { return one.runs.size() > 1; }))
    notes.emplace_back("values are medians over the valid runs of a case");
  return notes;
}

}  // namespace

SummaryTable summary_table(const Report& report, const TableOptions& options) {
  const std::vector<ValueColumn> columns = value_columns(report, options);
  SummaryTable table;
  table.groups = grouped(report);
  table.notes = summary_notes(report);
  const auto shown = shown_keys(table.groups);
  for (const std::size_t k : shown) table.keys.push_back(kKeys[k].header);
  for (const ValueColumn& column : columns) table.columns.push_back(column.header);
  for (SummaryGroup& group : table.groups) {
    fill(group, columns, table.footnotes);
    group.title = title_of(group.keys, shown);
    Keys keys;
    for (const std::size_t k : shown) keys.push_back(std::move(group.keys[k]));
    group.keys = std::move(keys);
    table.has_arms |= std::ranges::any_of(group.rows, [&](const SummaryRow& row) {
      return row.arm != table.groups.front().rows.front().arm;
    });
  }
  if (has_retransmits(report)) add_retransmits(table);
  return table;
}

}  // namespace sockmark::report
