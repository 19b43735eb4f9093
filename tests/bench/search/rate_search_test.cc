#include "bench/search/rate_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "tests/measure/vectors.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

// --- goals --------------------------------------------------------------------------------------

TEST(ParseGoals, TakesALossAndALatency) {
  auto goals = parse_goals("loss<=0,loss<=0.5%,p99<=1ms");
  ASSERT_TRUE(goals) << goals.error().message;
  ASSERT_EQ(goals->size(), 3U);
  EXPECT_EQ((*goals)[0].loss_ratio, 0);
  EXPECT_FALSE((*goals)[0].latency);
  EXPECT_EQ((*goals)[1].loss_ratio, 0.005);
  EXPECT_EQ((*goals)[2].latency->of, LatencyStatistic::p99);
  EXPECT_EQ((*goals)[2].latency->at_most, Nanoseconds(1ms));
  // With lost messages as infinite, the p99 is finite up to this loss.
  EXPECT_EQ((*goals)[2].loss_ratio, 0.01);
}

TEST(ParseGoals, NamesTheResultAfterTheBound) {
  struct Row {
    std::string_view given, text, name;
  };
  const Row table[] = {{"loss<=0", "loss<=0", "max_rate_loss_le_0"},
                       {"loss<=0.5%", "loss<=0.5%", "max_rate_loss_le_0.005"},
                       {"loss<=0.005", "loss<=0.005", "max_rate_loss_le_0.005"},
                       {"p99<=1ms", "p99<=1ms", "max_rate_p99_le_1ms"},
                       {"p99<=0.25ms", "p99<=0.25ms", "max_rate_p99_le_250us"},
                       {" p99 <= 1ms ", "p99 <= 1ms", "max_rate_p99_le_1ms"},
                       {"loss\t<= 0.5%", "loss\t<= 0.5%", "max_rate_loss_le_0.005"}};
  for (const auto& [given, text, name] : table) {
    auto goals = parse_goals(given);
    ASSERT_TRUE(goals) << given << ": " << goals.error().message;
    EXPECT_EQ(goals->front().text(), text);
    EXPECT_EQ(goals->front().name(), name);
  }
}

TEST(ParseGoals, NamesTheProblem) {
  const std::pair<std::string_view, std::string_view> table[] = {
      {"", "\"\" has an empty item"},
      {"loss<=0,", "\"loss<=0,\" has an empty item"},
      {"los<=0", "unknown goal \"los\"; did you mean \"loss\"?"},
      {"bandwidth<=1",
       "unknown goal \"bandwidth\"; there are: loss, p50, p75, p90, p95, p99, p99.9, "
       "p99.99, mean, max"},
      {"loss", "\"loss\" is not a goal; write loss<=0.5%"},
      {"loss<0.5%", "\"loss<0.5%\" is not a goal; write loss<=0.5%"},
      {"loss=0", "\"loss=0\" is not a goal; write loss<=0.5%"},
      {"p98<=1ms",
       "\"p98\" is not a percentile of a trial; give one of: p50, p75, p90, p95, p99, p99.9, "
       "p99.99, "
       "mean, max"},
      {"p99>=1ms", "\"p99>=1ms\" is not a goal; write p99<=1ms"},
      {"loss<=", "loss: \"\" is not a ratio; write 1% or 0.01, at most 100%"},
      {"loss<=-1%", "loss: \"-1%\" is not a ratio; write 1% or 0.01, at most 100%"},
      {"loss<=100%", "loss: expected less than 100%, like 0.5%"},
      {"p99<=5", "p99: \"5\" has no unit; write 5s, 5ms or 5m"},
      {"p99<=0ms", "p99: expected more than 0s, like 1ms"},
      {"loss<=0.5%,loss<=0.005", "\"loss<=0.005\" is given twice"}};
  for (const auto& [text, message] : table) {
    auto goals = parse_goals(text);
    ASSERT_FALSE(goals) << text;
    EXPECT_EQ(goals.error().message, message);
  }
}

// --- classification -----------------------------------------------------------------------------

Nanoseconds seconds_of(const nlohmann::json& value) {
  return std::chrono::seconds(value.get<std::int64_t>());
}

std::string_view word_of(LoadClass load_class) {
  if (load_class == LoadClass::lower_bound) return "lower_bound";
  return load_class == LoadClass::upper_bound ? "upper_bound" : "undecided";
}

