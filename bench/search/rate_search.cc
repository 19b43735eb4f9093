#include "bench/search/rate_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "base/assert.h"
#include "base/parse.h"

namespace sockmark {
namespace {

constexpr std::string_view kGoals[] = {"loss", "p99"};

// A p99 needs 1000 messages (docs/definitions/latency.md#percentiles). A Poisson process with this
// mean has fewer in one of a thousand trials.
constexpr double kMessagesForP99 = 1100;

// Saturated trials below a rate without saturation that are considered affected by interference.
constexpr std::size_t kMaxDisturbed = 3;

enum class Outcome : std::uint8_t { low_loss, high_loss, unknown };

Outcome outcome_of(const Goal& goal, const TrialResult& trial) {
  if (trial.loss_ratio > goal.loss_ratio) return Outcome::high_loss;
  if (!goal.p99) return Outcome::low_loss;
  if (!trial.p99) return Outcome::unknown;
  return *trial.p99 > *goal.p99 ? Outcome::high_loss : Outcome::low_loss;
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

Result<Goal> parse_goal(std::string_view text) {
  const auto end = text.find_first_of("<>=");
  const auto key = text.substr(0, end);
  if (std::ranges::find(kGoals, key) == std::end(kGoals)) return unknown_word("goal", key, kGoals);
  const Error shape{fmt::format("\"{}\" is not a goal; write {}", text,
                                key == "loss" ? "loss<=0.5%" : "p99<=1ms")};
  if (end == std::string_view::npos || !text.substr(end).starts_with("<=")) return shape;
  const auto bound = text.substr(end + 2);
  Goal goal;
  if (key == "loss") {
    auto ratio = TRY(parse_ratio(bound).in(key));
    if (ratio >= 1) return Error{"loss: expected less than 100%, like 0.5%"};
    goal.loss_ratio = ratio;
    return goal;
  }
  auto time = TRY(parse_duration(bound).in(key));
  if (time <= Nanoseconds(0)) return Error{"p99: expected more than 0s, like 1ms"};
  goal.p99 = time;
  goal.loss_ratio = 0.01;
  return goal;
}

}  // namespace

std::string Goal::text() const {
  return p99 ? "p99<=" + text_of_time(*p99) : "loss<=" + text_of_ratio(loss_ratio);
}

std::string Goal::name() const {
  if (p99) return "max_rate_p99_le_" + text_of_time(*p99);
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
    : goals_(std::move(goals)), limits_(limits) {
  ASSERT(limits.min_rate > 0 && limits.min_rate <= limits.max_rate);
  for ([[maybe_unused]] const auto& goal : goals_) {
    ASSERT(goal.exceed_ratio >= 0 && goal.exceed_ratio < 1);
    ASSERT(goal.relative_width >= Goal::kMinWidth && goal.relative_width < 1);
  }
}

LoadClass RateSearcher::class_of(const Goal& goal, Evidence evidence, double rate) const {
  const auto load = loads_.find(rate);
  if (load == loads_.end()) return LoadClass::undecided;
  const auto known = classify(goal, load->second.trials).load_class;
  if (evidence == Evidence::full || known != LoadClass::undecided) return known;
  // A rate that is out of reach cannot be confirmed.
  if (out_of_reach(rate)) return LoadClass::undecided;
  return classify(provisional(goal), load->second.trials).load_class;
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
  if (!goal.p99) return limits_.min_rate;
  return std::clamp(kMessagesForP99 / seconds_of(goal.final_trial), limits_.min_rate,
                    limits_.max_rate);
}

SearchTrial RateSearcher::trial(const Goal& goal, double rate, Nanoseconds duration) const {
  if (goal.p99) {
    const Nanoseconds for_p99(std::llround(kMessagesForP99 / rate * 1e9));
    duration = std::max(duration, for_p99);
  }
  return {.rate = rate, .duration = duration};
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

void RateSearcher::record(const TrialResult& result) {
  spent_ += result.duration;
  auto& load = loads_[result.rate];
  if (!result.saturated) {
    load.trials.push_back(result);
    kept_up_ = std::max(kept_up_, result.rate);
    return;
  }
  ++load.saturated;
  const bool disturbed = result.rate < kept_up_ && load.saturated <= kMaxDisturbed;
  if (!disturbed) cap_ = std::min(result.rate, cap_.value_or(result.rate));
}

GoalResult RateSearcher::result_of(const Goal& goal) const {
  const Bounds bounds = bounds_of(goal, Evidence::full);
  const Bounds likely = bounds_of(goal, Evidence::provisional);
  GoalResult result;
  result.goal = goal;
  result.lower = bounds.lower;
  result.upper = bounds.upper;
  result.complete = !next_of(goal).has_value();
  result.provisional_lower = likely.lower;
  result.provisional_upper = likely.upper;
  if (bounds.lower) {
    result.conditional_throughput = conditional_throughput(goal, loads_.at(*bounds.lower).trials);
  }
  if (cap_ && (!bounds.upper || *bounds.upper > *cap_)) {
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
