#include "bench/search/find_rate.h"

#include <gtest/gtest.h>

#include "reports/views/search_table.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

CaseSpec udp() {
  CaseSpec spec;
  spec.transport = "udp";
  spec.rate = 1;
  spec.wait = WaitMode::hybrid;
  return spec;
}

CaseSpec tcp() {
  CaseSpec spec = udp();
  spec.transport = "tcp";
  return spec;
}

SearchPlan searching(const CaseSpec& spec, std::string_view goals) {
  SearchPlan search;
  search.plan.cases = {spec};
  search.goals = *parse_goals(goals);
  return search;
}

std::string error_of(const SearchPlan& search) {
  const auto possible = check_search(search);
  return possible ? "" : possible.error().message;
}

// 10,000 messages; `lost` of them were not answered in time.
report::Run run_with(std::uint64_t lost) {
  report::Run run;
  run.valid = true;
  run.generator = report::Generator();
  run.generator->saturated = false;
  run.loss = report::Loss();
  run.loss->sent = 10'000;
  run.loss->lost = lost;
  run.loss->received = 10'000 - lost;
  run.loss->loss_ratio = static_cast<double>(lost) / 10'000;
  run.latency = report::Latency();
  run.latency->response_time_loss_as_infinite = report::LossAsInfinite();
  run.latency->response_time_loss_as_infinite->p99_ns = 250'000;
  return run;
}