TEST(Classify, AgreesWithTheVectors) {
  for (const auto& vector :
       test::load_vectors(test::vector_folder() / "mlrsearch/mlrsearch.json")) {
    const auto& input = vector.at("input");
    const auto& expected = vector.at("expected");
    const std::string id = vector.at("id");
    const auto& wanted = input.at("goal");
    const Goal goal{.loss_ratio = wanted.at("loss_ratio"),
                    .exceed_ratio = wanted.at("exceed_ratio"),
                    .final_trial = seconds_of(wanted.at("final_trial_duration_s")),
                    .duration_sum = seconds_of(wanted.at("duration_sum_s"))};
    std::vector<TrialResult> trials;
    for (const auto& trial : input.at("trials")) {
      trials.push_back(
          {.rate = input.at("load"), .duration = seconds_of(trial[0]), .loss_ratio = trial[1]});
    }
    const auto found = classify(goal, trials);
    EXPECT_EQ(word_of(found.load_class), expected.at("classification").get<std::string>()) << id;
    test::expect_near(found.optimistic_exceed_ratio, expected.at("optimistic_exceed_ratio"), id);
    test::expect_near(found.pessimistic_exceed_ratio, expected.at("pessimistic_exceed_ratio"), id);
    test::expect_near(found.load_class == LoadClass::lower_bound
                          ? std::optional(conditional_throughput(goal, trials))
                          : std::nullopt,
                      expected.at("conditional_throughput"), id);
  }
}

const Goal kLatencyGoal{.loss_ratio = 0.01,
                        .latency = LatencyLimit{.of = LatencyStatistic::p99, .at_most = 1ms},
                        .final_trial = 5s,
                        .duration_sum = 5s};

LoadClass class_of_one(double loss_ratio, std::optional<Nanoseconds> p99) {
  TrialResult trial{.rate = 1000, .duration = 5s, .loss_ratio = loss_ratio};
  trial.of(LatencyStatistic::p99) = p99;
  return classify(kLatencyGoal, std::span(&trial, 1)).load_class;
}

TEST(Classify, ATrialAboveTheLatencyBoundIsOfHighLoss) {
  EXPECT_EQ(class_of_one(0, 1ms), LoadClass::lower_bound) << "exactly at the bound is within it";
  EXPECT_EQ(class_of_one(0, Nanoseconds(1ms) + 1ns), LoadClass::upper_bound);
  EXPECT_EQ(class_of_one(0.01, TrialResult::kInfinite), LoadClass::upper_bound);
  EXPECT_EQ(class_of_one(0.02, 100us), LoadClass::upper_bound);
}

TEST(Classify, ATrialWithoutAP99DecidesNothingOnLatencyButByItsLoss) {
  EXPECT_EQ(class_of_one(0.01, std::nullopt), LoadClass::undecided);
  EXPECT_EQ(class_of_one(0.02, std::nullopt), LoadClass::upper_bound);
}

// --- the search ---------------------------------------------------------------------------------

using System = std::function<TrialResult(const SearchTrial&)>;

struct Searched {
  std::vector<GoalResult> goals;
  std::vector<TrialResult> trials;
  Nanoseconds spent{0};
};

// Stops an endless search; no search of these tests needs a tenth of it.
constexpr std::size_t kMaxTrials = 5000;

Searched search(const std::vector<Goal>& goals, const SearchLimits& limits, const System& system) {
  RateSearcher searching(goals, limits);
  Searched found;
  while (const auto trial = searching.next()) {
    EXPECT_GE(trial->rate, limits.min_rate);
    EXPECT_LE(trial->rate, limits.max_rate);
    EXPECT_GT(trial->duration, 0ns);
    found.trials.push_back(system(*trial));
    searching.record(found.trials.back());
    if (found.trials.size() > kMaxTrials) {
      ADD_FAILURE() << "the search does not end";
      break;
    }
  }
  found.goals = searching.result();
  found.spent = searching.spent();
  EXPECT_LE(found.spent, limits.budget);
  return found;
}

// Correct final bounds: on both sides of `truth`, and close to each other.
void expect_bracket(const GoalResult& result, double truth) {
  ASSERT_TRUE(result.complete);
  ASSERT_TRUE(result.lower);
  ASSERT_TRUE(result.upper);
  EXPECT_LE(*result.lower, truth);
  EXPECT_GE(*result.upper, truth);
  EXPECT_GT(*result.upper, *result.lower);
  EXPECT_LE((*result.upper - *result.lower) / *result.upper, result.goal.relative_width);
  EXPECT_EQ(result.limit, report::RateLimit::path);
  ASSERT_TRUE(result.conditional_throughput);
  EXPECT_LE(*result.conditional_throughput, *result.lower);
}

