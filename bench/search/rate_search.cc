#include "bench/search/rate_search.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "base/assert.h"
#include "base/parse.h"
#include "base/text.h"

namespace sockmark {
namespace {

// Of goals; those of latency in the order of LatencyStatistic.
constexpr std::string_view kGoals[] = {"loss", "p50",   "p75",    "p90",  "p95",
                                       "p99",  "p99.9", "p99.99", "mean", "max"};

// A percentile needs ten messages beyond it (docs/definitions/latency.md#percentiles). A Poisson
// process with this mean has fewer in one of a thousand trials.
constexpr double kMessagesBeyond = 11;

// Trials in which the generator was saturated until that is believed; more of them at a rate that
// it has sent at without a schedule.
constexpr std::size_t kMinSaturated = 2, kMinSaturatedBelowOffered = 4;
// Trials with interference at a rate until the search goes on below it, and the waits before the
// next.
constexpr std::size_t kMaxInterfered = 5;
constexpr Nanoseconds kFirstWait = std::chrono::milliseconds(250),
                      kLongestWait = std::chrono::seconds(1);

enum class Outcome : std::uint8_t { low_loss, high_loss, unknown };

Outcome outcome_of(const Goal& goal, const TrialResult& trial) {
  if (trial.loss_ratio > goal.loss_ratio) return Outcome::high_loss;
  if (!goal.latency) return Outcome::low_loss;
  const auto& value = trial.of(goal.latency->of);
  if (!value) return Outcome::unknown;
  return *value > goal.latency->at_most ? Outcome::high_loss : Outcome::low_loss;
}

// Trial time at one rate, as in the draft; nanoseconds, exact in a double up to 104 days.
struct TrialTime {
  double full_low = 0, effective_high = 0, whole = 0;
};

TrialTime trial_time(const Goal& goal, std::span<const TrialResult> trials) {
  std::int64_t full_low = 0, full_high = 0, short_low = 0, short_high = 0;
  for (const auto& trial : trials) {
    const auto outcome = outcome_of(goal, trial);
    if (outcome == Outcome::unknown) continue;
    const bool low = outcome == Outcome::low_loss;
    if (trial.duration >= goal.final_trial) {
      (low ? full_low : full_high) += ns(trial.duration);
    } else {
      (low ? short_low : short_high) += ns(trial.duration);
    }
  }
  // Short trials never make a lower bound. Their high loss counts as far as it is not balanced by
  // their low loss.
  const double balance = goal.exceed_ratio / (1 - goal.exceed_ratio);
  const double excess =
      std::max(0.0, static_cast<double>(short_high) - static_cast<double>(short_low) * balance);
  TrialTime time{.full_low = static_cast<double>(full_low),
                 .effective_high = static_cast<double>(full_high) + excess};
  time.whole =
      std::max(time.full_low + time.effective_high, static_cast<double>(ns(goal.duration_sum)));
  return time;
}

// The goal for which one trial of any duration is full-length and sufficient.
Goal provisional(const Goal& goal) {
  Goal result = goal;
  result.final_trial = Nanoseconds(1);
  result.duration_sum = Nanoseconds(1);
  return result;
}

// The geometric mean, rounded to six digits: finer than the minimum width, and readable.
double between(double low, double high) {
  const double rate = std::sqrt(low * high);
  const double unit = std::pow(10, std::floor(std::log10(rate)) - 5);
  return std::round(rate / unit) * unit;
}

bool is_narrow(const Goal& goal, double low, double high) {
  return high - low <= goal.relative_width * high;
}

constexpr std::string_view kBlanks = " \t";

// Blanks around the parts are accepted: "p99 <= 1ms".
Result<Goal> parse_goal(std::string_view padded) {
  const auto text = trimmed(padded, kBlanks);
  const auto end = text.find_first_of("<>=");
  const auto key = trimmed(text.substr(0, end), kBlanks);
  if (std::ranges::find(kGoals, key) == std::end(kGoals)) {
    const bool percentile = key.size() > 1 && key[0] == 'p' && key[1] >= '0' && key[1] <= '9';
    if (!percentile) return unknown_word("goal", key, kGoals);
    return Error{fmt::format("\"{}\" is not a percentile of a trial; give one of: {}", key,
                             fmt::join(std::span(kGoals).subspan(1), ", "))};
  }
  const Error shape{fmt::format("\"{}\" is not a goal; write {}", text,
                                key == "loss" ? "loss<=0.5%" : fmt::format("{}<=1ms", key))};
  if (end == std::string_view::npos || !text.substr(end).starts_with("<=")) return shape;
  const auto bound = trimmed(text.substr(end + 2), kBlanks);
  Goal goal;
  goal.typed = text;
  if (key == "loss") {
    auto ratio = TRY(parse_ratio(bound).in(key));
    if (ratio >= 1) return Error{"loss: expected less than 100%, like 0.5%"};
    goal.loss_ratio = ratio;
    return goal;
  }
  auto time = TRY(parse_duration(bound).in(key));
  if (time <= Nanoseconds(0)) return Error{fmt::format("{}: expected more than 0s, like 1ms", key)};
  const auto which = static_cast<LatencyStatistic>(std::ranges::find(kGoals, key) - kGoals - 1);
  goal.latency = LatencyLimit{.of = which, .at_most = time};
  goal.loss_ratio = share_beyond(which);
  return goal;
}

}  // namespace

std::string_view name_of(LatencyStatistic which) {
  return kGoals[static_cast<std::size_t>(which) + 1];
}

double share_beyond(LatencyStatistic which) {
  constexpr double kShares[kLatencyStatistics] = {0.5, 0.25, 0.1, 0.05, 0.01, 1e-3, 1e-4, 0, 0};
  return kShares[static_cast<std::size_t>(which)];
}

std::string Goal::text() const {
  if (!typed.empty()) return typed;
  if (!latency) return "loss<=" + text_of_ratio(loss_ratio);
  return fmt::format("{}<={}", name_of(latency->of), text_of_time(latency->at_most));
}

double Goal::messages_needed() const {
  if (!latency) return 0;
  const double share = share_beyond(latency->of);
  return share > 0 ? kMessagesBeyond / share : 1;
}

std::string Goal::name() const {
  if (latency)
    return fmt::format("max_rate_{}_le_{}", name_of(latency->of), text_of_time(latency->at_most));
  return "max_rate_loss_le_" + text_of_ratio(loss_ratio);
}

Result<std::vector<Goal>> parse_goals(std::string_view text) {
  auto parts = TRY(split_list(text));
  std::vector<Goal> goals;
  std::set<std::string> given;
  for (const auto& part : parts) {
    auto goal = TRY(parse_goal(part));
    if (!given.insert(goal.name()).second) {
      return Error{fmt::format("\"{}\" is given twice", part)};
    }
    goals.push_back(goal);
  }
  return goals;
}

Classification classify(const Goal& goal, std::span<const TrialResult> trials) {
  const TrialTime time = trial_time(goal, trials);
  const double pessimistic_high = time.whole - time.full_low;
  const double allowed = time.whole * goal.exceed_ratio;
  Classification result{.optimistic_exceed_ratio = time.effective_high / time.whole,
                        .pessimistic_exceed_ratio = pessimistic_high / time.whole};
  if (pessimistic_high <= allowed) {
    result.load_class = LoadClass::lower_bound;
  } else if (time.effective_high > allowed) {
    result.load_class = LoadClass::upper_bound;
  }
  return result;
}

double conditional_throughput(const Goal& goal, std::span<const TrialResult> trials) {
  std::vector<TrialResult> full;
  std::ranges::copy_if(trials, std::back_inserter(full), [&](const TrialResult& trial) {
    return trial.duration >= goal.final_trial && outcome_of(goal, trial) != Outcome::unknown;
  });
  std::ranges::stable_sort(full, {}, &TrialResult::loss_ratio);
  double remaining = (1 - goal.exceed_ratio) * trial_time(goal, trials).whole;
  double loss_ratio = 1;  // of time without a trial
  for (const auto& trial : full) {
    if (remaining <= 0) break;
    loss_ratio = trial.loss_ratio;
    remaining -= static_cast<double>(ns(trial.duration));
  }
  return trials.empty() ? 0 : trials.front().rate * (1 - loss_ratio);
}

RateSearcher::RateSearcher(std::vector<Goal> goals, const SearchLimits& limits)
    : goals_(std::move(goals)), limits_(limits), offered_(limits.proven_rate) {
  ASSERT(limits.min_rate > 0 && limits.min_rate <= limits.max_rate);
  for ([[maybe_unused]] const auto& goal : goals_) {
    ASSERT(goal.exceed_ratio >= 0 && goal.exceed_ratio < 1);
    ASSERT(goal.relative_width >= Goal::kMinWidth && goal.relative_width < 1);
  }
}

LoadClass RateSearcher::class_of(const Goal& goal, Evidence evidence, double rate) const {
  const auto trials = evidence_of(goal, rate);
  if (trials.empty()) return LoadClass::undecided;
  const auto known = classify(goal, trials).load_class;
  if (evidence == Evidence::full || known != LoadClass::undecided) return known;
  // A rate that is out of reach cannot be confirmed.
  if (out_of_reach(rate)) return LoadClass::undecided;
  return classify(provisional(goal), trials).load_class;
}

// Without the trials that missed the goal with interference.
std::vector<TrialResult> RateSearcher::evidence_of(const Goal& goal, double rate) const {
  std::vector<TrialResult> trials;
  const auto load = loads_.find(rate);
  if (load == loads_.end()) return trials;
  std::ranges::copy_if(load->second.trials, std::back_inserter(trials),
                       [&](const TrialResult& trial) {
                         return !trial.interference || outcome_of(goal, trial) == Outcome::low_loss;
                       });
  return trials;
}

RateSearcher::Bounds RateSearcher::bounds_of(const Goal& goal, Evidence evidence) const {
  Bounds bounds;
  for (const auto& [rate, load] : loads_) {  // ascending
    const auto load_class = class_of(goal, evidence, rate);
    if (load_class == LoadClass::lower_bound) bounds.lower = rate;
    if (load_class == LoadClass::upper_bound) {
      bounds.upper = rate;
      break;  // a lower bound above it is a loss inversion
    }
  }
  return bounds;
}

double RateSearcher::floor_of(const Goal& goal) const {
  if (!goal.latency) return limits_.min_rate;
  return std::clamp(goal.messages_needed() / seconds_of(goal.final_trial), limits_.min_rate,
                    limits_.max_rate);
}

SearchTrial RateSearcher::trial(const Goal& goal, double rate, Nanoseconds duration) const {
  const Nanoseconds for_statistic(std::llround(goal.messages_needed() / rate * 1e9));
  SearchTrial trial{.rate = rate, .duration = std::max(duration, for_statistic)};
  const auto load = loads_.find(rate);
  if (load == loads_.end()) return trial;
  const std::size_t repeated =
      load->second.interfered + (rate <= offered_ ? load->second.saturated : 0);
  if (repeated > 0) {
    trial.wait_before = std::min(
        kFirstWait * (std::int64_t{1} << std::min<std::size_t>(repeated - 1, 8)), kLongestWait);
  }
  return trial;
}

// Full-length trials at the provisional bounds, until these are confirmed.
std::optional<SearchTrial> RateSearcher::confirm(const Goal& goal, const Bounds& bounds) const {
  for (const auto& bound : {bounds.lower, bounds.upper}) {
    if (bound && class_of(goal, Evidence::full, *bound) == LoadClass::undecided) {
      return trial(goal, *bound, goal.final_trial);
    }
  }
  return std::nullopt;
}

std::optional<SearchTrial> RateSearcher::next_of(const Goal& goal) const {
  const auto probe = [&](double rate) {
    return trial(goal, rate, std::min(limits_.short_trial, goal.final_trial));
  };
  const Bounds bounds = bounds_of(goal, Evidence::provisional);
  if (!bounds.upper && !cap_) {
    if (bounds.lower == limits_.max_rate) return confirm(goal, bounds);
    return probe(limits_.max_rate);
  }
  double ceiling = bounds.upper.value_or(limits_.max_rate);
  if (cap_) ceiling = std::min(ceiling, *cap_);
  if (bounds.lower) {
    if (is_narrow(goal, *bounds.lower, ceiling)) return confirm(goal, bounds);
    return probe(between(*bounds.lower, ceiling));
  }
  const double floor = floor_of(goal);
  if (ceiling <= floor) return confirm(goal, bounds);
  return probe(is_narrow(goal, floor, ceiling) ? floor : between(floor, ceiling));
}

std::optional<SearchTrial> RateSearcher::next() const {
  std::optional<SearchTrial> shortest;
  for (const auto& goal : goals_) {
    const auto trial = next_of(goal);
    if (trial && (!shortest || trial->duration < shortest->duration)) shortest = trial;
  }
  if (shortest && spent_ + shortest->duration > limits_.budget) return std::nullopt;
  return shortest;
}

void RateSearcher::limit_to(double rate, bool interference) {
  if (cap_ && rate >= *cap_) return;
  cap_ = rate;
  cap_interfered_ = interference;
}

void RateSearcher::record(const TrialResult& result) {
  spent_ += result.duration;
  auto& load = loads_[result.rate];
  const std::size_t needed = result.rate <= offered_ ? kMinSaturatedBelowOffered : kMinSaturated;
  const double offered_before = offered_;
  offered_ = std::max(offered_, result.saturated ? result.offered : result.rate);
  if (result.saturated) {
    const bool reached = result.rate <= offered_before;
    if ((result.interference && reached) || result.rate < kept_up_) {
      ++load.interfered;
    } else if (++load.saturated >= needed) {
      limit_to(result.rate, result.interference);
    }
    if (load.interfered >= kMaxInterfered) limit_to(result.rate, true);
    return;
  }
  kept_up_ = std::max(kept_up_, result.rate);
  load.trials.push_back(result);
  load.interfered += result.interference && std::ranges::any_of(goals_, [&](const Goal& goal) {
                       return outcome_of(goal, result) != Outcome::low_loss;
                     });
  if (load.interfered >= kMaxInterfered) limit_to(result.rate, true);
}

GoalResult RateSearcher::result_of(const Goal& goal) const {
  const Bounds bounds = bounds_of(goal, Evidence::full);
  const Bounds likely = bounds_of(goal, Evidence::provisional);
  GoalResult result;
  result.goal = goal;
  result.lower = bounds.lower;
  result.upper = bounds.upper;
  result.complete = !next_of(goal);
  result.provisional_lower = likely.lower;
  result.provisional_upper = likely.upper;
  if (bounds.lower) {
    result.conditional_throughput = conditional_throughput(goal, evidence_of(goal, *bounds.lower));
  }
  const bool capped = cap_ && (!bounds.upper || *bounds.upper > *cap_);
  if (capped && cap_interfered_) {
    result.limit = report::RateLimit::interference;
    result.complete = false;
  } else if (capped) {
    result.limit = report::RateLimit::generator;
  } else if (bounds.upper) {
    result.limit = report::RateLimit::path;
  }
  return result;
}

std::vector<GoalResult> RateSearcher::result() const {
  std::vector<GoalResult> results;
  results.reserve(goals_.size());
  for (const auto& goal : goals_) results.push_back(result_of(goal));
  return results;
}

}  // namespace sockmark
