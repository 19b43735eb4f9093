// Searches the highest rate that reaches a goal: "at most 0.5 % of the messages lost", "p99 at most
// 1 ms". Trials are classified as in MLRsearch (draft-ietf-bmwg-mlrsearch-15): over sockets and
// schedulers a single trial is not reliable, so a rate becomes a lower or an upper bound only by
// all its trials, weighted by their durations (docs/definitions/rate-search.md).
//
// Pure logic, without I/O and clock; one thread. Rates are messages/s, loss ratios fractions.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "reports/model/report_enums.h"

namespace sockmark {

// What a latency goal limits: a statistic of the response time, with lost messages as infinitely
// late (RFC 7679, section 5.1).
enum class LatencyStatistic : std::uint8_t { p50, p75, p90, p95, p99, p99_9, p99_99, mean, max };
inline constexpr std::size_t kLatencyStatistics = 9;
// "p99.9", "mean".
[[nodiscard]] std::string_view name_of(LatencyStatistic which);
// The share of the messages that lie beyond the statistic, and so may be lost while it is finite.
[[nodiscard]] double share_beyond(LatencyStatistic which);

struct LatencyLimit {
  LatencyStatistic of = LatencyStatistic::p99;
  Nanoseconds at_most{0};
};

// The condition that a rate must meet (Search Goal of the draft). The defaults suit the
// partial-drop and no-drop rates of a path; exceed_ratio 0 with final_trial = duration_sum = 60 s
// and loss_ratio 0 is the throughput of RFC 2544.
struct Goal {
  // A trial has high loss if it lost more than this fraction of its messages ...
  double loss_ratio = 0;
  // ... or, not in the draft, if a statistic of its response time exceeds this.
  std::optional<LatencyLimit> latency = {};
  // Fraction of the trial time at a rate that may have high loss. Must: from 0 to below 1.
  double exceed_ratio = 0.5;
  Nanoseconds final_trial = std::chrono::seconds(5);  // duration of a full-length trial
  Nanoseconds duration_sum =
      std::chrono::seconds(25);  // of full-length trials, to decide on a rate
  // The search ends when (upper - lower) / upper is at most this. Must: kMinWidth to below 1.
  double relative_width = 0.01;

  static constexpr double kMinWidth = 1e-4;
  std::string typed = {};  // as the user wrote it