// Delivers up to `capacity`, and loses the rest.
System hard_capacity(double capacity) {
  return [capacity](const SearchTrial& trial) {
    return TrialResult{.rate = trial.rate,
                       .duration = trial.duration,
                       .loss_ratio = std::max(0.0, 1 - capacity / trial.rate)};
  };
}

// The same with a generator that is saturated above `max_rate`.
System with_generator(double max_rate, const System& system) {
  return [max_rate, system](const SearchTrial& trial) {
    TrialResult result = system(trial);
    result.saturated = trial.rate > max_rate;
    return result;
  };
}

const Goal kNoLoss{};
const Goal kHalfAPercent{.loss_ratio = 0.005};
constexpr SearchLimits kAmple{.budget = 24h};

TEST(RateSearcher, StartsAtTheHighestRateWithAShortTrial) {
  const auto first = RateSearcher({kNoLoss}, kAmple).next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->rate, kAmple.max_rate);
  EXPECT_EQ(first->duration, kAmple.short_trial);
}

TEST(RateSearcher, AskingForATrialChangesNothing) {
  RateSearcher searching({kNoLoss}, kAmple);
  const auto system = hard_capacity(1234);
  while (const auto trial = searching.next()) {
    const auto again = searching.next();
    ASSERT_TRUE(again);
    EXPECT_EQ(again->rate, trial->rate);
    EXPECT_EQ(again->duration, trial->duration);
    searching.record(system(*trial));
  }
}

