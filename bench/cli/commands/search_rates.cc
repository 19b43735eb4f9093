#include "bench/cli/commands/search_rates.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <utility>
#include <vector>

#include "base/parse.h"
#include "base/printable.h"
#include "bench/checks/preflight.h"
#include "bench/cli/cli.h"
#include "bench/cli/progress.h"
#include "bench/run/runner.h"
#include "reports/format/units.h"
#include "reports/views/search_table.h"

namespace sockmark::cli {

namespace {

// --- progress -----------------------------------------------------------------------------------

std::string rate_text(double rate) {
  const report::Unit unit = report::unit_for(rate, report::kCount);
  return fmt::format("{:.4g}{}{}/s", rate / unit.size, unit.name.empty() ? "" : " ", unit.name);
}

// "loss<=0.005: from 8.2 k/s, below 9.1 k/s"; bounds that are not known yet are left out.
std::string verdict_text(const GoalResult& result) {
  const auto lower = result.lower ? result.lower : result.provisional_lower;
  const auto upper = result.upper ? result.upper : result.provisional_upper;
  std::string text = result.goal.text() + ":";
  if (lower) text += " from " + rate_text(*lower);
  if (upper) text += fmt::format("{} below {}", lower ? "," : "", rate_text(*upper));
  return lower || upper ? text : text + " ?";
}

// The bounds are last: in a narrow terminal they are cut.
std::string progress_text(const SearchOptions::Progress& progress, Nanoseconds elapsed) {
  std::string text = fmt::format("[{}/{}] {}, ", progress.case_index + 1, progress.cases,
                                 search_id(*progress.spec));
  if (progress.trial == 0) {
    text += "probe for the highest rate";
  } else {
    text += fmt::format("trial {}: {} for {:.3g} s", progress.trial, rate_text(progress.next.rate),
                        std::chrono::duration<double>(progress.next.duration).count());
  }
  text += "   " + clock_text(elapsed);
  for (const auto& result : progress.so_far) text += "   " + verdict_text(result);
  return text;
}

// Must: the case of `progress` outlives the result.
ProgressLine::Text line_of(const SearchOptions::Progress& progress) {
  return [progress](Nanoseconds since, std::size_t columns) {
    return report::printable(progress_text(progress, progress.elapsed + since), columns);
  };
}

// --- the report ---------------------------------------------------------------------------------

report::Report begin_report(const SearchPlan& search, const OptionTexts& supplied) {
  auto frame = report_of(search.plan, supplied);
  auto& effective = frame.plan_effective;
  std::vector<std::string> goals;
  for (const auto& goal : search.goals) goals.push_back(goal.text());
  effective["find-rate"] = fmt::format("{}", fmt::join(goals, ","));
  effective["width"] = text_of_ratio(search.goals.front().relative_width);
  effective["exceed"] = text_of_ratio(search.goals.front().exceed_ratio);
  effective["trial"] = text_of_time(search.short_trial);
  effective["trial-sum"] = search.trial_sum ? text_of_time(*search.trial_sum) : "5 trials";
  effective["search-budget"] = text_of_time(search.budget);
  effective["min-rate"] =
      search.min_rate ? fmt::format("{}", *search.min_rate)
                      : fmt::format("{} messages a short trial", SearchPlan::kMessagesOfTrial);
  effective["max-rate"] = search.max_rate ? fmt::format("{}", *search.max_rate) : "measured";
  return frame;
}

int status_of(const report::Report& report) {
  int status = kSuccess;
  for (const auto& search : report.searches) {
    const auto end = report::end_of(search);
    if (end == report::SearchEnd::invalid) return kInvalid;
    if (end == report::SearchEnd::incomplete) status = kInconclusive;
  }
  return status;
}

}  // namespace

std::string describe(const SearchPlan& search) {
  const auto most = search.budget * static_cast<std::int64_t>(search.plan.cases.size());
  std::string text =
      fmt::format("{} to search, at most {}\n\ncases\n",
                  report::counted(search.plan.cases.size(), "case"), clock_text(most));
  for (std::size_t i = 0; i < search.plan.cases.size(); ++i)
    text += fmt::format("{:4}  {}\n", i + 1, search_id(search.plan.cases[i]));
  text += "\ngoals\n";
  for (const auto& goal : search.goals) text += fmt::format("      {}\n", goal.text());
  return text;
}

int search_rates(const SearchPlan& search, const EndsOptions& where, const OptionTexts& supplied,
                 const Output& output, bool show_progress) {
  if (auto possible = check_machine(search.plan, where); !possible)
    return fail(possible.error(), kBadInput);
  const auto ends = launch(where, search.plan);
  if (!ends) return fail(ends.error(), kBadInput);
  if (auto possible = check_elsewhere(search.plan, *ends); !possible)
    return fail(possible.error(), kBadInput);
  const auto hold = hold_idle(search.plan);
  if (!hold) return fail(hold.error(), kBadInput);
  ProgressLine line(ProgressLine::style_for(show_progress));
  SearchOptions options{.program = own_path(), .ends = &*ends};
  options.progress = [&](const auto& progress) { line.show(line_of(progress)); };
  options.tick = [&] { line.tick(); };
  const Examination examination;
  auto outcome = find_rates(search, begin_report(search, supplied), options);
  examination.add_to(outcome.report, &*ends);
  line.clear();
  const auto tables = [&](report::TextStyle style) {
    return report::search_table(outcome.report, style);
  };
  const int unwritten = publish(outcome.report, output, tables).status;
  if (unwritten != kSuccess) return unwritten;
  if (!outcome.reached) return fail(outcome.reached.error(), kInvalid);
  if (outcome.interrupted_by != 0) return 128 + outcome.interrupted_by;
  return status_of(outcome.report);
}

}  // namespace sockmark::cli
