// The table of a load beside cases: the phases of a test of a line, idle and loaded, one after the
// other.

#include <algorithm>
#include <cstddef>

#include "reports/chart_data/tables.h"
#include "reports/model/params_text.h"

namespace sockmark::report {
namespace {

// Of a stream of the load in a sub-window of `seconds`.
ChartCell goodput(const Background& load, const Maybe<BackgroundStream>& stream, std::size_t index,
                  double seconds) {
  if (!stream || index >= stream->messages.size() || seconds <= 0) return {};
  return cell(static_cast<double>(stream->messages[index]) * static_cast<double>(load.size_bytes) /
              seconds);
}

// The first valid run of a case stands for it: a median over runs would hide how a queue fills.
const Run* shown_run(const Case& one) {
  const auto found = std::ranges::find_if(one.runs, &Run::valid);
  return found == one.runs.end() ? nullptr : &*found;
}

}  // namespace

ChartTable load_table(const ChartSubjects& subjects) {
  ChartTable table = chart_table("load", {{"load", "Load", ""},
                                          {"phase", "Phase", ""},
                                          {"at_s", "Time", "s"},
                                          {"p50_ns", "p50", "ns"},
                                          {"p99_ns", "p99", "ns"},
                                          {"forward_bytes_per_s", "Load, forward", "bytes/s"},
                                          {"reverse_bytes_per_s", "Load, reverse", "bytes/s"},
                                          kReasonColumn});
  table.why_empty = "No case was measured beside a load.";
  const bool loaded = std::ranges::any_of(
      subjects.cases, [](const ChartSubject& subject) { return has_load(subject.one->params); });
  if (!loaded) return table;
  for (const ChartSubject& subject : subjects.cases) {
    const Params& params = subject.one->params;
    const auto load = cell(load_text(params));
    const auto phase = cell(load_phase(params));
    const Run* const run = shown_run(*subject.one);
    if (run == nullptr) {
      add_row(table, subject, {load, phase, {}, {}, {}, {}, {}, cell("no valid run")});
      continue;
    }
    const double window_s = static_cast<double>(run->window.measure_ns) / 1e9;
    const double begin_s = static_cast<double>(load_phase(params)) * window_s;
    for (std::size_t i = 0; i < run->series.size(); ++i) {
      const SeriesPoint& point = run->series[i];
      const double next_s = i + 1 < run->series.size() ? run->series[i + 1].t_s : window_s;
      ChartCell forward, reverse;
      if (run->background) {
        const Background& of = *run->background;
        forward = goodput(of, of.forward, i, next_s - point.t_s);
        reverse = goodput(of, of.reverse, i, next_s - point.t_s);
      }
      add_row(table, subject,
              {load,
               phase,
               cell(to_ninth_place(begin_s + point.t_s)),
               cell(point.p50_ns),
               cell(point.p99_ns),
               forward,
               reverse,
               {}});
    }
  }
  table.why_empty.clear();
  return table;
}

}  // namespace sockmark::report
