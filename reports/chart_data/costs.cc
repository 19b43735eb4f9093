// The tables of throughput and costs: goodput, CPU time per message, send lag of the generator, and
// the overhead of sockmark over bare system calls.

#include <algorithm>
#include <array>

#include "reports/chart_data/tables.h"
#include "reports/model/metrics.h"
#include "reports/model/reasons.h"
#include "reports/model/summary.h"

namespace sockmark::report {
namespace {

Maybe<double> cpu_of(const Maybe<EndResources>& end) {
  return end ? end->cpu_ns_per_message : Maybe<double>::none(end.reason());
}

constexpr RunFigure kEnds[] = {
    {"generator", [](const Run& run) { return cpu_of(run.resources.generator); }},
    {"responder", [](const Run& run) { return cpu_of(run.resources.responder); }},
};

template <auto Percentile>
Maybe<double> lag_of(const Run& run) {
  using None = Maybe<double>;
  if (!run.generator) return None::none(run.generator.reason());
  if (!run.generator->lag) return None::none(run.generator->lag.reason());
  const Maybe<std::int64_t>& value = (*run.generator->lag).*Percentile;
  return value ? None(static_cast<double>(*value)) : None::none(value.reason());
}

constexpr RunFigure kLags[] = {
    {"p50", lag_of<&Distribution::p50_ns>},
    {"p99", lag_of<&Distribution::p99_ns>},
    {"max", lag_of<&Distribution::max_ns>},
};

}  // namespace

ChartTable throughput_table(const ChartSubjects& subjects) {
  constexpr const char* kUnit = "messages/s";
  ChartTable table = chart_table("throughput", {{"goodput_messages_per_s", "Goodput", kUnit},
                                                {"low_messages_per_s", "Lowest run", kUnit},
                                                {"high_messages_per_s", "Highest run", kUnit},
                                                kRunsColumn,
                                                kReasonColumn});
  for (const ChartSubject& subject : subjects.cases) {
    const auto goodput = summarise(*subject.one, metric("goodput_messages_per_s"));
    add_row(table, subject, statistic_cells(goodput));
  }
  return table;
}

ChartTable cpu_table(const ChartSubjects& subjects) {
  ChartTable table = chart_table("cpu", {{"end", "End", ""},
                                         {"cpu_ns_per_message", "CPU per message", "ns"},
                                         {"low_ns", "Lowest run", "ns"},
                                         {"high_ns", "Highest run", "ns"},
                                         kRunsColumn,
                                         kReasonColumn});
  add_run_figures(table, subjects, kEnds);
  return table;
}

ChartTable lag_table(const ChartSubjects& subjects) {
  ChartTable table = chart_table("lag", {{"percentile", "Percentile", ""},
                                         {"lag_ns", "Send lag of the generator", "ns"},
                                         {"low_ns", "Lowest run", "ns"},
                                         {"high_ns", "Highest run", "ns"},
                                         kRunsColumn,
                                         kReasonColumn});
  add_run_figures(table, subjects, kLags);
  return table;
}

ChartTable overhead_table(const ChartSubjects& subjects) {
  ChartTable table = chart_table("overhead", {{"metric", "Metric", ""},
                                              {"overhead_ratio", "Ours over the floor", "ratio"},
                                              {"low", "Interval from", "ratio"},
                                              {"high", "Interval to", "ratio"},
                                              {"blocks", "Blocks", ""},
                                              kReasonColumn});
  const bool measured = std::ranges::any_of(subjects.cases, [](const ChartSubject& subject) {
    return std::ranges::any_of(subject.one->runs,
                               [](const Run& run) { return static_cast<bool>(run.floor); });
  });
  if (!measured) {
    if (!subjects.cases.empty())
      table.why_empty =
          "The floor, the same exchange by bare system calls, was not measured (run --floor).";
    return table;
  }
  for (const ChartSubject& subject : subjects.cases) {
    const Maybe<Overhead>& overhead = subject.one->overhead;
    if (!overhead) {
      const bool unmeasured = overhead.reason() == "none";
      add_row(
          table, subject,
          {ChartCell(), ChartCell(), ChartCell(), ChartCell(), ChartCell(),
           cell(unmeasured ? "the floor was not measured" : reason_in_words(overhead.reason()))});
      continue;
    }
    const auto& interval = overhead->interval;
    add_row(
        table, subject,
        {cell(overhead->metric == "p50_ns" ? "p50_ns" : "goodput_messages_per_s"),
         cell(overhead->overhead_ratio), interval ? cell((*interval)[0]) : ChartCell(),
         interval ? cell((*interval)[1]) : ChartCell(), cell(overhead->blocks),
         interval ? ChartCell() : ChartCell("no interval: " + reason_in_words(interval.reason()))});
  }
  return table;
}

}  // namespace sockmark::report
