#include "reports/views/alerts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "base/printable.h"
#include "reports/format/text_limits.h"
#include "reports/format/units.h"
#include "reports/model/metrics.h"
#include "reports/model/params_text.h"
#include "reports/views/doctor_findings.h"
#include "reports/views/loss_notes.h"
#include "reports/views/search_table.h"
#include "reports/views/summary_table.h"

namespace sockmark::report {
namespace {

constexpr std::size_t kDetailsMax = 12;  // of one alert

std::string runs_text(std::size_t some, std::size_t all) {
  return fmt::format("{} of {} run{}", some, all, all == 1 ? "" : "s");
}

std::string verb(std::size_t count) { return count == 1 ? "is" : "are"; }

// --- comparisons --------------------------------------------------------------------------------

std::string gate_line(const Comparison& one) {
  const std::string against =
      one.baseline == one.candidate ? "" : " against " + printable(one.baseline, kNameColumns);
  return fmt::format("{}: {} of {}{}, margin {:.6g}", name_of(one.gate->verdict),
                     metric(one.metric).short_name, printable(one.candidate, kNameColumns), against,
                     one.gate->margin);
}

void add_comparison(const CompareOutcome& outcome, std::vector<Alert>& alerts) {
  if (outcome.verdict == ComparisonVerdict::no_gate) return;
  const VerdictLine line = verdict_line(outcome);
  Alert alert{.tone = line.tone, .text = line.word + line.rest};
  for (const std::string& why : outcome.invalid)
    alert.details.push_back(printable(why, kLineColumns));
  for (const Mismatch& mismatch : outcome.hard_mismatches)
    alert.details.push_back(line_of(mismatch));
  for (const Gate verdict : {Gate::fail, Gate::inconclusive}) {
    for (const Comparison& one : outcome.comparisons) {
      if (one.gate && one.gate->verdict == verdict) alert.details.push_back(gate_line(one));
    }
  }
  alerts.push_back(std::move(alert));
}

void add_excluded(const CompareOutcome& outcome, std::vector<Alert>& alerts) {
  const std::size_t count = outcome.excluded_runs.size();
  if (count == 0) return;
  Alert alert{.tone = Tone::bad,
              .text = fmt::format("{} run{} excluded from the comparison", count,
                                  count == 1 ? " is" : "s are")};
  for (const ExcludedRun& run : outcome.excluded_runs) alert.details.push_back(line_of(run));
  alerts.push_back(std::move(alert));
}

// --- reports -------------------------------------------------------------------------------------

void add_runs(const Report& report, std::string_view whose, bool compared,
              std::vector<Alert>& alerts) {
  std::size_t all = 0, invalid = 0, interfered = 0, unsteady = 0, without_valid = 0;
  Alert invalid_alert{.tone = Tone::bad, .text = {}}, interfered_alert{.text = {}},
      unsteady_alert{.text = {}};
  for (const SummaryGroup& group : summary_table(report).groups) {
    for (const SummaryRow& row : group.rows) {
      if (row.reverse) continue;  // of the runs of the row before
      const std::string name = printable(row.source->id, kNameColumns);
      const std::size_t runs = row.source->runs.size();
      all += runs;
      invalid += row.invalid;
      interfered += row.interfered;
      unsteady += row.unsteady;
      without_valid += row.only_invalid() ? row.invalid : 0;
      if (row.invalid > 0) {
        invalid_alert.details.push_back(fmt::format(
            "{}: {}: {}", name, runs_text(row.invalid, runs), fmt::join(row.why_invalid, "; ")));
      }
      if (row.interfered > 0) {
        interfered_alert.details.push_back(fmt::format("{}: {}: {}", name,
                                                       runs_text(row.interfered, runs),
                                                       fmt::join(row.why_interfered, "; ")));
      }
      if (row.unsteady > 0) {
        unsteady_alert.details.push_back(fmt::format(
            "{}: {}: {}", name, runs_text(row.unsteady, runs), fmt::join(row.why_unsteady, ", ")));
      }
    }
  }
  if (invalid > 0) {
    invalid_alert.text =
        fmt::format("{}{} {} invalid{}{}", runs_text(invalid, all), whose, verb(invalid),
                    without_valid == 0         ? " and excluded from the figures"
                    : without_valid == invalid ? ""
                                               : "; figures exclude them where a "
                                                 "case has valid runs",
                    compared ? "; the comparison excludes only failed runs" : "");
    alerts.push_back(std::move(invalid_alert));
  }
  if (interfered > 0) {
    interfered_alert.text =
        fmt::format("{}{} had interference: latencies are upper bounds of those on a quiet machine",
                    runs_text(interfered, all), whose);
    alerts.push_back(std::move(interfered_alert));
  }
  if (unsteady > 0) {
    unsteady_alert.text =
        fmt::format("{}{} {} not steady: the values changed, or nothing arrived for a while",
                    runs_text(unsteady, all), whose, verb(unsteady));
    alerts.push_back(std::move(unsteady_alert));
  }
}

void add_interruption(const Report& report, std::string_view whose, std::vector<Alert>& alerts) {
  if (!report.interrupted) return;
  alerts.push_back(
      {.tone = Tone::bad,
       .text = fmt::format("The measurement{} was interrupted: {}", whose,
                           has_partial_run(report) ? "the last run is partial and in no comparison"
                                                   : "only finished runs are included")});
}

void add_searches(const Report& report, std::vector<Alert>& alerts) {
  Alert alert{.tone = Tone::bad, .text = "Searches without a rate"};
  for (const RateSearch& search : report.searches) {
    const SearchEnd end = end_of(search);
    if (end == SearchEnd::found || end == SearchEnd::none) continue;
    alert.details.push_back(fmt::format("{}, {}: {}", printable(search.id, kNameColumns),
                                        printable(search.goal, kNameColumns),
                                        end == SearchEnd::invalid ? "no trial was conclusive"
                                        : was_interrupted(search) ? "interrupted"
                                                                  : "incomplete"));
  }
  if (!alert.details.empty()) alerts.push_back(std::move(alert));
}

void add_absence(const Report& report, std::string_view whose, std::vector<Alert>& alerts) {
  if (std::ranges::any_of(report.cases, [](const Case& one) { return !one.runs.empty(); })) return;
  if (!report.searches.empty()) return;
  alerts.push_back({.tone = Tone::bad, .text = fmt::format("Nothing was measured{}", whose)});
}

// "3 of 4 cases"
std::string cases_text(std::size_t some, std::size_t all) {
  if (some != all) return fmt::format("{} of {}", some, counted(all, "case"));
  return all == 1 ? "the one case" : fmt::format("all {} cases", all);
}

// Injected faults and responder delays, which change the figures of a case.
void add_disturbances(const Report& report, std::string_view whose, std::vector<Alert>& alerts) {
  std::vector<std::pair<std::string, std::vector<const Case*>>> done;
  bool faults = false, held_up = false;
  std::size_t cases = 0;
  for (const Case& one : report.cases) {
    const Params& params = one.params;
    std::vector<std::string> what;
    if (params.impair) what.push_back(printable(*params.impair, kLineColumns));
    faults |= !what.empty();
    for (const auto& text : {pause_text(params), work_text(params)}) {
      if (!text) continue;
      what.push_back("responder: " + *text);
      held_up = true;
    }
    if (what.empty()) continue;
    ++cases;
    const std::string words = fmt::format("{}", fmt::join(what, "; "));
    auto found = std::ranges::find(done, words, [](const auto& entry) { return entry.first; });
    if (found == done.end()) found = done.insert(done.end(), {words, {}});
    found->second.push_back(&one);
  }
  if (done.empty()) return;
  const std::string_view what = !held_up ? "Faults were injected"
                                : faults ? "Faults were injected or the responder was delayed"
                                         : "The responder was delayed";
  Alert alert{.text =
                  fmt::format("{} in {}{}", what, cases_text(cases, report.cases.size()), whose)};
  for (const auto& [words, of] : done) {
    alert.details.push_back(
        of.size() == report.cases.size() ? words
        : of.size() == 1
            ? fmt::format("{}: {}", printable(of.front()->id, kNameColumns), words)
            : fmt::format("{} and {} more: {}", printable(of.front()->id, kNameColumns),
                          of.size() - 1, words));
  }
  alerts.push_back(std::move(alert));
}

void add_slow_responders(const Report& report, std::string_view whose, std::vector<Alert>& alerts) {
  std::vector<std::string> lines = slow_responders(report);
  if (lines.empty()) return;
  for (std::string& line : lines) std::ranges::replace(line, '\n', ' ');
  alerts.push_back({.text = fmt::format("The responder did not keep up in {}{}",
                                        cases_text(lines.size(), report.cases.size()), whose),
                    .details = std::move(lines)});
}

void add_warnings(const Report& report, std::string_view whose, std::vector<Alert>& alerts) {
  std::vector<std::string> checks;
  Alert others{.text = {}, .section = "warnings"};
  for (const Warning& warning : report.warnings) {
    if (const auto check = check_of(warning); !check.empty()) {
      checks.push_back(printable(check, kNameColumns));
    } else {
      others.details.push_back(printable(warning.message, kLineColumns));
    }
  }
  if (!others.details.empty()) {
    others.text = counted(others.details.size(), "warning") + std::string(whose);
    alerts.push_back(std::move(others));
  }
  if (checks.empty()) return;
  const std::size_t more = checks.size() > kDetailsMax ? checks.size() - kDetailsMax : 0;
  const std::string count =
      checks.size() == 1 ? "1 source" : fmt::format("{} sources", checks.size());
  checks.resize(checks.size() - more);
  alerts.push_back(
      {.text =
           fmt::format("{} of noise on {}: {}{}", count,
                       whose.empty() ? "this machine" : fmt::format("the machine{}", whose),
                       fmt::join(checks, ", "), more == 0 ? "" : fmt::format(" and {} more", more)),
       .section = "warnings"});
}

void add_if_all_is_well(bool searched, std::vector<Alert>& alerts) {
  if (!alerts.empty()) return;
  alerts.push_back({.tone = Tone::good,
                    .text = searched ? "All searches are complete"
                                     : "All runs are valid, and none was unsteady"});
}

// Bad ones first.
std::vector<Alert> sorted(std::vector<Alert> alerts) {
  for (Alert& alert : alerts) {
    const std::size_t count = alert.details.size();
    if (count <= kDetailsMax) continue;
    alert.details.resize(kDetailsMax);
    alert.details.push_back(fmt::format("and {} more", count - kDetailsMax));
  }
  std::stable_partition(alerts.begin(), alerts.end(),
                        [](const Alert& alert) { return alert.tone == Tone::bad; });
  return alerts;
}

}  // namespace

std::vector<Alert> alerts_of(const Report& report, const Maybe<CompareOutcome>& comparison) {
  std::vector<Alert> alerts;
  add_absence(report, "", alerts);
  if (comparison) add_comparison(*comparison, alerts);
  add_runs(report, "", comparison && !comparison->comparisons.empty(), alerts);
  add_interruption(report, "", alerts);
  add_searches(report, alerts);
  if (comparison) add_excluded(*comparison, alerts);
  add_if_all_is_well(report.cases.empty(), alerts);
  add_slow_responders(report, "", alerts);
  add_disturbances(report, "", alerts);
  add_warnings(report, "", alerts);
  return sorted(std::move(alerts));
}

std::vector<Alert> alerts_of(const Report& baseline, const Report& candidate,
                             const CompareOutcome& outcome) {
  std::vector<Alert> alerts;
  add_comparison(outcome, alerts);
  const std::array sides{std::pair{&baseline, " of the baseline"},
                         std::pair{&candidate, " of the candidate"}};
  for (const auto& [report, whose] : sides) {
    add_absence(*report, whose, alerts);
    add_runs(*report, whose, !outcome.comparisons.empty(), alerts);
    add_interruption(*report, whose, alerts);
  }
  add_excluded(outcome, alerts);
  add_if_all_is_well(false, alerts);
  for (const auto& [report, whose] : sides) {
    add_slow_responders(*report, whose, alerts);
    add_disturbances(*report, whose, alerts);
    add_warnings(*report, whose, alerts);
  }
  return sorted(std::move(alerts));
}

}  // namespace sockmark::report