TEST(RateSearcher, FindsAHardCapacity) {
  for (const double capacity : {1.5, 20.0, 777.0, 31'622.8, 123'456.0, 999'000.0}) {
    SCOPED_TRACE(capacity);
    const auto found = search({kNoLoss}, kAmple, hard_capacity(capacity));
    expect_bracket(found.goals[0], capacity);
    EXPECT_EQ(found.goals[0].conditional_throughput, found.goals[0].lower);
  }
}

TEST(RateSearcher, AllowsTheLossOfTheGoal) {
  // Of r offered messages 1 - c/r are lost: half a per cent at c / 0.995.
  const auto found = search({kHalfAPercent}, kAmple, hard_capacity(50'000));
  expect_bracket(found.goals[0], 50'000 / 0.995);
  // The conditional throughput is what arrives, not what was sent.
  EXPECT_LE(*found.goals[0].conditional_throughput, 50'000 * (1 + 1e-9));
}

TEST(RateSearcher, SpendsFullLengthTrialsOnTheBoundsAlone) {
  const auto found = search({kNoLoss}, kAmple, hard_capacity(123'456));
  for (const auto& trial : found.trials) {
    if (trial.duration == kNoLoss.final_trial) {
      EXPECT_TRUE(trial.rate == found.goals[0].lower || trial.rate == found.goals[0].upper);
    } else {
      EXPECT_EQ(trial.duration, kAmple.short_trial);
    }
  }
  // Of 25 s at a rate, 12.5 s of low loss make a lower bound and more than that of high an upper.
  const auto full = std::ranges::count(found.trials, kNoLoss.final_trial, &TrialResult::duration);
  EXPECT_EQ(full, 6);
}

TEST(RateSearcher, AsRfc2544OneTrialOfAMinuteDecides) {
  const Goal goal{.exceed_ratio = 0, .final_trial = 60s, .duration_sum = 60s};
  const auto found = search({goal}, kAmple, hard_capacity(4321));
  expect_bracket(found.goals[0], 4321);
  EXPECT_EQ(std::ranges::count(found.trials, goal.final_trial, &TrialResult::duration), 1)
      << "a single short trial of high loss makes an upper bound";
}

// A trial loses 2 % or nothing, at random: with probability 1/2 at `knee`, and nearly 0 or 1 a few
// `spread` away from it.
class SoftCapacity {
 public:
  SoftCapacity(double knee, double spread, std::uint64_t seed)
      : knee_(knee), spread_(spread), random_(seed) {}
  [[nodiscard]] double chance_of_loss(double rate) const {
    return 1 / (1 + std::exp(-(rate / knee_ - 1) / spread_));
  }
  TrialResult operator()(const SearchTrial& trial) {
    const bool lost = random_.unit() < chance_of_loss(trial.rate);
    return {.rate = trial.rate, .duration = trial.duration, .loss_ratio = lost ? 0.02 : 0.0};
  }

 private:
  double knee_, spread_;
  Random random_;
};

TEST(RateSearcher, FindsASoftKneeForEverySeed) {
  constexpr double kKnee = 40'000, kSpread = 0.02;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    const SoftCapacity system(kKnee, kSpread, seed);
    const auto found = search({kHalfAPercent}, kAmple, system);
    const auto& result = found.goals[0];
    ASSERT_TRUE(result.complete && result.lower && result.upper);
    EXPECT_LE((*result.upper - *result.lower) / *result.upper, result.goal.relative_width);
    // Three full-length trials decide. If a trial has high loss with probability q, all three are
    // wrong with probability q^3, so q is not close to 0 or 1 at a wrong bound.
    EXPECT_LT(system.chance_of_loss(*result.lower), 0.98);
    EXPECT_GT(system.chance_of_loss(*result.upper), 0.02);
  }
}

TEST(RateSearcher, AnInversionOfLossGivesTheLowerRate) {
  // Loses between 900 and 1100 and above 50 000; the first bisection, from 1 and a million, meets
  // the lower one.
  const System system = [](const SearchTrial& trial) {
    const bool lossy = (trial.rate > 900 && trial.rate < 1100) || trial.rate > 50'000;
    return TrialResult{
        .rate = trial.rate, .duration = trial.duration, .loss_ratio = lossy ? 0.1 : 0.0};
  };
  expect_bracket(search({kNoLoss}, kAmple, system).goals[0], 900);
}

TEST(RateSearcher, ALowerBoundAboveAnUpperBoundIsIgnored) {
  const Goal goal{.final_trial = 1s, .duration_sum = 1s};
  RateSearcher searching({goal}, kAmple);
  for (const auto& [rate, loss_ratio] : {std::pair(100.0, 0.0), std::pair(200.0, 0.5),
                                         std::pair(300.0, 0.0), std::pair(400.0, 0.5)}) {
    searching.record({.rate = rate, .duration = 1s, .loss_ratio = loss_ratio});
  }
  const auto result = searching.result()[0];
  EXPECT_EQ(result.lower, 100);
  EXPECT_EQ(result.upper, 200);
  EXPECT_FALSE(result.complete);
}

// The sojourn in an M/M/1 queue is exponential with rate mu - lambda.
System queue(double service_rate) {
  return [service_rate](const SearchTrial& trial) {
    TrialResult result{.rate = trial.rate, .duration = trial.duration};
    auto& p99 = result.of(LatencyStatistic::p99);
    p99 = TrialResult::kInfinite;
    if (trial.rate < service_rate) {
      const double p99_s = std::log(100) / (service_rate - trial.rate);
      p99 = Nanoseconds(std::llround(std::min(p99_s, 3600.0) * 1e9));
    }
    const double messages = trial.rate * static_cast<double>(ns(trial.duration)) / 1e9;
    if (messages < 1000) p99.reset();  // too few for a p99
    return result;
  };
}

TEST(RateSearcher, FindsTheRateOfALatency) {
  const auto goals = *parse_goals("p99<=1ms");
  for (const double service_rate : {6'000.0, 50'000.0}) {
    SCOPED_TRACE(service_rate);
    const auto found = search(goals, kAmple, queue(service_rate));
    expect_bracket(found.goals[0], service_rate - std::log(100) / 1e-3);
    for (const auto& trial : found.trials)
      EXPECT_TRUE(trial.of(LatencyStatistic::p99)) << trial.rate;
  }
}

TEST(RateSearcher, TrialsWithoutAP99DoNotMisleadALatencyGoal) {
  // The loss goal is found far below the rates at which a second carries a p99.
  const auto goals = *parse_goals("loss<=0,p99<=100ms");
  const System system = [waiting = queue(50'000)](const SearchTrial& trial) {
    TrialResult result = waiting(trial);
    result.loss_ratio = trial.rate > 30 ? 0.001 : 0.0;
    return result;
  };
  const auto found = search(goals, kAmple, system);
  expect_bracket(found.goals[0], 30);
  expect_bracket(found.goals[1], 50'000 - std::log(100) / 0.1);
}

TEST(RateSearcher, TheLimitOfTheGeneratorIsNotThatOfTheTransport) {
  const auto found = search({kNoLoss}, kAmple, with_generator(20'000, hard_capacity(50'000)));
  const auto& result = found.goals[0];
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(result.limit, report::RateLimit::generator);
  EXPECT_FALSE(result.upper) << "the loss of a saturated trial is not that of the transport";
  ASSERT_TRUE(result.lower);
  EXPECT_LE(*result.lower, 20'000);
  EXPECT_GE(*result.lower, 20'000 * (1 - kNoLoss.relative_width));
}

TEST(RateSearcher, ACapacityBelowTheLimitOfTheGeneratorIsThatOfTheTransport) {
  const auto found = search({kNoLoss}, kAmple, with_generator(60'000, hard_capacity(50'000)));
  expect_bracket(found.goals[0], 50'000);
}

TEST(RateSearcher, WithAnAlwaysSaturatedGeneratorNothingIsFound) {
  const auto found = search({kNoLoss}, kAmple, with_generator(0, hard_capacity(50'000)));
  EXPECT_TRUE(found.goals[0].complete);
  EXPECT_EQ(found.goals[0].limit, report::RateLimit::generator);
  EXPECT_FALSE(found.goals[0].lower);
  EXPECT_FALSE(found.goals[0].upper);
}

TEST(RateSearcher, ASaturatedTrialBelowARateThatWasKeptIsRepeated) {
  // Every fourth trial has interference, with a high loss.
  int trials = 0;
  const System system = [&trials, capacity = hard_capacity(50'000)](const SearchTrial& trial) {
    TrialResult result = capacity(trial);
    if (++trials % 4 == 0) {
      result.saturated = true;
      result.loss_ratio = 0.9;
    }
    return result;
  };
  expect_bracket(search({kNoLoss}, kAmple, system).goals[0], 50'000);
}

TEST(RateSearcher, SaturationBelowARateThatWasKeptIsInterference) {
  // Saturated at medium rates, but not at the highest.
  const System system = [capacity = hard_capacity(50'000)](const SearchTrial& trial) {
    TrialResult result = capacity(trial);
    result.saturated = trial.rate > 500 && trial.rate < 900'000;
    return result;
  };
  const auto result = search({kNoLoss}, kAmple, system).goals[0];
  EXPECT_FALSE(result.complete);
  EXPECT_EQ(result.limit, report::RateLimit::interference);
  ASSERT_TRUE(result.lower);
  EXPECT_LE(*result.lower, 500);
}

TEST(RateSearcher, OneLateTrialDoesNotLimitTheSearch) {
  // The first trial at each rate is saturated; the generator can send at any.
  std::set<double> tried;
  const System system = [&tried, capacity = hard_capacity(50'000)](const SearchTrial& trial) {
    TrialResult result = capacity(trial);
    result.saturated = tried.insert(trial.rate).second;
    return result;
  };
  expect_bracket(search({kNoLoss}, kAmple, system).goals[0], 50'000);
}

TEST(RateSearcher, BesideOtherProcessesTheAnswerIsTheCapacityOrIncompleteNeverAnother) {
  constexpr double kCapacity = 50'000;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    // Three of four trials have interference: half of them lose, the others fall behind the
    // schedule.
    const System system = [&random, capacity = hard_capacity(kCapacity)](const SearchTrial& trial) {
      TrialResult result = capacity(trial);
      result.interference = random.unit() < 0.75;
      if (!result.interference) return result;
      result.saturated = random.unit() < 0.5;
      result.offered = trial.rate * 0.9;
      result.loss_ratio = std::max(result.loss_ratio, 0.2);
      return result;
    };
    SearchLimits limits = kAmple;
    limits.proven_rate = 64'000;
    const auto result = search({kNoLoss}, limits, system).goals[0];
    EXPECT_LE(result.lower.value_or(0), kCapacity);
    EXPECT_GE(result.upper.value_or(kCapacity), kCapacity);
    if (result.complete) {
      expect_bracket(result, kCapacity);
    } else {
      EXPECT_EQ(result.limit, report::RateLimit::interference);
    }
  }
}

TEST(RateSearcher, WhatATrialWithInterferenceReachedIsProven) {
  RateSearcher searching({{.final_trial = 1s, .duration_sum = 1s}}, kAmple);
  searching.record({.rate = 400, .duration = 1s, .loss_ratio = 0.5, .interference = true});
  searching.record({.rate = 300, .duration = 1s, .interference = true});
  EXPECT_EQ(searching.result()[0].lower, 300);
  EXPECT_EQ(searching.result()[0].upper, std::nullopt);
}

TEST(RateSearcher, ATrialWithInterferenceIsRepeatedAfterLongerWaits) {
  RateSearcher searching({kNoLoss}, kAmple);
  Nanoseconds last{0};
  for (int i = 0; i < 4; ++i) {
    const auto trial = searching.next();
    ASSERT_TRUE(trial);
    EXPECT_EQ(trial->rate, kAmple.max_rate);
    EXPECT_TRUE(i == 0 ? trial->wait_before == 0ns : trial->wait_before >= last);
    last = trial->wait_before;
    searching.record({.rate = trial->rate,
                      .duration = trial->duration,
                      .loss_ratio = 0.5,
                      .interference = true});
  }
  EXPECT_GT(last, 0ns);
}

TEST(RateSearcher, AnyStatisticOfTheLatencyIsAGoal) {
  const auto goals = *parse_goals("p50<=1ms,p99.9<=2ms,mean<=1ms,max<=3ms");
  // Each is reached up to a rate of its own.
  const System system = [](const SearchTrial& trial) {
    TrialResult result{.rate = trial.rate, .duration = trial.duration};
    const auto of = [&](LatencyStatistic which, Nanoseconds limit, double rate) {
      result.of(which) = trial.rate <= rate ? limit : limit + 1ns;
    };
    of(LatencyStatistic::p50, 1ms, 40'000);
    of(LatencyStatistic::p99_9, 2ms, 30'000);
    of(LatencyStatistic::mean, 1ms, 20'000);
    of(LatencyStatistic::max, 3ms, 15'000);
    return result;
  };
  const auto found = search(goals, kAmple, system);
  expect_bracket(found.goals[0], 40'000);
  expect_bracket(found.goals[1], 30'000);
  expect_bracket(found.goals[2], 20'000);
  expect_bracket(found.goals[3], 15'000);
}

TEST(RateSearcher, TheWholeRangeReachesTheGoal) {
  const SearchLimits limits{.max_rate = 1000, .budget = 24h};
  const auto found = search({kNoLoss}, limits, hard_capacity(50'000));
  EXPECT_TRUE(found.goals[0].complete);
  EXPECT_EQ(found.goals[0].lower, 1000);
  EXPECT_FALSE(found.goals[0].upper);
  EXPECT_EQ(found.goals[0].limit, report::RateLimit::range);
}

TEST(RateSearcher, NoRateReachesTheGoal) {
  const SearchLimits limits{.min_rate = 10, .max_rate = 1000, .budget = 24h};
  const auto found = search({kNoLoss}, limits, hard_capacity(5));
  EXPECT_TRUE(found.goals[0].complete);
  EXPECT_FALSE(found.goals[0].lower);
  EXPECT_FALSE(found.goals[0].conditional_throughput);
  EXPECT_EQ(found.goals[0].upper, 10);
  EXPECT_EQ(found.goals[0].limit, report::RateLimit::path);
}

TEST(RateSearcher, TrialsOfOneGoalCountForTheOthers) {
  const auto system = hard_capacity(50'000);
  const auto both = search({kNoLoss, kHalfAPercent}, kAmple, system);
  expect_bracket(both.goals[0], 50'000);
  expect_bracket(both.goals[1], 50'000 / 0.995);
  const auto first = search({kNoLoss}, kAmple, system);
  const auto second = search({kHalfAPercent}, kAmple, system);
  EXPECT_LT(both.spent, first.spent + second.spent);
}

TEST(RateSearcher, KeepsToItsBudget) {
  constexpr double kCapacity = 50'000;
  for (const Nanoseconds budget : {0s, 1s, 3s, 10s, 20s, 30s, 35s}) {
    SCOPED_TRACE(ns(budget));
    SearchLimits limits = kAmple;
    limits.budget = budget;
    const auto found = search({kNoLoss}, limits, hard_capacity(kCapacity));
    const auto& result = found.goals[0];
    EXPECT_FALSE(result.complete);
    EXPECT_EQ(result.lower.has_value(), result.conditional_throughput.has_value());
    EXPECT_LE(result.lower.value_or(0), kCapacity);
    EXPECT_GE(result.upper.value_or(kCapacity), kCapacity);
    // Short trials narrow the range from the first second on.
    EXPECT_EQ(result.provisional_upper.has_value(), budget >= 1s);
    EXPECT_LE(result.provisional_lower.value_or(0), kCapacity);
    EXPECT_GE(result.provisional_upper.value_or(kCapacity), kCapacity);
  }
}

}  // namespace
}  // namespace sockmark