  // As typed, or "loss<=0.005", "p99<=1ms"; parse_goals() reads it.
  [[nodiscard]] std::string text() const;
  // The messages that a trial needs for the statistic; 0 for a loss goal.
  [[nodiscard]] double messages_needed() const;
  // "max_rate_loss_le_0.005", "max_rate_p99_le_1ms": "le", as a trial exactly at the bound has low
  // loss.
  [[nodiscard]] std::string name() const;
};

// "loss<=0", "loss<=0.5%", "p99<=1ms", "mean<=100us"; a comma separates goals. Errors name the goal
// and what was expected.
//
// As a lost message is infinitely late, p99 is finite if at most 1 % are lost, and mean and max if
// none is: that is the loss_ratio of the goal.
[[nodiscard]] Result<std::vector<Goal>> parse_goals(std::string_view text);

[[nodiscard]] inline double seconds_of(Nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

// --- trials at one rate -------------------------------------------------------------------------

struct SearchTrial {
  double rate = 0;
  Nanoseconds duration{0};
  // A trial with interference is repeated after a while: the interference may be over.
  Nanoseconds wait_before{0};
};

// The result of a trial.
struct TrialResult {
  double rate = 0;  // intended
  Nanoseconds duration{0};
  double loss_ratio = 0;
  // Of the response time, with lost messages as infinite: kInfinite if it falls on them. Absent if
  // there are too few messages; for a latency goal only the loss of the trial counts then.
  std::array<std::optional<Nanoseconds>, kLatencyStatistics> latency = {};
  double offered = 0;         // messages/s that the generator did send; 0: not known
  bool saturated = false;     // the generator was (bench/load/health.h): inconclusive for the rate
  bool interference = false;  // other processes had the processors, or an end did not run

  static constexpr Nanoseconds kInfinite = Nanoseconds::max();
  [[nodiscard]] std::optional<Nanoseconds>& of(LatencyStatistic which) {
    return latency[static_cast<std::size_t>(which)];
  }
  [[nodiscard]] const std::optional<Nanoseconds>& of(LatencyStatistic which) const {
    return latency[static_cast<std::size_t>(which)];
  }
};

enum class LoadClass : std::uint8_t { undecided, lower_bound, upper_bound };

// The exceed ratios are the fraction of the trial time with high loss, if all the time missing to
// duration_sum had low loss (optimistic) or high loss (pessimistic).
struct Classification {
  LoadClass load_class = LoadClass::undecided;
  double optimistic_exceed_ratio = 0, pessimistic_exceed_ratio = 1;
};

// The "Load Classification Logic" of the draft. Must: the trials have one rate and are not
// saturated.
[[nodiscard]] Classification classify(const Goal& goal, std::span<const TrialResult> trials);

// The "Conditional Throughput" of the draft: the rate of delivery outside the worst exceed_ratio of
// the time. Must: the trials have one rate, which is a lower bound.
[[nodiscard]] double conditional_throughput(const Goal& goal, std::span<const TrialResult> trials);

// --- the search ---------------------------------------------------------------------------------

struct SearchLimits {
  // A latency goal is not searched below the rate at which full-length trials have a p99.
  double min_rate = 1;
  double max_rate = 1e6;
  Nanoseconds budget = std::chrono::minutes(10);  // of trial time, all goals together
  Nanoseconds short_trial = std::chrono::seconds(1);
  double proven_rate = 0;  // that the generator has sent at before the search
};

// An absent bound is unknown; in a complete search without a lower bound no rate reaches the goal.
// If loss is not monotonic, the upper bound is the smallest one, and the lower bound the largest
// below it (Relevant Bounds of the draft).
struct GoalResult {
  Goal goal;
  std::optional<double> lower, upper;
  std::optional<double> conditional_throughput;  // at `lower`
  // What prevented a higher rate. Unless it is the path, the result is only ">= lower".
  report::RateLimit limit = report::RateLimit::range;
  bool complete = false;  // false: the budget was exhausted, or the machine was too busy
  // The bounds by short trials, which guide the search; not a result.
  std::optional<double> provisional_lower, provisional_upper;
};

// Bisects geometrically between min_rate and max_rate. Short trials of all goals come first; every
// trial counts for every goal. Full-length trials are made only at the bounds found by short
// trials. If they move the bounds, the search returns to short trials.
//
// Saturated trials limit the search to rates below their own: two at a rate above all that the
// generator has sent at, more at one that it has reached without a schedule. Below a rate that it
// has kept, or beside other processes at one that it has reached, that is interference.
//
// A trial with interference proves what it shows: that a rate meets a goal. That a rate does not
// meet it may be the interference, so the trial is repeated, each time after a longer wait. If that
// does not help either, the search goes on below that rate and ends incomplete.
//
// Must: min_rate <= max_rate, and the goals as Goal requires.
class RateSearcher {
 public:
  RateSearcher(std::vector<Goal> goals, const SearchLimits& limits);

  // The next trial to make; none if every goal has its bounds or the budget is too small for it. A
  // failed trial can be repeated: the state changes by record() only.
  [[nodiscard]] std::optional<SearchTrial> next() const;

  void record(const TrialResult& result);

  // One result for each goal, in order; at any time.
  [[nodiscard]] std::vector<GoalResult> result() const;

  [[nodiscard]] Nanoseconds spent() const { return spent_; }

 private:
  struct Load {
    std::vector<TrialResult> trials;  // not saturated
    std::size_t saturated = 0, interfered = 0;
  };
  struct Bounds {
    std::optional<double> lower, upper;
  };
  enum class Evidence : std::uint8_t { full, provisional };

  void limit_to(double rate, bool interference);
  [[nodiscard]] bool out_of_reach(double rate) const { return cap_ && rate >= *cap_; }
  [[nodiscard]] LoadClass class_of(const Goal& goal, Evidence evidence, double rate) const;
  [[nodiscard]] Bounds bounds_of(const Goal& goal, Evidence evidence) const;
  [[nodiscard]] double floor_of(const Goal& goal) const;
  [[nodiscard]] SearchTrial trial(const Goal& goal, double rate, Nanoseconds duration) const;
  [[nodiscard]] std::vector<TrialResult> evidence_of(const Goal& goal, double rate) const;
  [[nodiscard]] std::optional<SearchTrial> next_of(const Goal& goal) const;
  [[nodiscard]] std::optional<SearchTrial> confirm(const Goal& goal, const Bounds& bounds) const;
  [[nodiscard]] GoalResult result_of(const Goal& goal) const;

  const std::vector<Goal> goals_;
  const SearchLimits limits_;
  std::map<double, Load> loads_;  // by rate
  Nanoseconds spent_{0};
  double kept_up_ = 0;           // the highest scheduled rate that the generator has kept
  double offered_ = 0;           // the most that it has sent, also when it fell behind a schedule
  std::optional<double> cap_;    // the lowest rate with saturation: out of reach, like all above
  bool cap_interfered_ = false;  // with interference at that rate: the generator may reach more
};

}  // namespace sockmark
