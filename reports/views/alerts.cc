#include "reports/views/alerts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "base/printable.h"
#include "reports/format/units.h"
#include "reports/model/metrics.h"
#include "reports/model/params_text.h"
#include "reports/views/doctor_findings.h"
#include "reports/views/search_table.h"
#include "reports/views/summary_table.h"

namespace sockmark::report {
namespace {

constexpr std::size_t kNameColumns = 60;
constexpr std::size_t kLineColumns = 160;
constexpr std::size_t kMostDetails = 12;  // of one notice

std::string runs_text(std::size_t some, std::size_t all) {
  return fmt::format("{} of {} run{}", some, all, all == 1 ? "" : "s");
}

std::string verb(std::size_t count) { return count == 1 ? "is" : "are"; }

// --- of a comparison ----------------------------------------------------------------------------

std::string line_of_gate(const Comparison& one) {
  const std::string against =
      one.baseline == one.candidate ? "" : " against " + printable(one.baseline, kNameColumns);
  return fmt::format("{}: {} of {}{}, margin {:.6g}", name_of(one.gate->verdict),
                     metric(one.metric).short_name, printable(one.candidate, kNameColumns), against,
                     one.gate->margin);
}

void add_comparison(const CompareOutcome& outcome, std::vector<Notice>& notices) {
  if (outcome.verdict == ComparisonVerdict::no_gate) return;
  const VerdictLine line = verdict_line(outcome);
  Notice notice{.tone = line.tone, .text = line.word + line.rest};
  for (const std::string& why : outcome.invalid)
    notice.details.push_back(printable(why, kLineColumns));
  for (const Mismatch& mismatch : outcome.hard_mismatches)
    notice.details.push_back(line_of(mismatch));
  for (const Gate verdict : {Gate::fail, Gate::inconclusive}) {
    for (const Comparison& one : outcome.comparisons) {
      if (one.gate && one.gate->verdict == verdict) notice.details.push_back(line_of_gate(one));
    }
  }
  notices.push_back(std::move(notice));
}

void add_excluded(const CompareOutcome& outcome, std::vector<Notice>& notices) {
  const std::size_t count = outcome.excluded_runs.size();
  if (count == 0) return;
  Notice notice{.tone = Tone::bad,
                .text = fmt::format("{} run{} left out of the comparison", count,
                                    count == 1 ? " is" : "s are")};
  for (const ExcludedRun& run : outcome.excluded_runs) notice.details.push_back(line_of(run));
  notices.push_back(std::move(notice));
}

// --- of a report --------------------------------------------------------------------------------

void add_runs(const Report& report, std::string_view whose, bool compared,
              std::vector<Notice>& notices) {
  std::size_t all = 0, invalid = 0, unsteady = 0;
  Notice of_invalid{.tone = Tone::bad, .text = {}}, of_unsteady{.text = {}};
  for (const SummaryGroup& group : summary_table(report).groups) {
    for (const SummaryRow& row : group.rows) {
      const std::string name = printable(row.source->id, kNameColumns);
      const std::size_t runs = row.source->runs.size();
      all += runs;
      invalid += row.invalid;
      unsteady += row.unsteady;
      if (row.invalid > 0) {
        of_invalid.details.push_back(fmt::format("{}: {}: {}", name, runs_text(row.invalid, runs),
                                                 fmt::join(row.why_invalid, "; ")));
      }
      if (row.unsteady > 0) {
        of_unsteady.details.push_back(fmt::format("{}: {}: {}", name, runs_text(row.unsteady, runs),
                                                  fmt::join(row.why_unsteady, ", ")));
      }
    }
  }
  if (invalid > 0) {
    of_invalid.text =
        fmt::format("{}{} {} invalid: the figures leave {} out{}", runs_text(invalid, all), whose,
                    verb(invalid), invalid == 1 ? "it" : "them",
                    compared ? "; a comparison keeps what came to its end, as without its slowest "
                               "runs a side would look faster"
                             : "");
    notices.push_back(std::move(of_invalid));
  }
  if (unsteady > 0) {
    of_unsteady.text = fmt::format("{}{} {} not steady: the figures were still changing",
                                   runs_text(unsteady, all), whose, verb(unsteady));
    notices.push_back(std::move(of_unsteady));
  }
}

void add_interruption(const Report& report, std::string_view whose, std::vector<Notice>& notices) {
  if (!report.interrupted) return;
  notices.push_back(
      {.tone = Tone::bad,
       .text = fmt::format("The measurement{} was interrupted: there are only the runs that had "
                           "ended by then",
                           whose)});
}

void add_searches(const Report& report, std::vector<Notice>& notices) {
  Notice notice{.tone = Tone::bad, .text = "Searches without a rate"};
  for (const RateSearch& search : report.searches) {
    const SearchEnd end = end_of(search);
    if (end == SearchEnd::found || end == SearchEnd::none) continue;
    notice.details.push_back(fmt::format(
        "{}, {}: {}", printable(search.id, kNameColumns), printable(search.goal, kNameColumns),
        end == SearchEnd::invalid ? "no trial said anything" : "did not come to its end"));
  }
  if (!notice.details.empty()) notices.push_back(std::move(notice));
}

void add_absence(const Report& report, std::string_view whose, std::vector<Notice>& notices) {
  if (std::ranges::any_of(report.cases, [](const Case& one) { return !one.runs.empty(); })) return;
  if (!report.searches.empty()) return;
  notices.push_back({.tone = Tone::bad, .text = fmt::format("Nothing was measured{}", whose)});
}

// "3 of 4 cases"
std::string cases_text(std::size_t some, std::size_t all) {
  if (some != all) return fmt::format("{} of {}", some, counted(all, "case"));
  return all == 1 ? "the one case" : fmt::format("all {} cases", all);
}

// What was done to cases on purpose: nobody may take their figures for the transport's own.
void add_done_on_purpose(const Report& report, std::string_view whose,
                         std::vector<Notice>& notices) {
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
  Notice notice{.text = fmt::format("{}{} on purpose in {}{}", faults ? "Faults were injected" : "",
                                    faults && held_up ? ", or the responder held up,"
                                    : held_up         ? "The responder was held up"
                                                      : "",
                                    cases_text(cases, report.cases.size()), whose)};
  for (const auto& [words, of] : done) {
    notice.details.push_back(
        of.size() == report.cases.size() ? words
        : of.size() == 1
            ? fmt::format("{}: {}", printable(of.front()->id, kNameColumns), words)
            : fmt::format("{} and {} more: {}", printable(of.front()->id, kNameColumns),
                          of.size() - 1, words));
  }
  notices.push_back(std::move(notice));
}

void add_warnings(const Report& report, std::string_view whose, std::vector<Notice>& notices) {
  std::vector<std::string> checks;
  Notice others{.text = {}, .section = "warnings"};
  for (const Warning& warning : report.warnings) {
    if (const auto check = check_of(warning); !check.empty()) {
      checks.push_back(printable(check, kNameColumns));
    } else {
      others.details.push_back(printable(warning.message, kLineColumns));
    }
  }
  if (!others.details.empty()) {
    others.text = counted(others.details.size(), "warning") + std::string(whose);
    notices.push_back(std::move(others));
  }
  if (checks.empty()) return;
  const std::size_t more = checks.size() > kMostDetails ? checks.size() - kMostDetails : 0;
  const std::string count = fmt::format("{} {}", counted(checks.size(), "thing"),
                                        checks.size() == 1 ? "disturbs" : "disturb");
  checks.resize(checks.size() - more);
  notices.push_back(
      {.text =
           fmt::format("{} measuring on {}: {}{}", count,
                       whose.empty() ? "this machine" : fmt::format("the machine{}", whose),
                       fmt::join(checks, ", "), more == 0 ? "" : fmt::format(" and {} more", more)),
       .section = "warnings"});
}

void say_that_all_is_well(bool searched, std::vector<Notice>& notices) {
  if (!notices.empty()) return;
  notices.push_back({.tone = Tone::good,
                     .text = searched ? "Every search came to its end"
                                      : "Every run is valid, and none was found unsteady"});
}

// What is bad before what is doubtful or good.
std::vector<Notice> sorted(std::vector<Notice> notices) {
  for (Notice& notice : notices) {
    const std::size_t count = notice.details.size();
    if (count <= kMostDetails) continue;
    notice.details.resize(kMostDetails);
    notice.details.push_back(fmt::format("and {} more", count - kMostDetails));
  }
  std::stable_partition(notices.begin(), notices.end(),
                        [](const Notice& notice) { return notice.tone == Tone::bad; });
  return notices;
}

}  // namespace

std::vector<Notice> notices_of(const Report& report, const Maybe<CompareOutcome>& told) {
  std::vector<Notice> notices;
  add_absence(report, "", notices);
  if (told) add_comparison(*told, notices);
  add_runs(report, "", told && !told->comparisons.empty(), notices);
  add_interruption(report, "", notices);
  add_searches(report, notices);
  if (told) add_excluded(*told, notices);
  say_that_all_is_well(report.cases.empty(), notices);
  add_done_on_purpose(report, "", notices);
  add_warnings(report, "", notices);
  return sorted(std::move(notices));
}

std::vector<Notice> notices_of(const Report& baseline, const Report& candidate,
                               const CompareOutcome& outcome) {
  std::vector<Notice> notices;
  add_comparison(outcome, notices);
  const std::array sides{std::pair{&baseline, " of the baseline"},
                         std::pair{&candidate, " of the candidate"}};
  for (const auto& [report, whose] : sides) {
    add_absence(*report, whose, notices);
    add_runs(*report, whose, !outcome.comparisons.empty(), notices);
    add_interruption(*report, whose, notices);
  }
  add_excluded(outcome, notices);
  say_that_all_is_well(false, notices);
  for (const auto& [report, whose] : sides) {
    add_done_on_purpose(*report, whose, notices);
    add_warnings(*report, whose, notices);
  }
  return sorted(std::move(notices));
}

}  // namespace sockmark::report
