#include "bench/search/find_rate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "base/assert.h"
#include "base/parse.h"
#include "base/random.h"
#include "bench/run/assemble_run.h"
#include "bench/run/runner.h"
#include "bench/worker/case_params.h"

namespace sockmark {

namespace {

constexpr Nanoseconds kProbeDuration = std::chrono::milliseconds(500);
// The search ends after this number of inconclusive trials in a row.
constexpr std::size_t kMaxFailures = 3;

Nanoseconds short_trial_of(const SearchPlan& search, const CaseSpec& spec) {
  return std::min(search.short_trial, spec.duration);
}

// No processor of the machine had time left, and other processes had a part of it.
bool is_contended(const report::Run& run) {
  constexpr double kIdle = 0.1, kOthers = 0.25;  // processors
  const auto& machine = run.resources.machine;
  if (!machine) return false;
  const auto window = static_cast<double>(run.window.measure_ns);
  const double idle = static_cast<double>(machine->idle_ns) / window;
  const double others = static_cast<double>(machine->others_ns) / window;
  return idle < kIdle && others > kOthers;
}

bool has_stopped(const report::Run& run) {
  if (!run.stalls) return false;
  const auto& responder = run.stalls->responder_stopped_ns;
  return run.stalls->generator_stopped_ns + (responder ? *responder : 0) > 0;
}

bool is_conclusive(const CaseSpec& spec, const report::Run& run) {
  if (!run.loss || run.loss->sent == 0) return false;
  if (run.valid) return true;
  // Unanswered messages of a reliable transport are the only reason.
  return spec.reliable() && run.loss->lost > 0 && run.invalid_reasons.size() == 1;
}

// Trials that are too short for the percentile of a goal are longer, up to full length.
Result<> check_sample(const SearchPlan& search, const CaseSpec& spec, const Goal& goal) {
  const double needed = goal.messages_needed();
  if (!search.max_rate) return {};
  const double sent = *search.max_rate * seconds_of(spec.duration);
  if (sent >= needed) return {};
  return Error{fmt::format(
      "{} requires {:.0f} messages in a trial, but one of --duration {} at --max-rate {:g} has "
      "{:.0f}; increase --duration to {:.0f}s, or --max-rate to {:.0f}",
      goal.text(), needed, text_of_time(spec.duration), *search.max_rate, sent,
      std::ceil(needed / *search.max_rate), std::ceil(needed / seconds_of(spec.duration)))};
}

}  // namespace

std::string search_id(CaseSpec spec) {
  const ArrivalLaw arrivals = spec.arrivals;
  spec.rate.reset();
  return arrivals == Arrivals::uniform ? spec.id()
                                       : fmt::format("{}/{}", spec.id(), text_of(arrivals));
}

Result<> check_search(const SearchPlan& search) {
  for (const auto& spec : search.plan.cases) {
    if (spec.workload == Workload::connect)
      return Error{"connect is a closed loop without a rate; choose rr or stream"};
    if (spec.direction == StreamDirection::both)
      return Error{"--direction both has two streams; search forward and reverse one by one"};
    for (const auto& goal : search.goals) {
      if (spec.reliable() && !goal.latency) {
        return Error{fmt::format("{}: {} loses no messages; choose a latency goal, like p99<=1ms",
                                 goal.text(), spec.transport)};
      }
    }
    const double min_rate = min_rate_of(search, spec);
    if (search.max_rate && min_rate > *search.max_rate) {
      return Error{
          fmt::format("--min-rate {:g} exceeds --max-rate {:g}", min_rate, *search.max_rate)};
    }
    for (const auto& goal : search.goals) TRY(check_sample(search, spec, goal));
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
                       .unanswered_ratio = Maybe<double>::none(kFailed),
                       .p99_ns = Maybe<std::int64_t>::none(kFailed),
                       .offered_per_s = Maybe<double>::none(kFailed),
                       .interference = Maybe<bool>::none(kFailed)};
  if (run.loss) {
    result.loss_ratio = run.loss->loss_ratio;
    result.unanswered_ratio = Maybe<double>::none(report::kNothingSent);
    if (run.loss->sent > 0) {
      result.unanswered_ratio =
          static_cast<double>(run.loss->lost) / static_cast<double>(run.loss->sent);
    }
  }
  if (run.load) result.offered_per_s = run.load->offered_rate;
  if (run.generator) {
    const bool interference = is_contended(run) || has_stopped(run);
    result.interference = interference;
    // Late on a machine that had time for it: the generator is the limit.
    const bool late = !interference && !run.interference_reasons.empty();
    const bool stopped = !run.valid && has_stopped(run);
    result.saturated = run.generator->saturated;
    if (result.saturated) *result.saturated |= late || stopped;
  }
  if (!run.latency) return result;
  const auto& latency = run.latency->response_time_loss_as_infinite;
  result.p99_ns = latency ? latency->p99_ns : Maybe<std::int64_t>::none(latency.reason());
  if (latency) {
    // In the order of LatencyStatistic.
    const Maybe<std::int64_t>* const percentiles[] = {
        &latency->p50_ns, &latency->p75_ns,   &latency->p90_ns,   &latency->p95_ns,
        &latency->p99_ns, &latency->p99_9_ns, &latency->p99_99_ns};
    for (std::size_t i = 0; i < std::size(percentiles); ++i) {
      const auto name = name_of(static_cast<LatencyStatistic>(i));
      if (*percentiles[i]) result.latency_ns[std::string(name)] = **percentiles[i];
    }
  }
  // A lost message makes both infinite.
  if (const auto& response = run.latency->response_time; response && run.loss->lost == 0) {
    if (response->mean_ns) result.latency_ns["mean"] = std::llround(*response->mean_ns);
    if (response->max_ns) result.latency_ns["max"] = *response->max_ns;
  }
  return result;
}

std::optional<TrialResult> result_of(const report::Trial& trial) {
  const bool saturated = trial.saturated && *trial.saturated;
  if (!trial.valid && !saturated) return std::nullopt;
  TrialResult result{.rate = trial.rate_per_s,
                     .duration = Nanoseconds(trial.duration_ns),
                     .loss_ratio = trial.loss_ratio ? *trial.loss_ratio : 0,
                     .latency = {},
                     .offered = trial.offered_per_s ? *trial.offered_per_s : 0,
                     .saturated = saturated,
                     .interference = trial.interference && *trial.interference};
  for (std::size_t i = 0; i < kLatencyStatistics; ++i) {
    const auto which = static_cast<LatencyStatistic>(i);
    const auto found = trial.latency_ns.find(std::string(name_of(which)));
    if (found != trial.latency_ns.end()) {
      result.of(which) = Nanoseconds(found->second);
    } else if (trial.unanswered_ratio && *trial.unanswered_ratio > share_beyond(which)) {
      result.of(which) = TrialResult::kInfinite;
    }
  }
  return result;
}

report::RateSearch search_section(const CaseSpec& spec, const GoalResult& result,
                                  const std::vector<report::Trial>& trials, bool interrupted) {
  constexpr const char* kNotFound = "not_found";
  const bool complete = result.complete && (result.lower || result.upper);
  const char* const no_bound = interrupted && !complete ? report::kInterrupted : kNotFound;
  // An incomplete search has the bounds that its short trials found, if there are no others.
  const auto lower = result.lower || result.complete ? result.lower : result.provisional_lower;
  const auto upper = result.upper || result.complete ? result.upper : result.provisional_upper;
  report::RateSearch section{
      .id = search_id(spec),
      .params = params_of(spec),
      .goal = result.goal.text(),
      .name = result.goal.name(),
      .lower_bound_per_s = maybe(lower, no_bound),
      .upper_bound_per_s = maybe(upper, no_bound),
      .conditional_throughput_per_s = maybe(result.conditional_throughput, kNotFound),
      .limit = result.limit,
      .complete = complete,
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
  // What the probe without a rate reached.
  struct Probed {
    double max_rate = 0, proven_rate = 0;
  };
  std::optional<Probed> probe();
  void search_case(const CaseSpec& spec);
  void make_trials(RateSearcher& searcher);
  [[nodiscard]] bool has_time_for(const SearchTrial& trial) const;
  void warn_about(const report::Run& run);
  [[nodiscard]] std::uint64_t next_seed() { return child_seed(search_.plan.seed, seeds_++); }

  const SearchPlan& search_;
  const SearchOptions& options_;
  report::Report report_;
  int interrupted_by_ = 0;
  Result<> reached_;
  std::uint64_t seeds_ = 0;
  // Of the current case.
  const CaseSpec* spec_ = nullptr;
  Instant started_;
  SearchOptions::Progress progress_;
  std::vector<report::Trial> trials_;
  report::SocketOptionValues socket_options_, responder_socket_options_;  // effective
  std::set<std::string> warned_;
};

std::optional<report::Run> PlanSearch::run(const Plan& plan) {
  auto begun = report_of(plan);
  // The environment of the whole search: a change between two trials invalidates the next one.
  begun.environment = report_.environment;
  progress_.elapsed = now() - started_;
  // What is shown as begun handles signals already.
  const auto begin_run = [this](const auto&) {
    unblock_signals();
    options_.progress(progress_);
  };
  auto outcome = run_plan(plan, std::move(begun),
                          {.program = options_.program,
                           .ends = options_.ends,
                           .progress = begin_run,
                           .tick = options_.tick});
  interrupted_by_ = outcome.interrupted_by;
  auto& runs = outcome.report.cases.front().runs;
  reached_ = std::move(outcome.reached);
  report_.ends = std::move(outcome.report.ends);
  if (interrupted_by_ != 0 || runs.empty()) return std::nullopt;
  if (!report_.generator_process) {
    report_.generator_process = std::move(outcome.report.generator_process);
    report_.responder_process = std::move(outcome.report.responder_process);
  }
  auto& params = outcome.report.cases.front().params;
  socket_options_ = std::move(params.socket_options);
  responder_socket_options_ = std::move(params.responder_socket_options);
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

std::optional<PlanSearch::Probed> PlanSearch::probe() {
  if (search_.max_rate) return Probed{.max_rate = *search_.max_rate};
  Plan plan{.cases = {probe_of(*spec_, std::min(kProbeDuration, spec_->duration))},
            .repetitions = 1,
            .order = Order::sequential,
            .seed = next_seed()};
  const auto probed = run(plan);
  if (!probed) return std::nullopt;
  // An invalid run is used too: a responder that is too slow to answer in time can be searched.
  const double goodput = probed->throughput ? probed->throughput->goodput_messages_per_s : 0;
  if (goodput > 0) {
    return Probed{.max_rate = std::max(max_rate_after(goodput), min_rate_of(search_, *spec_)),
                  .proven_rate = probed->load ? probed->load->offered_rate : 0};
  }
  warn_about(*probed);
  return std::nullopt;
}

bool PlanSearch::has_time_for(const SearchTrial& trial) const {
  return now() - started_ + trial.wait_before + spec_->warmup + trial.duration <= search_.budget;
}

void PlanSearch::make_trials(RateSearcher& searcher) {
  for (std::size_t failures = 0; failures < kMaxFailures;) {
    const auto next = searcher.next();
    if (!next || !has_time_for(*next)) return;
    ++progress_.trial;
    progress_.next = *next;
    std::this_thread::sleep_for(next->wait_before);
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
  responder_socket_options_.clear();
  warned_.clear();
  const auto probed = probe();
  const double min_rate = min_rate_of(search_, spec);
  RateSearcher searcher(goals_of(search_, spec), {.min_rate = min_rate,
                                                  .max_rate = probed ? probed->max_rate : min_rate,
                                                  .budget = search_.budget,
                                                  .short_trial = search_.short_trial,
                                                  .proven_rate = probed ? probed->proven_rate : 0});
  if (probed) make_trials(searcher);
  for (const auto& result : searcher.result()) {
    report_.searches.push_back(search_section(spec, result, trials_, interrupted_by_ != 0));
    if (!socket_options_.empty()) {
      report_.searches.back().params.socket_options = socket_options_;
      report_.searches.back().params.responder_socket_options = responder_socket_options_;
    }
  }
}

SearchOutcome PlanSearch::search_all() {
  progress_.cases = search_.plan.cases.size();
  for (std::size_t i = 0; i < progress_.cases && interrupted_by_ == 0 && reached_; ++i) {
    progress_.case_index = i;
    search_case(search_.plan.cases[i]);
  }
  report_.interrupted = interrupted_by_ != 0 || !reached_;
  return {.report = std::move(report_),
          .interrupted_by = interrupted_by_,
          .reached = std::move(reached_)};
}

}  // namespace

SearchOutcome find_rates(const SearchPlan& search, report::Report begun,
                         const SearchOptions& options) {
  ASSERT(check_search(search));
  return PlanSearch(search, std::move(begun), options).search_all();
}

}  // namespace sockmark
