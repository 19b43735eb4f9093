// The highest rate that still reaches a goal: "at most 0.5 % of the messages lost", "p99 at most
// 1 ms". A search by trials, as MLRsearch (draft-ietf-bmwg-mlrsearch-15) classifies them: on a path
// of sockets and schedulers one trial decides nothing, so a rate is a lower or an upper bound only
// when the trials at it, weighed by their durations, say so (docs/definitions/rate-search.md).
//
// Pure logic, without I/O and clock; one thread. Rates are messages/s, loss ratios fractions.

#pragma once

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

namespace sockmark {

// What a rate has to reach (the draft's Search Goal). The defaults suit the partial-drop and
// no-drop rates of a path; exceed_ratio 0 with final_trial = duration_sum = 60 s and loss_ratio 0
// is what RFC 2544 asks for.
struct Goal {
  // A trial is of high loss when it lost more than this part of its messages ...
  double loss_ratio = 0;
  // ... or, which the draft does not know, when the 99th percentile of its response time is above.
  std::optional<Nanoseconds> p99 = {};
  // Part of the trial time at a rate that may be of high loss. Must: from 0 to below 1.
  double exceed_ratio = 0.5;
  Nanoseconds final_trial = std::chrono::seconds(5);    // trials this long are full-length
  Nanoseconds duration_sum = std::chrono::seconds(25);  // of them, at least, to decide on a rate
  // The search ends when (upper - lower) / upper is at most this. Must: kLeastWidth to below 1.
  double relative_width = 0.01;

  static constexpr double kLeastWidth = 1e-4;

  // "loss<=0.005", "p99<=1ms": what parse_goals() reads again.
  [[nodiscard]] std::string text() const;
  // "max_rate_loss_le_0.005", "max_rate_p99_le_1ms": "le" because a trial exactly at the bound is
  // of low loss.
  [[nodiscard]] std::string name() const;
};

// "loss<=0", "loss<=0.5%", "p99<=1ms"; several, separated by commas, are goals of their own. Errors
// name the goal and what was expected there.
//
// A latency goal counts a lost message as infinitely late (RFC 7679, section 5.1). Its p99 is then
// finite exactly when at most 1 % are lost, which is the loss_ratio that it is given.
[[nodiscard]] Result<std::vector<Goal>> parse_goals(std::string_view text);

// --- trials at one rate -------------------------------------------------------------------------

struct Trial {
  double rate = 0;
  Nanoseconds duration{0};
};

// What a trial showed.
struct TrialResult {
  double rate = 0;  // as it was intended
  Nanoseconds duration{0};
  double loss_ratio = 0;
  // Of the response time, with lost messages as infinite: kInfinite where it lands on them. Absent
  // when it is not known, because the messages are too few to quote it: the trial then tells a
  // latency goal only what it lost.
  std::optional<Nanoseconds> p99 = {};
  bool saturated =
      false;  // by the generator's own doing (bench/load/health.h): says nothing of a rate

  static constexpr Nanoseconds kInfinite = Nanoseconds::max();
};

enum class LoadClass : std::uint8_t { undecided, lower_bound, upper_bound };

// The exceed ratios are the part of the trial time that is of high loss, were all the time that is
// still missing to duration_sum of low loss (optimistic) or of high (pessimistic).
struct Classification {
  LoadClass load_class = LoadClass::undecided;
  double optimistic_exceed_ratio = 0, pessimistic_exceed_ratio = 1;
};

// The draft's "Load Classification Logic". Must: the trials are of one rate; saturated ones are not
// among them.
[[nodiscard]] Classification classify(const Goal& goal, std::span<const TrialResult> trials);

// The draft's "Conditional Throughput": what the rate delivers in all but the worst exceed_ratio of
// the time. Must: the trials are of one rate, which they make a lower bound.
[[nodiscard]] double conditional_throughput(const Goal& goal, std::span<const TrialResult> trials);

// --- the search ---------------------------------------------------------------------------------

struct SearchLimits {
  // A latency goal is not searched below the rate whose final trials carry a p99.
  double min_rate = 1;
  double max_rate = 1e6;
  Nanoseconds budget = std::chrono::minutes(10);  // of trial time, all goals together
  Nanoseconds short_trial = std::chrono::seconds(1);
};

// What kept the search from a higher rate. By any but the path the answer is only ">= lower".
enum class SearchLimit : std::uint8_t {
  path,       // what is measured misses the goal at `upper`
  generator,  // it cannot offer more
  range,      // max_rate was reached, or the budget spent before there was an upper bound
};
[[nodiscard]] std::string_view name_of(SearchLimit limit);

// Absent bounds are not known; without a lower one in a complete search no rate reaches the goal.
// Where loss is not monotonic, the upper bound is the smallest and the lower the largest below it
// (the draft's Relevant Bounds).
struct GoalResult {
  Goal goal;
  std::optional<double> lower, upper;
  std::optional<double> conditional_throughput;  // at `lower`
  SearchLimit limit = SearchLimit::range;
  bool complete = false;  // false: the budget ended it
  // The same bounds as short trials have them so far: where to look on, no result.
  std::optional<double> provisional_lower, provisional_upper;
};

// Bisects, geometrically, from max_rate and min_rate towards each goal's bounds. Short trials come
// first, of all goals, and every trial counts for every goal; full-length ones are spent only where
// the short ones say that the bounds are. What they say there may move the bounds, which sends the
// search back to short trials.
//
// A saturated trial ends the search upwards at its rate. Not so, however, below a rate that the
// generator kept up with: then something disturbed the trial, and it is made again, a few times.
//
// Must: min_rate <= max_rate, and the goals as Goal says.
class RateSearch {
 public:
  RateSearch(std::vector<Goal> goals, const SearchLimits& limits);

  // The next trial to make; nothing when every goal has its bounds or the budget has no room for
  // it. Asking changes nothing: a trial that failed can be made again, or the search given up.
  [[nodiscard]] std::optional<Trial> next() const;

  void record(const TrialResult& result);

  // One for each goal, in their order; at any time.
  [[nodiscard]] std::vector<GoalResult> result() const;

  [[nodiscard]] Nanoseconds spent() const { return spent_; }

 private:
  struct Load {
    std::vector<TrialResult> trials;  // without the saturated ones
    std::size_t saturated = 0;
  };
  struct Bounds {
    std::optional<double> lower, upper;
  };
  enum class Evidence : std::uint8_t { full, provisional };

  [[nodiscard]] bool out_of_reach(double rate) const { return cap_ && rate >= *cap_; }
  [[nodiscard]] LoadClass class_of(const Goal& goal, Evidence evidence, double rate) const;
  [[nodiscard]] Bounds bounds_of(const Goal& goal, Evidence evidence) const;
  [[nodiscard]] double floor_of(const Goal& goal) const;
  [[nodiscard]] Trial trial(const Goal& goal, double rate, Nanoseconds duration) const;
  [[nodiscard]] std::optional<Trial> next_of(const Goal& goal) const;
  [[nodiscard]] std::optional<Trial> confirm(const Goal& goal, const Bounds& bounds) const;
  [[nodiscard]] GoalResult result_of(const Goal& goal) const;

  const std::vector<Goal> goals_;
  const SearchLimits limits_;
  std::map<double, Load> loads_;  // by rate
  Nanoseconds spent_{0};
  double kept_up_ = 0;         // the highest rate at which the generator was not saturated
  std::optional<double> cap_;  // the lowest at which it was: this and above are out of reach
};

}  // namespace sockmark
