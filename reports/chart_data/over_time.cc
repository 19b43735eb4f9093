// The tables over time: the sub-windows of each run, and events in them.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/printable.h"
#include "reports/chart_data/tables.h"
#include "reports/format/text_limits.h"
#include "reports/model/reasons.h"
#include "reports/model/summary.h"

namespace sockmark::report {
namespace {

double window_s(const Run& run) { return static_cast<double>(run.window.measure_ns) / 1e9; }

// The end of a sub-window. The last one of a partial run is shorter than the others.
double end_s(const Run& run, std::size_t sub_window) {
  const std::size_t next = sub_window + 1;
  return next < run.series.size() ? run.series[next].t_s : window_s(run);
}

// Like the percentiles of runs, those of consecutive sub-windows are not averaged.
ChartCell median_of(std::span<const SeriesPoint> points, Maybe<std::int64_t> SeriesPoint::*member) {
  std::vector<double> values;
  for (const SeriesPoint& point : points) {
    if (point.*member) values.push_back(static_cast<double>(*(point.*member)));
  }
  return values.empty() ? ChartCell() : cell(statistic_of(std::move(values)).median);
}

ChartCell largest_of(std::span<const SeriesPoint> points) {
  Maybe<std::int64_t> largest;
  for (const SeriesPoint& point : points) {
    if (point.max_ns && (!largest || *point.max_ns > *largest)) largest = point.max_ns;
  }
  return cell(largest);
}

// Of TCP; empty where nothing is known of it.
ChartCell retransmits_of(std::span<const SeriesPoint> points) {
  double sum = 0;
  bool known = false;
  for (const SeriesPoint& point : points) {
    if (!point.tcp || !point.tcp->retransmits) continue;
    sum += static_cast<double>(*point.tcp->retransmits);
    known = true;
  }
  return known ? cell(sum) : ChartCell();
}

std::string seconds_text(double s) { return fmt::format("{:.4g} s", s); }

// The maximum number of steps for a run: fewer if there are many runs.
std::size_t steps_max(const ChartSubjects& subjects) {
  constexpr std::size_t kMax = 60, kMin = 10, kOfAllRuns = 6000;
  std::size_t runs = 1;
  for (const ChartSubject& subject : subjects.cases) runs += subject.one->runs.size();
  return std::clamp(kOfAllRuns / runs, kMin, kMax);
}

void add_steps(ChartTable& table, const ChartSubject& subject, const Run& run, std::size_t most) {
  const std::span points(run.series);
  const std::size_t joined = (points.size() + most - 1) / most;
  for (std::size_t i = 0; i < points.size(); i += joined) {
    const auto step = points.subspan(i, std::min(joined, points.size() - i));
    double messages = 0;
    for (const SeriesPoint& point : step) messages += static_cast<double>(point.messages);
    const double seconds = end_s(run, i + step.size() - 1) - step.front().t_s;
    const double rate = messages / to_ninth_place(seconds);
    add_row(table, subject,
            {cell(run.index), cell(run.valid), cell(to_ninth_place(step.front().t_s)), cell(rate),
             median_of(step, &SeriesPoint::p50_ns), median_of(step, &SeriesPoint::p99_ns),
             largest_of(step), retransmits_of(step), ChartCell()});
  }
}

void add_invalid(ChartTable& table, const ChartSubject& subject, const Run& run) {
  std::vector<std::string> reasons;
  for (const AlikeReasons& alike : alike_reasons(run.invalid_reasons))
    reasons.push_back(printable(alike.first));
  const std::string text =
      reasons.empty() ? "no reason was recorded" : fmt::format("{}", fmt::join(reasons, "; "));
  add_row(table, subject,
          {cell(run.index), cell(0.0), cell(std::max(window_s(run), 0.0)), cell("invalid"),
           cell(printable(text, kLineColumns))});
}

// Sub-windows in which nothing arrived; consecutive ones are one event. Not if so few messages are
// expected in each that some are empty by chance: with ten expected, one in 20 000.
void add_stalls(ChartTable& table, const ChartSubject& subject, const Run& run) {
  constexpr double kExpectedMin = 10;
  double messages = 0;
  for (const SeriesPoint& point : run.series) messages += static_cast<double>(point.messages);
  if (messages < kExpectedMin * static_cast<double>(run.series.size())) return;
  const auto stalled = [](const SeriesPoint& point) { return point.messages == 0; };
  for (auto at = run.series.begin();;) {
    const auto first = std::find_if(at, run.series.end(), stalled);
    if (first == run.series.end()) return;
    at = std::find_if_not(first, run.series.end(), stalled);
    const double until = end_s(run, static_cast<std::size_t>(at - run.series.begin()) - 1);
    add_row(table, subject,
            {cell(run.index), cell(to_ninth_place(first->t_s)), cell(to_ninth_place(until)),
             cell("stall"), cell("nothing arrived for " + seconds_text(until - first->t_s))});
  }
}

}  // namespace

ChartTable over_time_table(const ChartSubjects& subjects) {
  ChartTable table = chart_table("over_time", {{"run", "Run", ""},
                                               {"valid", "Valid", ""},
                                               {"t_s", "Time in the run", "s"},
                                               {"messages_per_s", "Messages", "messages/s"},
                                               {"p50_ns", "p50", "ns"},
                                               {"p99_ns", "p99", "ns"},
                                               {"max_ns", "Largest", "ns"},
                                               {"retransmits", "Retransmits", ""},
                                               kReasonColumn});
  const std::size_t most = steps_max(subjects);
  for (const ChartSubject& subject : subjects.cases) {
    const std::size_t before = table.rows.size();
    for (const Run& run : subject.one->runs) add_steps(table, subject, run, most);
    if (table.rows.size() > before) continue;
    const char* reason = subject.reverse
                             ? "the course of a run is that of the stream to the responder"
                         : subject.one->runs.empty() ? "no run"
                                                     : "no run reached its measurement";
    add_row(table, subject,
            {ChartCell(), ChartCell(), ChartCell(), ChartCell(), ChartCell(), ChartCell(),
             ChartCell(), ChartCell(), cell(reason)});
  }
  return table;
}

ChartTable events_table(const ChartSubjects& subjects) {
  ChartTable table = chart_table("events", {{"run", "Run", ""},
                                            {"t_s", "From", "s"},
                                            {"until_s", "Until", "s"},
                                            {"kind", "Event", ""},
                                            {"text", "What happened", ""}});
  for (const ChartSubject& subject : subjects.cases) {
    if (subject.reverse) continue;  // the same runs
    for (const Run& run : subject.one->runs) {
      if (!run.valid) add_invalid(table, subject, run);
      add_stalls(table, subject, run);
    }
  }
  if (table.rows.empty() && !subjects.cases.empty())
    table.why_empty = "All runs were valid, and none had a stall.";
  return table;
}

}  // namespace sockmark::report
