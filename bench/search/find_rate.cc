#include "bench/search/find_rate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "base/assert.h"
#include "base/random.h"
#include "bench/run/end_result.h"
#include "bench/run/runner.h"

namespace sockmark {

namespace {

constexpr Nanoseconds kProbeDuration = std::chrono::milliseconds(500);
// So many trials in a row that say nothing: the next one would not either.
constexpr std::size_t kMostFailures = 3;

double seconds(Nanoseconds time) { return std::chrono::duration<double>(time).count(); }

Nanoseconds short_trial_of(const SearchPlan& search, const CaseSpec& spec) {
  return std::min(search.short_trial, spec.duration);
}

bool says_something(const CaseSpec& spec, const report::Run& run) {
  if (!run.loss || run.loss->sent == 0) return false;
  if (run.valid) return true;
  // Unanswered messages of a reliable transport are a reason of their own; there is no other.
  return spec.reliable() && run.loss->lost > 0 && run.invalid_reasons.size() == 1;
}

}  // namespace

std::string search_id(CaseSpec spec) {
  const bool uniform = spec.arrivals == Arrivals::uniform;
  spec.rate.reset();
  return uniform ? spec.id() : fmt::format("{}/{}", spec.id(), name_of(spec.arrivals));
}

Result<> check_search(const SearchPlan& search) {
  for (const auto& spec : search.plan.cases) {
    if (spec.workload == Workload::connect)
      return Error{"connect is a closed loop, which has no rate to search; choose rr or stream"};
    for (const auto& goal : search.goals) {
      if (spec.reliable() && !goal.p99) {
        return Error{fmt::format("{}: {} loses nothing, it slows down; search by p99<=1ms",
                                 goal.text(), spec.transport)};
      }
    }
    const double least = min_rate_of(search, spec);
    if (search.max_rate && least > *search.max_rate) {
      return Error{fmt::format("nothing to search between --min-rate {:g} and --max-rate {:g}",
                               least, *search.max_rate)};
    }
    if (least * seconds(short_trial_of(search, spec)) < SearchPlan::kLeastMessages) {
      return Error{fmt::format("--min-rate {:g}: fewer than {:g} messages in a trial of {} ms",
                               least, SearchPlan::kLeastMessages,
                               short_trial_of(search, spec) / std::chrono::milliseconds(1))};
    }
  }
  return {};
}

// --- what is tried ------------------------------------------------------------------------------

std::vector<Goal> goals_of(const SearchPlan& search, const CaseSpec& spec) {
  std::vector<Goal> goals = search.goals;
  for (auto& goal : goals) {
    goal.final_trial = spec.duration;
    goal.duration_sum = search.trial_sum.value_or(5 * spec.duration);
  }
  return goals;
}

double min_rate_of(const SearchPlan& search, const CaseSpec& spec) {
  if (search.min_rate) return *search.min_rate;
  const double rate = SearchPlan::kMessagesOfTrial / seconds(short_trial_of(search, spec));
  return std::min(rate, search.max_rate.value_or(rate));
}

Plan trial_plan(const CaseSpec& spec, const Trial& trial, std::uint64_t seed) {
  Plan plan{.cases = {spec}, .repetitions = 1, .order = Order::sequential, .seed = seed};
  CaseSpec& one = plan.cases.front();
  one.rate = trial.rate;
  one.duration = trial.duration;
  if (one.impair) one.impair->seed = child_seed(one.impair->seed, seed);
  return plan;
}

CaseSpec probe_of(const CaseSpec& spec, Nanoseconds duration) {
  CaseSpec probe = spec;
  probe.rate.reset();
  probe.arrivals = Arrivals::uniform;
  probe.duration = duration;
  if (spec.workload == Workload::rr)
    probe.depth = std::max<std::uint64_t>(1, kProbeDepth / spec.connections);
  return probe;
}

double max_rate_after(double goodput) {
  const double rate = 4 * goodput;
  const double unit = std::pow(10, std::floor(std::log10(rate)) - 1);
  return std::clamp(std::ceil(rate / unit) * unit, kMinRate, kMaxRate);
}

// --- what it showed -----------------------------------------------------------------------------

report::Trial trial_section(const Trial& trial, const CaseSpec& spec, const report::Run& run) {
  constexpr const char* kFailed = "run_failed";
  report::Trial result{.rate_per_s = trial.rate,
                       .duration_ns = ns(trial.duration),
                       .valid = says_something(spec, run),
                       .saturated = Maybe<bool>::none(kFailed),
                       .loss_ratio = Maybe<double>::none(kFailed),
                       .p99_ns = Maybe<std::int64_t>::none(kFailed)};
  if (run.generator) result.saturated = run.generator->saturated;
  if (run.loss) result.loss_ratio = run.loss->loss_ratio;
  if (!run.latency) return result;
  const auto& latency = run.latency->response_time_loss_as_infinite;
  result.p99_ns = latency ? latency->p99_ns : Maybe<std::int64_t>::none(latency.reason());
  return result;
}

std::optional<TrialResult> result_of(const report::Trial& trial) {
  const bool saturated = trial.saturated && *trial.saturated;
  if (!trial.valid && !saturated) return std::nullopt;
  TrialResult result{.rate = trial.rate_per_s,
                     .duration = Nanoseconds(trial.duration_ns),
                     .loss_ratio = trial.loss_ratio ? *trial.loss_ratio : 0,
                     .p99 = {},
                     .saturated = saturated};
  if (trial.p99_ns) {
    result.p99 = Nanoseconds(*trial.p99_ns);
  } else if (trial.p99_ns.reason() == report::kLoss) {
    result.p99 = TrialResult::kInfinite;
  }
  return result;
}

report::RateSearch search_section(const CaseSpec& spec, const GoalResult& result,
                                  const std::vector<report::Trial>& trials) {
  constexpr const char* kNotFound = "not_found";
  report::RateSearch section{
      .id = search_id(spec),
      .params = params_of(spec),
      .goal = result.goal.text(),
      .name = result.goal.name(),
      .lower_bound_per_s = maybe(result.lower, kNotFound),
      .upper_bound_per_s = maybe(result.upper, kNotFound),
      .conditional_throughput_per_s = maybe(result.conditional_throughput, kNotFound),
      .limit = OpenEnum<report::RateLimit>(std::string(name_of(result.limit))),
      .complete = result.complete && (result.lower || result.upper),
      .trials = trials};
  section.params.rate_per_s = Maybe<double>::none("searched");
  return section;
}

// --- the search ---------------------------------------------------------------------------------

namespace {

class Conductor {
 public:
  Conductor(const SearchPlan& search, report::Report begun, const SearchOptions& options)
      : search_(search), options_(options), report_(std::move(begun)) {
    report_.cases.clear();
  }

