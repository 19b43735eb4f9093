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
// The search ends after this number of inconclusive trials in a row.
constexpr std::size_t kMaxFailures = 3;

Nanoseconds short_trial_of(const SearchPlan& search, const CaseSpec& spec) {
  return std::min(search.short_trial, spec.duration);
}

bool is_conclusive(const CaseSpec& spec, const report::Run& run) {
  if (!run.loss || run.loss->sent == 0) return false;
  if (run.valid) return true;
  // Unanswered messages of a reliable transport are the only reason.
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
      return Error{"connect is a closed loop without a rate; choose rr or stream"};
    for (const auto& goal : search.goals) {
      if (spec.reliable() && !goal.p99) {
        return Error{fmt::format("{}: {} loses no messages; choose a latency goal, like p99<=1ms",
                                 goal.text(), spec.transport)};
      }
    }
    const double min_rate = min_rate_of(search, spec);
    if (search.max_rate && min_rate > *search.max_rate) {
      return Error{
          fmt::format("--min-rate {:g} exceeds --max-rate {:g}", min_rate, *search.max_rate)};
    }
    if (min_rate * seconds_of(short_trial_of(search, spec)) < SearchPlan::kMinMessages) {
      return Error{fmt::format("--min-rate {:g}: fewer than {:g} messages in a trial of {} ms",
                               min_rate, SearchPlan::kMinMessages,
                               short_trial_of(search, spec) / std::chrono::milliseconds(1))};
    }
  }
  return {};
}

// --- trials -------------------------------------------------------------------------------------

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
  const double rate = SearchPlan::kMessagesOfTrial / seconds_of(short_trial_of(search, spec));
  return std::min(rate, search.max_rate.value_or(rate));
}

Plan trial_plan(const CaseSpec& spec, const SearchTrial& trial, std::uint64_t seed) {
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

// --- results ------------------------------------------------------------------------------------

report::Trial trial_section(const SearchTrial& trial, const CaseSpec& spec,
                            const report::Run& run) {
  constexpr const char* kFailed = "run_failed";
  report::Trial result{.rate_per_s = trial.rate,
                       .duration_ns = ns(trial.duration),
                       .valid = is_conclusive(spec, run),
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
      .limit = result.limit,
      .complete = result.complete && (result.lower || result.upper),
      .trials = trials};
  section.params.rate_per_s = Maybe<double>::none("searched");
  return section;
}

// --- the search ---------------------------------------------------------------------------------

namespace {

class PlanSearch {
 public:
  PlanSearch(const SearchPlan& search, report::Report begun, const SearchOptions& options)
      : search_(search), options_(options), report_(std::move(begun)) {
    report_.cases.clear();
  }

  SearchOutcome search_all();

 private:
  // The run of a plan with one run; none if it was interrupted.
  std::optional<report::Run> run(const Plan& plan);
  std::optional<double> find_max_rate();
  void search_case(const CaseSpec& spec);
  void make_trials(RateSearcher& searcher);
  [[nodiscard]] bool has_time_for(const SearchTrial& trial) const;
  void warn_about(const report::Run& run);
  [[nodiscard]] std::uint64_t next_seed() { return child_seed(search_.plan.seed, seeds_++); }

  const SearchPlan& search_;
  const SearchOptions& options_;
  report::Report report_;
  int interrupted_by_ = 0;
  std::uint64_t seeds_ = 0;
  // Of the current case.
  const CaseSpec* spec_ = nullptr;
  Instant started_;
  SearchOptions::Progress progress_;
  std::vector<report::Trial> trials_;
  std::map<std::string, std::int64_t> socket_options_;  // effective
  std::set<std::string> warned_;
};

std::optional<report::Run> PlanSearch::run(const Plan& plan) {
  auto begun = report_of(plan);
  // The environment of the whole search: a change between two trials invalidates the next one.
  begun.environment = report_.environment;
  progress_.elapsed = now() - started_;
  options_.progress(progress_);
  auto outcome = run_plan(plan, std::move(begun),
                          {.program = options_.program,
                           .progress = [](const auto&) { unblock_signals(); },
                           .tick = options_.tick});
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

// Reports why a trial was inconclusive: a trial in the report has no reasons.
void PlanSearch::warn_about(const report::Run& run) {
  for (const auto& reason : run.invalid_reasons) {
    if (!warned_.insert(reason).second) continue;
    report_.warnings.push_back({.code = "trial_failed",
                                .message = fmt::format("{}: {}", search_id(*spec_), reason),
                                .advice = ""});
  }
}

std::optional<double> PlanSearch::find_max_rate() {
  if (search_.max_rate) return search_.max_rate;
  Plan plan{.cases = {probe_of(*spec_, std::min(kProbeDuration, spec_->duration))},
            .repetitions = 1,
            .order = Order::sequential,
            .seed = next_seed()};
  const auto probed = run(plan);
  if (!probed) return std::nullopt;
  // An invalid run is used too: a responder that is too slow to answer in time can be searched.
  const double goodput = probed->throughput ? probed->throughput->goodput_messages_per_s : 0;
  if (goodput > 0) return std::max(max_rate_after(goodput), min_rate_of(search_, *spec_));
  warn_about(*probed);
  return std::nullopt;
}

bool PlanSearch::has_time_for(const SearchTrial& trial) const {
  return now() - started_ + spec_->warmup + trial.duration <= search_.budget;
}

void PlanSearch::make_trials(RateSearcher& searcher) {
  for (std::size_t failures = 0; failures < kMaxFailures;) {
    const auto next = searcher.next();
    if (!next || !has_time_for(*next)) return;
    ++progress_.trial;
    progress_.next = *next;
    progress_.so_far = searcher.result();
    const auto made = run(trial_plan(*spec_, *next, next_seed()));
    if (!made) return;
    trials_.push_back(trial_section(*next, *spec_, *made));
    const auto result = result_of(trials_.back());
    if (!result) {
      warn_about(*made);
      ++failures;
      continue;
    }
    failures = 0;
    searcher.record(*result);
  }
}

void PlanSearch::search_case(const CaseSpec& spec) {
  spec_ = &spec;
  started_ = now();
  progress_.spec = &spec;
  progress_.trial = 0;
  progress_.so_far.clear();
  trials_.clear();
  socket_options_.clear();
  warned_.clear();
  const auto max_rate = find_max_rate();
  const double min_rate = min_rate_of(search_, spec);
  RateSearcher searcher(goals_of(search_, spec), {.min_rate = min_rate,
                                                  .max_rate = max_rate.value_or(min_rate),
                                                  .budget = search_.budget,
                                                  .short_trial = search_.short_trial});
  if (max_rate) make_trials(searcher);
  for (const auto& result : searcher.result()) {
    report_.searches.push_back(search_section(spec, result, trials_));
    if (!socket_options_.empty()) report_.searches.back().params.socket_options = socket_options_;
  }
}

SearchOutcome PlanSearch::search_all() {
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
  return PlanSearch(search, std::move(begun), options).search_all();
}

}  // namespace sockmark