const SearchTrial kTrial{.rate = 10'000, .duration = 1s};

// --- errors -------------------------------------------------------------------------------------

TEST(FindRate, LossIsNoGoalOverAReliableTransport) {
  EXPECT_NE(error_of(searching(tcp(), "loss<=0.5%")).find("p99<="), std::string::npos);
  EXPECT_NE(error_of(searching(tcp(), "p99<=1ms,loss<=0")).find("tcp"), std::string::npos);
  EXPECT_EQ(error_of(searching(tcp(), "p99<=1ms")), "");
  EXPECT_EQ(error_of(searching(udp(), "loss<=0.5%,p99<=1ms")), "");
}

TEST(FindRate, LossIsAGoalWithInjectedFaults) {
  CaseSpec spec = udp();
  spec.transport = "unix-dgram";
  EXPECT_NE(error_of(searching(spec, "loss<=0")), "");
  spec.impair = ImpairmentSpec();
  EXPECT_EQ(error_of(searching(spec, "loss<=0")), "");
}

TEST(FindRate, ConnectHasNoRate) {
  CaseSpec spec = udp();
  spec.workload = Workload::connect;
  EXPECT_NE(error_of(searching(spec, "loss<=0")).find("connect"), std::string::npos);
}

TEST(FindRate, BoundsMustLeaveSomethingToSearch) {
  auto search = searching(udp(), "loss<=0");
  search.min_rate = 2'000;
  search.max_rate = 1'000;
  EXPECT_NE(error_of(search).find("--min-rate 2000"), std::string::npos);
  search.max_rate = 2'000;
  EXPECT_EQ(error_of(search), "");
}

TEST(FindRate, ATrialMustHaveMessagesToLose) {
  auto search = searching(udp(), "loss<=0");
  search.min_rate = 9;
  EXPECT_NE(error_of(search).find("fewer than 10"), std::string::npos);
  search.min_rate = 10;
  EXPECT_EQ(error_of(search), "");
  search.short_trial = 100ms;
  EXPECT_NE(error_of(search), "");
}

TEST(FindRate, ATrialMustHaveTheMessagesOfThePercentile) {
  CaseSpec spec = udp();
  spec.duration = 5s;
  auto search = searching(spec, "loss<=0, p99.99 <= 1ms");
  search.short_trial = 100ms;
  EXPECT_EQ(error_of(search), "");  // the highest rate is measured
  search.max_rate = 1'000;
  EXPECT_EQ(error_of(search),
            "p99.99 <= 1ms requires 110000 messages in a trial, but one of --duration 5s at "
            "--max-rate 1000 has 5000; increase --duration to 110s, or --max-rate to 22000");
  search.max_rate = 22'000;
  EXPECT_EQ(error_of(search), "");
  search.max_rate = 1'000;
  search.plan.cases[0].duration = 110s;
  EXPECT_EQ(error_of(search), "");
}

// --- trials -------------------------------------------------------------------------------------

TEST(FindRate, FullLengthIsTheDurationOfTheCase) {
  CaseSpec spec = udp();
  spec.duration = 2s;
  auto search = searching(spec, "loss<=0,p99<=1ms");
  for (const auto& goal : goals_of(search, spec)) {
    EXPECT_EQ(goal.final_trial, 2s);
    EXPECT_EQ(goal.duration_sum, 10s);
  }
  search.trial_sum = 2s;
  EXPECT_EQ(goals_of(search, spec)[0].duration_sum, 2s);
}

TEST(FindRate, TheLowestRateFillsAShortTrialAndIsNoHigherThanTheHighest) {
  auto search = searching(udp(), "loss<=0");
  EXPECT_EQ(min_rate_of(search, udp()), 100);
  search.short_trial = 200ms;
  EXPECT_EQ(min_rate_of(search, udp()), 500);
  search.max_rate = 300;
  EXPECT_EQ(min_rate_of(search, udp()), 300);
  search.min_rate = 60;
  EXPECT_EQ(min_rate_of(search, udp()), 60);
  CaseSpec brief = udp();
  brief.duration = 50ms;  // a short trial is no longer than a full one
  search.max_rate.reset();
  search.min_rate.reset();
  EXPECT_EQ(min_rate_of(search, brief), 2'000);
}

TEST(FindRate, ATrialIsOneRunOfTheCaseAtItsRate) {
  CaseSpec spec = udp();
  spec.impair = ImpairmentSpec();
  const Plan first = trial_plan(spec, kTrial, 1), second = trial_plan(spec, kTrial, 2);
  ASSERT_EQ(first.cases.size(), 1U);
  EXPECT_EQ(first.schedule().size(), 1U);
  EXPECT_EQ(first.cases[0].rate, 10'000);
  EXPECT_EQ(first.cases[0].duration, 1s);
  EXPECT_EQ(first.cases[0].wait, WaitMode::hybrid);
  // Otherwise every trial would lose the same messages.
  EXPECT_NE(first.cases[0].impair->seed, second.cases[0].impair->seed);
}

TEST(FindRate, TheProbeHasNoRate) {
  const CaseSpec probe = probe_of(udp(), 500ms);
  EXPECT_FALSE(probe.rate);
  EXPECT_EQ(probe.depth, kProbeDepth);
  EXPECT_TRUE(check_limits(probe));
  CaseSpec many = udp();
  many.connections = 1'000;
  EXPECT_EQ(probe_of(many, 500ms).depth, 1U);
  CaseSpec stream = udp();
  stream.workload = Workload::stream;
  EXPECT_EQ(probe_of(stream, 500ms).depth, 1U);
  EXPECT_TRUE(check_limits(probe_of(stream, 500ms)));
}

TEST(FindRate, TheHighestRateIsFourTimesTheGoodputToTwoDigits) {
  EXPECT_DOUBLE_EQ(max_rate_after(1'000), 4'000);
  EXPECT_DOUBLE_EQ(max_rate_after(51'234), 210'000);
  EXPECT_DOUBLE_EQ(max_rate_after(3), 12);
  EXPECT_DOUBLE_EQ(max_rate_after(1e9), kMaxRate);
}

// --- results ------------------------------------------------------------------------------------

TEST(FindRate, AValidRunIsAValidTrial) {
  const auto trial = trial_section(kTrial, udp(), run_with(100));
  EXPECT_TRUE(trial.valid);
  EXPECT_EQ(trial.rate_per_s, 10'000);
  EXPECT_EQ(trial.duration_ns, 1'000'000'000);
  EXPECT_EQ(*trial.loss_ratio, 0.01);
  EXPECT_EQ(*trial.p99_ns, 250'000);
  const auto result = result_of(trial);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->rate, 10'000);
  EXPECT_EQ(result->duration, 1s);
  EXPECT_EQ(result->loss_ratio, 0.01);
  EXPECT_EQ(result->of(LatencyStatistic::p99), 250us);
  EXPECT_FALSE(result->saturated);
}

TEST(FindRate, APercentileThatLandsOnLostMessagesIsInfinite) {
  auto run = run_with(200);
  auto& p99 = run.latency->response_time_loss_as_infinite->p99_ns;
  p99 = Maybe<std::int64_t>::none(report::kLoss);
  EXPECT_EQ(result_of(trial_section(kTrial, udp(), run))->of(LatencyStatistic::p99),
            TrialResult::kInfinite);
  run.loss->lost = 0;
  p99 = Maybe<std::int64_t>::none(report::kSamples);
  EXPECT_EQ(result_of(trial_section(kTrial, udp(), run))->of(LatencyStatistic::p99), std::nullopt);
}

TEST(FindRate, ASaturatedRunIsASaturatedTrial) {
  auto run = run_with(0);
  run.valid = false;
  run.invalid_reasons = {"generator saturated: late by 900 µs at p99, limit 100 µs"};
  run.generator->saturated = true;
  const auto trial = trial_section(kTrial, udp(), run);
  EXPECT_FALSE(trial.valid);
  ASSERT_TRUE(result_of(trial));
  EXPECT_TRUE(result_of(trial)->saturated);
}

TEST(FindRate, ATimeoutOfAReliableTransportIsAResult) {
  auto run = run_with(200);
  run.valid = false;
  run.invalid_reasons = {"200 messages without an answer within 1000 ms"};
  run.loss->loss_ratio = Maybe<double>::none(report::kNotApplicable);
  run.latency->response_time_loss_as_infinite->p99_ns = Maybe<std::int64_t>::none(report::kLoss);
  const auto result = result_of(trial_section(kTrial, tcp(), run));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->of(LatencyStatistic::p99), TrialResult::kInfinite);
  // With another reason it is inconclusive, and always for a datagram transport.
  run.invalid_reasons.emplace_back(report::kEnvironmentChanged);
  EXPECT_FALSE(result_of(trial_section(kTrial, tcp(), run)));
  run.invalid_reasons = {"responder: killed by signal 9"};
  EXPECT_FALSE(result_of(trial_section(kTrial, udp(), run)));
}

TEST(FindRate, AFailedRunIsInconclusive) {
  report::Run run;
  run.invalid_reasons = {"generator: it ended early"};
  const auto trial = trial_section(kTrial, tcp(), run);
  EXPECT_FALSE(trial.valid);
  EXPECT_FALSE(trial.saturated);
  EXPECT_EQ(trial.saturated.reason(), "run_failed");
  EXPECT_FALSE(result_of(trial));
}

TEST(FindRate, ASearchIsReportedWithItsCaseAndItsTrials) {
  GoalResult found;
  found.goal = parse_goals("loss<=0.5%")->front();
  found.lower = 9'900;
  found.upper = 10'000;
  found.conditional_throughput = 9'890;
  found.limit = report::RateLimit::path;
  found.complete = true;
  const auto section = search_section(udp(), found, {trial_section(kTrial, udp(), run_with(100))});
  EXPECT_EQ(section.id, "udp/rr/64B/c1/hybrid");
  EXPECT_EQ(section.params.rate_per_s.reason(), "searched");
  EXPECT_EQ(*section.params.arrivals, "uniform");
  EXPECT_FALSE(section.params.depth);
  EXPECT_EQ(section.goal, "loss<=0.5%");
  EXPECT_EQ(section.name, "max_rate_loss_le_0.005");
  EXPECT_EQ(*section.lower_bound_per_s, 9'900);
  EXPECT_EQ(*section.upper_bound_per_s, 10'000);
  EXPECT_EQ(*section.conditional_throughput_per_s, 9'890);
  EXPECT_EQ(section.limit, report::RateLimit::path);
  EXPECT_TRUE(section.complete);
  EXPECT_EQ(section.trials.size(), 1U);
}

TEST(FindRate, WithoutAnyBoundASearchIsNotComplete) {
  GoalResult result;
  result.goal = parse_goals("loss<=0")->front();
  result.limit = report::RateLimit::generator;
  result.complete = true;
  EXPECT_FALSE(search_section(udp(), result, {}).complete);
  EXPECT_EQ(search_section(udp(), result, {}).lower_bound_per_s.reason(), "not_found");
  const auto interrupted = search_section(udp(), result, {}, true);
  EXPECT_EQ(interrupted.lower_bound_per_s.reason(), report::kInterrupted);
  EXPECT_EQ(report::end_of(interrupted), report::SearchEnd::incomplete);
  result.upper = 10'000;  // no rate reaches the goal
  EXPECT_TRUE(search_section(udp(), result, {}).complete);
}

TEST(FindRate, ArrivalProcessesAreDifferentCases) {
  CaseSpec poisson = udp();
  poisson.arrivals = Arrivals::poisson;
  EXPECT_EQ(search_id(poisson), "udp/rr/64B/c1/hybrid/poisson");
}

}  // namespace
}  // namespace sockmark
