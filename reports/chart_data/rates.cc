// The table of latency over the rate: cases that differ only in their rate, and the trials of
// searches for the highest rate.

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reports/chart_data/tables.h"
#include "reports/model/metrics.h"
#include "reports/model/reasons.h"
#include "reports/model/summary.h"

namespace sockmark::report {
namespace {

// The cases and trials of one place along the rates.
struct Ladder {
  std::vector<const ChartSubject*> cases;  // by rate
  const ChartSubject* search = nullptr;    // the first of them
  std::map<double, std::vector<const Trial*>> trials;

  [[nodiscard]] bool has_two_rates() const {
    std::set<double> rates;
    for (const ChartSubject* subject : cases) rates.insert(*subject->one->params.rate_per_s);
    for (const auto& [rate, unused] : trials) rates.insert(rate);
    return rates.size() > 1;
  }
};

// In the order in which places occur.
std::vector<Ladder> ladders_of(const ChartSubjects& subjects) {
  std::vector<Ladder> ladders;
  std::map<std::pair<std::string, std::string>, std::size_t> at;
  const auto ladder_of = [&](const ChartSubject& subject) -> Ladder& {
    const auto place = std::pair(subject.along_rates.group, subject.along_rates.series);
    const auto [found, added] = at.emplace(place, ladders.size());
    if (added) ladders.emplace_back();
    return ladders[found->second];
  };
  for (const ChartSubject& subject : subjects.cases) {
    const auto& rate = subject.one->params.rate_per_s;
    if (rate && std::isfinite(*rate)) ladder_of(subject).cases.push_back(&subject);
  }
  for (const ChartSubject& subject : subjects.searches) {
    Ladder& ladder = ladder_of(subject);
    if (ladder.search == nullptr) ladder.search = &subject;
    for (const Trial& trial : subject.search->trials) {
      if (std::isfinite(trial.rate_per_s)) ladder.trials[trial.rate_per_s].push_back(&trial);
    }
  }
  for (Ladder& ladder : ladders) {
    std::ranges::stable_sort(ladder.cases, {}, [](const ChartSubject* subject) {
      return *subject->one->params.rate_per_s;
    });
  }
  std::erase_if(ladders, [](const Ladder& ladder) { return !ladder.has_two_rates(); });
  return ladders;
}

// Over the valid trials, one value each.
Maybe<Statistic> p99_of(const std::vector<const Trial*>& trials) {
  std::vector<double> values;
  for (const Trial* trial : trials) {
    if (!trial->valid) continue;
    if (!trial->p99_ns) return Maybe<Statistic>::none(trial->p99_ns.reason());
    values.push_back(static_cast<double>(*trial->p99_ns));
  }
  if (values.empty()) return Maybe<Statistic>::none("no valid trial");
  return statistic_of(std::move(values));
}

ChartRow row_of(double rate, ChartCell goodput, const char* percentile,
                const Maybe<Statistic>& latency, const char* source) {
  ChartRow row =
      ChartRow{cell(rate), std::move(goodput), cell(percentile)} + statistic_cells(latency);
  row.insert(row.end() - 1, cell(source));  // in front of the reason
  return row;
}

}  // namespace

ChartTable rates_table(const ChartSubjects& subjects) {
  ChartTable table = chart_table("rates", {{"rate_per_s", "Rate", "messages/s"},
                                           {"goodput_messages_per_s", "Goodput", "messages/s"},
                                           {"percentile", "Percentile", ""},
                                           {"latency_ns", "Latency", "ns"},
                                           {"low_ns", "Lowest run", "ns"},
                                           {"high_ns", "Highest run", "ns"},
                                           kRunsColumn,
                                           {"source", "Measured by", ""},
                                           kReasonColumn});
  for (const Ladder& ladder : ladders_of(subjects)) {
    for (const char* percentile : {"p50", "p99"}) {
      for (const ChartSubject* subject : ladder.cases) {
        const Case& one = *subject->one;
        const auto goodput = summarise(one, metric("goodput_messages_per_s"));
        add_row(table, subject->along_rates, subject->name,
                row_of(*one.params.rate_per_s, goodput ? cell(goodput->median) : ChartCell(),
                       percentile, summarise(one, metric(percentile)), "runs"));
      }
    }
    for (const auto& [rate, trials] : ladder.trials) {
      add_row(table, ladder.search->along_rates, ladder.search->name,
              row_of(rate, ChartCell(), "p99", p99_of(trials), "search"));
    }
  }
  if (table.rows.empty() && !(subjects.cases.empty() && subjects.searches.empty()))
    table.why_empty = "Nothing was measured at more than one rate.";
  return table;
}

}  // namespace sockmark::report
