#include "bench/cli/rate_search_arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/parse.h"
#include "bench/checks/preflight.h"
#include "bench/cli/cli.h"
#include "bench/plan/suite.h"
#include "bench/run/runner.h"
#include "reports/format/units.h"
#include "reports/views/search_table.h"

namespace sockmark::cli {

namespace {

using namespace std::chrono_literals;

// What a search decides by itself, or what an open loop does not have.
constexpr std::pair<const char*, const char*> kDecided[] = {
    {"rate", "the search chooses the rates; --min-rate and --max-rate bound them"},
    {"repetitions", "the search decides how often a rate is tried; --trial-sum says how long"},
    {"order", "cases are searched one after another"},
    {"depth", "a search is an open loop, which has none"},
};

struct SearchOption {
  const char* name;
  std::optional<std::string> SearchTexts::*text;
  const char* kind;
  const char* help;
};
constexpr SearchOption kOptions[] = {
    {"min-rate", &SearchTexts::min_rate, "RATE",
     "With --find-rate: search no lower (100 messages in a short trial)"},
    {"max-rate", &SearchTexts::max_rate, "RATE",
     "Search no higher (four times what the case does without pace)"},
    {"width", &SearchTexts::width, "RATIO", "Until the bounds are so close (1%)"},
    {"trial", &SearchTexts::trial, "TIME", "Of a short trial; full-length ones take -d (1s)"},
    {"trial-sum", &SearchTexts::trial_sum, "TIME",
     "Of full-length trials that decide on a rate (5 of them)"},
    {"exceed", &SearchTexts::exceed, "RATIO", "Of the trial time that may miss the goal (50%)"},
    {"search-budget", &SearchTexts::budget, "TIME", "For each case, by the clock (5m)"},
};

// --- reading ------------------------------------------------------------------------------------

Result<Plan> plan_of(const std::optional<std::string>& suite, const OptionTexts& texts) {
  if (suite) {
    auto loaded = TRY(load_suite(*suite));
    return make_plan(loaded, texts);
  }
  PlanOptions options;
  TRY(read_options(texts, options));
  return make_plan(options);
}

// The cases as open loops. That they are ones without a rate is seen before.
Result<Plan> open_loops(const std::optional<std::string>& suite, OptionTexts texts) {
  auto plan = plan_of(suite, texts);
  if (!plan) return std::move(plan).error();
  for (const auto& spec : plan->cases) {
    if (spec.rate) return Error{fmt::format("{} has a rate of its own", spec.id())};
    if (spec.workload == Workload::connect) return plan;  // refused by check_search()
  }
  texts["rate"] = "1";
  plan = plan_of(suite, texts);
  if (!plan) return std::move(plan).error();
  plan->repetitions = 1;
  plan->order = Order::sequential;
  return plan;
}

Result<double> rate_of(const std::string& text) {
  auto rate = parse_rate(text);
  if (!rate) return rate;
  if (*rate >= kLeastRate && *rate <= kMostRate) return rate;
  return Error{fmt::format("{}: expected messages/s from 0.001 to 1000M", text)};
}

Result<Nanoseconds> time_of(const std::string& text) {
  auto time = parse_duration(text);
  if (!time) return time;
  if (*time >= 1ms && *time <= 24h) return time;
  return Error{fmt::format("{}: expected a time from 1ms to 24h", text)};
}

// From `least` to below 1.
auto ratio_from(double least) {
  return [least](const std::string& text) -> Result<double> {
    auto ratio = parse_ratio(text);
    if (!ratio) return ratio;
    if (*ratio >= least && *ratio < 1) return ratio;
    return Error{fmt::format("{}: expected at least {:g}% and less than 100%", text, 100 * least)};
  };
}

template <class Read, class Value>
Result<> read_into(const SearchTexts& texts, const char* name, Read read, Value& value) {
  const auto* option = std::ranges::find_if(
      kOptions, [&](const SearchOption& row) { return std::string_view(row.name) == name; });
  const auto& text = texts.*option->text;
  if (!text) return {};
  auto parsed = TRY(read(*text).in(std::string("--") + name));
  value = parsed;
  return {};
}

Result<> read_limits(const SearchTexts& texts, SearchPlan& search) {
  double width = Goal{}.relative_width, exceed = Goal{}.exceed_ratio;
  for (auto read : {read_into(texts, "min-rate", rate_of, search.min_rate),
                    read_into(texts, "max-rate", rate_of, search.max_rate),
                    read_into(texts, "width", ratio_from(Goal::kLeastWidth), width),
                    read_into(texts, "exceed", ratio_from(0), exceed),
                    read_into(texts, "trial", time_of, search.short_trial),
                    read_into(texts, "trial-sum", time_of, search.trial_sum),
                    read_into(texts, "search-budget", time_of, search.budget)}) {
    if (!read) return read;
  }
  for (auto& goal : search.goals) {
    goal.relative_width = width;
    goal.exceed_ratio = exceed;
  }
  return {};
}

// --- progress -----------------------------------------------------------------------------------

std::string rate_text(double rate) {
  const report::Unit unit = report::unit_for(rate, report::kCount);
  return fmt::format("{:.4g}{}{}/s", rate / unit.size, unit.name.empty() ? "" : " ", unit.name);
}

// "loss<=0.005 from 8.2 k/s, below 9.1 k/s", as far as it is known.
std::string verdict_text(const GoalResult& result) {
  const auto lower = result.lower ? result.lower : result.provisional_lower;
  const auto upper = result.upper ? result.upper : result.provisional_upper;
  std::string text = result.goal.text() + ":";
  if (lower) text += " from " + rate_text(*lower);
  if (upper) text += fmt::format("{} below {}", lower ? "," : "", rate_text(*upper));
  return lower || upper ? text : text + " ?";
}

std::string progress_text(const SearchOptions::Progress& progress) {
  std::string text = fmt::format("[{}/{}] {}, ", progress.case_index + 1, progress.cases,
                                 search_id(*progress.spec));
  if (progress.trial == 0) {
    text += "probe for the highest rate";
  } else {
    text += fmt::format("trial {}: {} for {:.3g} s", progress.trial, rate_text(progress.next.rate),
                        std::chrono::duration<double>(progress.next.duration).count());
  }
  for (const auto& result : progress.so_far) text += "   " + verdict_text(result);
  return text + "   " + clock_text(progress.elapsed);
}

void show(const SearchOptions::Progress& progress, bool rewriting) {
  const auto line = progress_text(progress);
  std::fprintf(stderr, rewriting ? "\r\033[K%s" : "%s\n", line.c_str());
  std::fflush(stderr);
}

// --- the report ---------------------------------------------------------------------------------

report::Report frame_of(const SearchPlan& search, const OptionTexts& supplied) {
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
  int status = kFine;
  for (const auto& search : report.searches) {
    const auto end = report::end_of(search);
    if (end == report::SearchEnd::invalid) return kInvalid;
    if (end == report::SearchEnd::incomplete) status = kInconclusive;
  }
  return status;
}

}  // namespace

void add_search_options(CLI::App& command, SearchTexts& texts) {
  command
      .add_option("--find-rate", texts.goals,
                  "The highest rate at which this holds, loss<=0.5% or p99<=1ms; repeatable")
      ->type_name("GOALS")
      ->expected(1)
      ->take_all();
  for (const auto& option : kOptions) {
    command.add_option(std::string("--") + option.name, texts.*option.text, option.help)
        ->type_name(option.kind);
  }
}

OptionTexts supplied_texts(const SearchTexts& texts) {
  OptionTexts supplied;
  if (!texts.goals.empty()) supplied["find-rate"] = fmt::format("{}", fmt::join(texts.goals, ","));
  for (const auto& option : kOptions) {
    if (const auto& text = texts.*option.text) supplied[option.name] = *text;
  }
  return supplied;
}

Result<SearchPlan> read_search(const std::optional<std::string>& suite, const OptionTexts& options,
                               const SearchTexts& texts) {
  for (const auto& [name, why] : kDecided) {
    if (options.contains(name)) return Error{fmt::format("--{}: with --find-rate {}", name, why)};
  }
  SearchPlan search;
  auto goals = TRY(parse_goals(fmt::format("{}", fmt::join(texts.goals, ","))).in("--find-rate"));
  search.goals = std::move(goals);
  TRY(read_limits(texts, search));
  auto plan = TRY(open_loops(suite, options));
  search.plan = std::move(plan);
  TRY(check_search(search).in("--find-rate"));
  return search;
}

std::string search_description(const SearchPlan& search) {
  const auto most = search.budget * static_cast<std::int64_t>(search.plan.cases.size());
  std::string text = fmt::format("{} case(s) to search, at most {}\n\ncases\n",
                                 search.plan.cases.size(), clock_text(most));
  for (std::size_t i = 0; i < search.plan.cases.size(); ++i)
    text += fmt::format("{:4}  {}\n", i + 1, search_id(search.plan.cases[i]));
  text += "\ngoals\n";
  for (const auto& goal : search.goals) text += fmt::format("      {}\n", goal.text());
  return text;
}

int find_rate(const SearchPlan& search, const OptionTexts& supplied, const Output& output,
              bool show_progress) {
  if (auto possible = check_machine(search.plan); !possible)
    return complain(possible.error(), kBadInput);
  const auto hold = hold_idle(search.plan);
  if (!hold) return complain(hold.error(), kBadInput);
  const bool rewriting = ::isatty(STDERR_FILENO) != 0;
  SearchOptions options{.program = own_path()};
  if (show_progress)
    options.progress = [rewriting](const auto& progress) { show(progress, rewriting); };
  const Examination examination;
  auto outcome = find_rates(search, frame_of(search, supplied), options);
  examination.tell(outcome.report);
  if (show_progress && rewriting) std::fputs("\r\033[K", stderr);
  const auto tables = [&](report::TextStyle style) {
    return report::search_table(outcome.report, style);
  };
  const int unwritten = publish(outcome.report, output, tables).status;
  if (unwritten != kFine) return unwritten;
  if (outcome.interrupted_by != 0) return 128 + outcome.interrupted_by;
  return status_of(outcome.report);
}

}  // namespace sockmark::cli