  SearchOutcome conduct();

 private:
  // The run of a plan of one; nothing when it was interrupted.
  std::optional<report::Run> run(const Plan& plan);
  std::optional<double> highest_rate();
  void search_case(const CaseSpec& spec);
  void make_trials(RateSearch& search);
  [[nodiscard]] bool has_time_for(const Trial& trial) const;
  void warn_of(const report::Run& run);
  [[nodiscard]] std::uint64_t next_seed() { return child_seed(search_.plan.seed, seeds_++); }

  const SearchPlan& search_;
  const SearchOptions& options_;
  report::Report report_;
  int interrupted_by_ = 0;
  std::uint64_t seeds_ = 0;
  // Of the case that is searched.
  const CaseSpec* spec_ = nullptr;
  Instant started_;
  SearchOptions::Progress progress_;
  std::vector<report::Trial> trials_;
  std::map<std::string, std::int64_t> socket_options_;  // effective
  std::set<std::string> warned_;
};

std::optional<report::Run> Conductor::run(const Plan& plan) {
  auto begun = report_of(plan);
  // Of the whole search, so that a machine that changed between two trials is noticed in the next.
  begun.environment = report_.environment;
  progress_.elapsed = now() - started_;
  options_.progress(progress_);
  auto outcome = run_plan(
      plan, std::move(begun),
      {.program = options_.program, .progress = [](const auto&) { unblock_signals(); }});
  interrupted_by_ = outcome.interrupted_by;
  auto& runs = outcome.report.cases.front().runs;
  if (interrupted_by_ != 0 || runs.empty()) return std::nullopt;
  if (!report_.generator_process) {
    report_.generator_process = std::move(outcome.report.generator_process);
    report_.responder_process = std::move(outcome.report.responder_process);
  }
  socket_options_ = std::move(outcome.report.cases.front().params.socket_options);
  return std::move(runs.front());
}

// Why a trial said nothing: trials have no reasons of their own.
void Conductor::warn_of(const report::Run& run) {
  for (const auto& reason : run.invalid_reasons) {
    if (!warned_.insert(reason).second) continue;
    report_.warnings.push_back({.code = "trial_failed",
                                .message = fmt::format("{}: {}", search_id(*spec_), reason),
                                .advice = ""});
  }
}

std::optional<double> Conductor::highest_rate() {
  if (search_.max_rate) return search_.max_rate;
  Plan plan{.cases = {probe_of(*spec_, std::min(kProbeDuration, spec_->duration))},
            .repetitions = 1,
            .order = Order::sequential,
            .seed = next_seed()};
  const auto probed = run(plan);
  if (!probed) return std::nullopt;
  // Valid or not: a responder too slow to answer in time is to be searched all the same.
  const double goodput = probed->throughput ? probed->throughput->goodput_messages_per_s : 0;
  if (goodput > 0) return std::max(max_rate_after(goodput), min_rate_of(search_, *spec_));
  warn_of(*probed);
  return std::nullopt;
}

bool Conductor::has_time_for(const Trial& trial) const {
  return now() - started_ + spec_->warmup + trial.duration <= search_.budget;
}

void Conductor::make_trials(RateSearch& search) {
  for (std::size_t failures = 0; failures < kMostFailures;) {
    const auto next = search.next();
    if (!next || !has_time_for(*next)) return;
    ++progress_.trial;
    progress_.next = *next;
    progress_.so_far = search.result();
    const auto made = run(trial_plan(*spec_, *next, next_seed()));
    if (!made) return;
    trials_.push_back(trial_section(*next, *spec_, *made));
    const auto result = result_of(trials_.back());
    if (!result) {
      warn_of(*made);
      ++failures;
      continue;
    }
    failures = 0;
    search.record(*result);
  }
}

void Conductor::search_case(const CaseSpec& spec) {
  spec_ = &spec;
  started_ = now();
  progress_.spec = &spec;
  progress_.trial = 0;
  progress_.so_far.clear();
  trials_.clear();
  socket_options_.clear();
  warned_.clear();
  const auto highest = highest_rate();
  const double least = min_rate_of(search_, spec);
  RateSearch search(goals_of(search_, spec), {.min_rate = least,
                                              .max_rate = highest.value_or(least),
                                              .budget = search_.budget,
                                              .short_trial = search_.short_trial});
  if (highest) make_trials(search);
  for (const auto& result : search.result()) {
    report_.searches.push_back(search_section(spec, result, trials_));
    if (!socket_options_.empty()) report_.searches.back().params.socket_options = socket_options_;
  }
}

SearchOutcome Conductor::conduct() {
  progress_.cases = search_.plan.cases.size();
  for (std::size_t i = 0; i < progress_.cases && interrupted_by_ == 0; ++i) {
    progress_.case_index = i;
    search_case(search_.plan.cases[i]);
  }
  report_.interrupted = interrupted_by_ != 0;
  return {.report = std::move(report_), .interrupted_by = interrupted_by_};
}

}  // namespace

SearchOutcome find_rates(const SearchPlan& search, report::Report begun,
                         const SearchOptions& options) {
  ASSERT(check_search(search));
  return Conductor(search, std::move(begun), options).conduct();
}

}  // namespace sockmark
