#include "bench/cli/commands/search_arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/parse.h"
#include "bench/checks/host_names.h"
#include "bench/cli/ends_arguments.h"
#include "bench/plan/suite.h"

namespace sockmark::cli {

namespace {

using namespace std::chrono_literals;

struct SearchOption {
  const char* name;
  std::optional<std::string> SearchTexts::*text;
  const char* kind;
  const char* help;
};
constexpr SearchOption kOptions[] = {
    {"min-rate", &SearchTexts::min_rate, "RATE",
     "Lowest rate to try (100 messages in a short trial)"},
    {"max-rate", &SearchTexts::max_rate, "RATE",
     "Highest rate to try (four times the rate of an unpaced trial)"},
    {"width", &SearchTexts::width, "RATIO", "Stop when the bounds are this close (1%)"},
    {"trial", &SearchTexts::trial, "TIME",
     "Length of a short trial; full-length trials take -d (1s)"},
    {"trial-sum", &SearchTexts::trial_sum, "TIME",
     "Total time of the full-length trials that decide on a rate (5 trials)"},
    {"exceed", &SearchTexts::exceed, "RATIO",
     "Share of the trial time that may miss the goal (50%)"},
    {"search-budget", &SearchTexts::budget, "TIME", "Time limit for each case (5m)"},
};

// --- reading ------------------------------------------------------------------------------------

Result<Plan> plan_of(const std::optional<std::string>& suite, const OptionTexts& texts,
                     const EndsOptions& ends) {
  if (suite) {
    auto loaded = TRY(load_suite(*suite));
    auto plan = TRY(make_plan(loaded, texts));
    TRY(place_generators(ends, plan));
    return resolve_names(std::move(plan), ends);
  }
  PlanOptions options;
  TRY(read_options(texts, options));
  auto plan = TRY(make_plan(options));
  TRY(place_generators(ends, plan));
  return resolve_names(std::move(plan), ends);
}

// The cases as open loops. Cases that have a rate of their own are an error.
Result<Plan> open_loops(const std::optional<std::string>& suite, OptionTexts texts,
                        const EndsOptions& ends) {
  auto plan = plan_of(suite, texts, ends);
  if (!plan) return std::move(plan).error();
  for (const auto& spec : plan->cases) {
    if (spec.rate)
      return Error{fmt::format(
          "--find-rate: {} has a rate; remove it, because a search chooses the rates", spec.id())};
    if (spec.messages)
      return Error{fmt::format("--find-rate: {} has messages, and the length of a trial is a time",
                               spec.id())};
    if (spec.workload == Workload::connect) return plan;  // check_search() rejects it
  }
  texts["rate"] = "1M";  // some messages are due in any window
  plan = plan_of(suite, texts, ends);
  if (!plan) return std::move(plan).error();
  plan->repetitions = 1;
  plan->order = Order::sequential;
  return plan;
}

Result<double> rate_of(const std::string& text) {
  auto rate = parse_rate(text);
  if (!rate) return rate;
  if (*rate >= kMinRate && *rate <= kMaxRate) return rate;
  return Error{fmt::format("{}: expected messages/s from 0.001 to 1000M", text)};
}

Result<Nanoseconds> time_of(const std::string& text) {
  auto time = parse_duration(text);
  if (!time) return time;
  if (*time >= 1ms && *time <= 24h) return time;
  return Error{fmt::format("{}: expected a time from 1ms to 24h", text)};
}

// A ratio of at least `least` and below 1.
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
                    read_into(texts, "width", ratio_from(Goal::kMinWidth), width),
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

}  // namespace

void add_search_options(Command& command, SearchTexts& texts) {
  command.list("--find-rate", "GOALS", texts.goals,
               "Search for the highest rate that meets the goals, such as loss<=0.5% or p99<=1ms; "
               "repeatable");
  for (const auto& option : kOptions)
    command.text(std::string("--") + option.name, option.kind, texts.*option.text, option.help);
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
                               const SearchTexts& texts, const EndsOptions& ends) {
  SearchPlan search;
  auto goals = TRY(parse_goals(fmt::format("{}", fmt::join(texts.goals, ","))).in("--find-rate"));
  search.goals = std::move(goals);
  TRY(read_limits(texts, search));
  auto plan = TRY(open_loops(suite, options, ends));
  search.plan = std::move(plan);
  TRY(check_search(search).in("--find-rate"));
  return search;
}

}  // namespace sockmark::cli
